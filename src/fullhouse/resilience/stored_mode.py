"""The operating mode as a row: set by the operator, followed by all processes."""

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import INSTALLATION, derived_id
from fullhouse.resilience.events import OPERATING_MODE, OperatingModeChanged
from fullhouse.resilience.limits import MODE_READ_SECONDS
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode, OperatingModes
from fullhouse.resilience.row_follower import RowFollower
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("operating_mode")


class _StoredMode(Struct, frozen=True):
    mode: str
    reason: str
    seconds_left: float | None


async def stored_mode(database: Database) -> ModeSetting:
    """The mode that the operator has set; raises as the database."""
    async with database.session() as session:
        row = await session.fetch_one("resilience.operating_mode", _StoredMode)
    return ModeSetting() if row is None else msgspec.convert(row, ModeSetting, from_attributes=True)


async def set_mode(uow: UnitOfWork, setting: ModeSetting) -> None:
    """Set it, for all processes; recorded with its reason."""
    mode, reason, seconds = setting.mode, setting.reason, setting.seconds_left
    await uow.session.execute(
        "resilience.set_operating_mode", mode=mode, reason=reason, seconds_left=seconds
    )
    uow.record(
        derived_id(OPERATING_MODE, str(INSTALLATION)),
        OperatingModeChanged(mode=mode, reason=reason, seconds=seconds),
    )


@dataclass(slots=True)
class ModeFollower(RowFollower):
    """Follows the row; `run` it once. Its topic is `operating-mode/all`.

    A change is known here with its notification, a missed one with the next poll. While the
    database is away the last one stays, and ends when it was to end.
    """

    database: Database
    clock: Clock
    modes: OperatingModes
    _ends_at: float | None = None

    @override
    async def refresh(self) -> None:
        """Take over the mode that is set."""
        now = self.clock.monotonic()
        try:
            setting = await stored_mode(self.database)
        except TransientError as error:
            _LOG.warning("operating_mode.not_read", error=error)
            if self._ends_at is None or now < self._ends_at:
                return
            setting = ModeSetting()
        seconds = setting.seconds_left
        self._ends_at = None if seconds is None else now + seconds
        if setting.mode is not self.modes.setting.mode:
            _LOG.warning("operating_mode.set", mode=setting.mode)
        self.modes.set(setting)

    @override
    def wait_seconds(self) -> float:
        """Until the next look: at the end of the mode, if that is earlier."""
        if self.modes.setting.mode is OperatingMode.FULL or self._ends_at is None:
            return MODE_READ_SECONDS
        return max(0.05, min(MODE_READ_SECONDS, self._ends_at - self.clock.monotonic()))

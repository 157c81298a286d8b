"""The operating mode: how much of itself the installation does at present."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from fullhouse.resilience.limits import DATABASE_RETRY_SECONDS, MODE_RETRY_SECONDS


class OperatingMode(enum.StrEnum):
    """From everything to nothing; each refuses what the one before it refuses, and more."""

    FULL = "full"
    ESSENTIAL = "essential"
    """Bookings and availability; no reports, no exports, no work that can wait."""
    READ_ONLY = "read-only"
    """Pages and availability are shown; nothing is changed."""
    MAINTENANCE = "maintenance"
    """Nothing, except for operators."""


_SEVERITY: Final = {mode: severity for severity, mode in enumerate(OperatingMode)}


class ModeSetting(Struct, frozen=True):
    """A mode at one moment, why, and how long it lasts; None for until it is changed."""

    mode: OperatingMode = OperatingMode.FULL
    reason: str = ""
    seconds_left: float | None = None

    @property
    def retry_after_seconds(self) -> int:
        """When to try again: at the end, if that is near."""
        seconds = MODE_RETRY_SECONDS if self.seconds_left is None else self.seconds_left
        return max(1, round(min(seconds, MODE_RETRY_SECONDS)))


@dataclass(slots=True)
class OperatingModes:
    """The mode of this process: what the operator has set, and what the database allows."""

    is_database_away: Callable[[], bool] = lambda: False
    mode: OperatingMode = OperatingMode.FULL
    """The present one: an attribute, because every request looks at it."""
    setting: ModeSetting = field(default_factory=ModeSetting)
    """What the operator has set."""
    on_change: Callable[[int], None] = lambda _: None
    """Told how severe the present mode is, from 0 for full to 3."""

    def set(self, setting: ModeSetting) -> None:
        """The operator has set it."""
        self.setting = setting
        self.refresh()

    def refresh(self) -> None:
        """The mode after a change: without its database the installation can show things only."""
        allowed = OperatingMode.READ_ONLY if self.is_database_away() else OperatingMode.FULL
        self.mode = max(self.setting.mode, allowed, key=_SEVERITY.__getitem__)
        self.on_change(_SEVERITY[self.mode])

    @property
    def current(self) -> ModeSetting:
        """The present mode with its reason; without the database, until it is asked again."""
        if self.setting.mode is self.mode:
            return self.setting
        return ModeSetting(self.mode, seconds_left=DATABASE_RETRY_SECONDS)

    @property
    def spares_extras(self) -> bool:
        """Whether work that can wait does so."""
        return self.mode is not OperatingMode.FULL

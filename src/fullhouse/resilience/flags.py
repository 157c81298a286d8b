"""Feature flags: who gets a new way of doing something, decided in memory.

A flag has a percentage. Who is within it is decided by a hash of the flag, the business and the
subject, so the same subject always gets the same way, in every process, and whoever is within ten
percent is within fifty. What it comes to is counted for both ways; `flag_rollout` judges that.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.limits import (
    FLAG_OBSERVATIONS_MIN,
    FLAG_STEP_SECONDS,
    FLAGS_MAX,
    FLAGS_READ_SECONDS,
)
from fullhouse.resilience.metrics import FlagMetrics
from fullhouse.resilience.row_follower import RowFollower
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("flags")
_PARTS: Final = 10_000
_ALL: Final = 100


class FlagDefinition(Struct, frozen=True):
    """A flag of this version. Without a row it is at `percent`; its texts are translated."""

    name: str
    title: str
    description: str
    percent: int
    steps: tuple[int, ...] = (10, 50, 100)
    step_seconds: float = FLAG_STEP_SECONDS
    observations_min: int = FLAG_OBSERVATIONS_MIN
    """In each step, of what was done with the feature."""

    def __post_init__(self) -> None:
        assert 0 <= self.percent <= _ALL
        assert self.steps == tuple(sorted(set(self.steps))), "a step is larger than that before"
        assert self.steps[0] > 0
        assert self.steps[-1] == _ALL


class FlagState(Struct, frozen=True):
    """A flag as it is set; it goes on by itself while `is_rolling`."""

    name: str
    percent: int
    generation: int = 0
    rollout: int = 0
    is_rolling: bool = False
    step_tried: int = 0
    reason: str = ""
    step_seconds: float = 0.0


class FeatureSwitch(Protocol):
    """A flag, as what it switches sees it; the same subject keeps its way."""

    def is_on(self, org_id: OrgId, subject: UUID) -> bool: ...

    def observe(self, org_id: OrgId, subject: UUID, *, succeeded: bool) -> None: ...


class AlwaysOn:
    """For what is not rolled out."""

    def is_on(self, _org_id: OrgId, _subject: UUID) -> bool:
        return True

    def observe(self, org_id: OrgId, subject: UUID, *, succeeded: bool) -> None:
        """Count nothing."""


@dataclass(slots=True)
class Flags(RowFollower):
    """The flags of a process; `run` it once. Their topics are `flag/<name>`.

    A change is known with its notification, a missed one with the next poll. While the database is
    away flags stay as they are, and what is counted waits.
    """

    database: Database
    definitions: Mapping[str, FlagDefinition]
    metrics: FlagMetrics
    _states: dict[str, FlagState] = field(default_factory=dict)
    _counted: Counter[tuple[str, int, bool, bool]] = field(default_factory=Counter)

    def state(self, name: str) -> FlagState:
        return self._states.get(name) or FlagState(name, self.definitions[name].percent)

    def switch(self, definition: FlagDefinition) -> FeatureSwitch:
        assert definition.name in self.definitions
        return _FlagSwitch(self, definition.name)

    def is_on(self, name: str, org_id: OrgId, subject: UUID) -> bool:
        percent = self.state(name).percent
        if percent in {0, _ALL}:
            return percent == _ALL
        return share_of(name, org_id, subject) < percent / _ALL

    def observe(self, name: str, org_id: OrgId, subject: UUID, *, succeeded: bool) -> None:
        """Count an outcome; while nobody compares nothing is kept."""
        has_feature, state = self.is_on(name, org_id, subject), self.state(name)
        outcome = "succeeded" if succeeded else "failed"
        self.metrics.outcomes.labels(name, "with" if has_feature else "without", outcome).inc()
        if state.is_rolling:
            self._counted[name, state.rollout, has_feature, succeeded] += 1

    @override
    async def run(self) -> None:
        await RowFollower.run(self)
        await self.refresh()

    @override
    def wait_seconds(self) -> float:
        return FLAGS_READ_SECONDS

    @override
    async def refresh(self) -> None:
        """Write what was counted and read how flags are set."""
        try:
            await self._write()
            async with self.database.unrestricted.session() as session:
                states = await stored_flags(session)
        except (TransientError, OutcomeUnknown) as error:
            _LOG.warning("flags.not_read", error=error)
            return
        self._states = {state.name: state for state in states if state.name in self.definitions}
        for name in self.definitions:
            self.metrics.percent.labels(name).set(self.state(name).percent)

    async def _write(self) -> None:
        """What is counted meanwhile is kept; an unknown outcome may count twice."""
        if not self._counted:
            return
        counted, self._counted = self._counted, Counter()
        groups = sorted({key[:3] for key in counted})
        try:
            async with self.database.unrestricted.session() as session:
                await session.execute(
                    "resilience.add_flag_outcomes",
                    names=[name for name, _, _ in groups],
                    rollouts=[rollout for _, rollout, _ in groups],
                    with_feature=[has_feature for _, _, has_feature in groups],
                    succeeded=[counted[*group, True] for group in groups],
                    failed=[counted[*group, False] for group in groups],
                )
        except TransientError:
            self._counted.update(counted)
            raise


class _FlagSwitch(Struct, frozen=True):
    flags: Flags
    name: str

    def is_on(self, org_id: OrgId, subject: UUID) -> bool:
        return self.flags.is_on(self.name, org_id, subject)

    def observe(self, org_id: OrgId, subject: UUID, *, succeeded: bool) -> None:
        self.flags.observe(self.name, org_id, subject, succeeded=succeeded)


def share_of(name: str, org_id: OrgId, subject: UUID) -> float:
    """Where somebody stands among all, from 0 until before 1: the same for ever, by the flag."""
    hashed = hashlib.blake2b(name.encode() + org_id.bytes + subject.bytes, digest_size=8)
    return int.from_bytes(hashed.digest()) % _PARTS / _PARTS


async def stored_flags(session: Session) -> Sequence[FlagState]:
    """Those that were ever set, also of other versions."""
    return await session.fetch("resilience.flags", FlagState, rows_max=FLAGS_MAX)

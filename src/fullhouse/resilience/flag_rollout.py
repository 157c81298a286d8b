"""The rollout of a flag: step by step, and back when the new way fails more often than the old."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.errors import VersionConflict
from fullhouse.kernel.ids import INSTALLATION, Ids, derived_id
from fullhouse.numerics.significance import larger_share_probability
from fullhouse.resilience.events import FLAGS, FlagChanged, FlagRolledBack
from fullhouse.resilience.flags import FlagDefinition, FlagState, stored_flags
from fullhouse.resilience.limits import (
    FLAG_SIGNIFICANCE,
    FLAGS_MAX,
    FLAGS_WATCHED_EVERY,
)
from fullhouse.storage.database import Session
from fullhouse.storage.sweeps import for_each
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("flags")


class FlagTally(Struct, frozen=True):
    """What became of what was done one way."""

    succeeded: int = 0
    failed: int = 0

    @property
    def tried(self) -> int:
        return self.succeeded + self.failed

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.tried if self.tried else 0.0


class FlagTallies(Struct, frozen=True):
    """Both ways side by side, since the rollout began."""

    with_feature: FlagTally = FlagTally()
    without: FlagTally = FlagTally()

    @property
    def words(self) -> str:
        """What failed of what was tried."""
        shown = (
            f"{tally.failed} of {tally.tried} failed {name} ({tally.failed_percent:.1f} %)"
            for name, tally in (("with it", self.with_feature), ("without", self.without))
        )
        return ", ".join(shown)


class _Outcomes(Struct, frozen=True):
    name: str
    has_feature: bool
    succeeded: int
    failed: int


def fails_more(tallies: FlagTallies) -> bool:
    """Whether those with the feature fail more often, and not by chance.

    A rollout is judged once a minute, so chance gets many tries: the level is a thousandth. Of few
    outcomes none is that improbable.
    """
    new, old = tallies.with_feature, tallies.without
    probability = larger_share_probability(
        new.failed, new.tried, hits_beside=old.failed, tried_beside=old.tried
    )
    return probability < FLAG_SIGNIFICANCE


def next_state(
    definition: FlagDefinition, state: FlagState, tallies: FlagTallies
) -> FlagState | None:
    """What becomes of a rollout now; None while it stays. At the last step it is over."""
    if not state.is_rolling:
        return None
    if fails_more(tallies):
        return replace(state, percent=0, is_rolling=False, reason=tallies.words)
    tried = tallies.with_feature.tried
    is_seen = tried - state.step_tried >= definition.observations_min
    if not (is_seen and state.step_seconds >= definition.step_seconds):
        return None
    percent = next(step for step in definition.steps if step > state.percent)
    is_last = percent == definition.steps[-1]
    return replace(
        state, percent=percent, is_rolling=not is_last, step_tried=tried, reason=tallies.words
    )


def first_step(definition: FlagDefinition, state: FlagState, reason: str) -> FlagState:
    """The beginning of a new rollout."""
    return replace(
        state,
        percent=definition.steps[0],
        rollout=state.rollout + 1,
        is_rolling=True,
        step_tried=0,
        reason=reason,
    )


def held_at(state: FlagState, percent: int, reason: str) -> FlagState:
    """The flag at a percentage of somebody's choice, until it is changed."""
    return replace(state, percent=percent, is_rolling=False, step_tried=0, reason=reason)


async def change_flag(uow: UnitOfWork, state: FlagState, *, rolled_back: bool = False) -> None:
    """Set a flag to what follows from the state that was read. Raises `VersionConflict`."""
    changed = await uow.session.execute(
        "resilience.change_flag",
        name=state.name,
        generation=state.generation,
        rollout=state.rollout,
        percent=state.percent,
        is_rolling=state.is_rolling,
        step_tried=state.step_tried,
        reason=state.reason,
    )
    if not changed:
        raise VersionConflict(version=state.generation)
    await uow.session.execute(
        "resilience.forget_flag_outcomes", name=state.name, rollout=state.rollout
    )
    kind = FlagRolledBack if rolled_back else FlagChanged
    uow.record(
        derived_id(FLAGS, state.name),
        kind(flag=state.name, percent=state.percent, reason=state.reason),
    )


async def flag_tallies(session: Session) -> Mapping[str, FlagTallies]:
    """Of the latest rollout of each flag."""
    rows = await session.fetch("resilience.flag_outcomes", _Outcomes, rows_max=2 * FLAGS_MAX)
    found: dict[str, FlagTallies] = {}
    for row in rows:
        tally = FlagTally(row.succeeded, row.failed)
        before = found.get(row.name, FlagTallies())
        found[row.name] = (
            replace(before, with_feature=tally)
            if row.has_feature
            else replace(before, without=tally)
        )
    return found


@dataclass(frozen=True, slots=True)
class WatchFlags:
    """Looks at every rollout: takes its next step, or takes it back."""

    unit_of_work: UnitOfWorkFactory
    definitions: Mapping[str, FlagDefinition]
    ids: Ids

    async def __call__(self) -> None:
        async with self.unit_of_work.database.unrestricted.session() as session:
            states, tallies = await stored_flags(session), await flag_tallies(session)
        due = []
        for state in states:
            definition = self.definitions.get(state.name)
            if definition is None:
                continue
            seen = tallies.get(state.name, FlagTallies())
            following = next_state(definition, state, seen)
            if following is not None:
                due.append(following)
        await for_each(due, self._change, name=lambda one: f"flag {one.name}")

    async def _change(self, following: FlagState) -> None:
        """Somebody who changes it at this moment goes first."""
        rolled_back = following.percent == 0
        try:
            async with self.unit_of_work.by_system(INSTALLATION) as uow:
                await change_flag(uow, following, rolled_back=rolled_back)
        except VersionConflict:
            return
        if rolled_back:
            _LOG.error("flags.rolled_back", flag=following.name, reason=following.reason)
        else:
            _LOG.info("flags.stepped", flag=following.name, percent=following.percent)

    def job(self) -> RecurringJob:
        return RecurringJob("watch flags", self, every=FLAGS_WATCHED_EVERY, yields_under_load=False)

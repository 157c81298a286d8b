"""Tries indexes one after the other: builds, measures, and keeps only what helps."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.observability.index_builder import IndexBuilder
from fullhouse.observability.limits import (
    INDEX_COST_SHARE_MAX,
    TRIAL_BEFORE_HOURS,
    TRIAL_RUNS_MIN,
    TRIAL_SETTLE_SECONDS,
)
from fullhouse.observability.measurements import durations_of
from fullhouse.observability.optimisation_mode import OptimisationMode
from fullhouse.observability.optimisations import (
    Optimisation,
    OptimisationChange,
    OptimisationState,
    change_optimisation,
    recent_optimisations,
)
from fullhouse.observability.query_plans import generic_plan
from fullhouse.observability.trial_verdict import Times, trial_verdict
from fullhouse.storage.queries import NamedQueries
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")
_STATE: Final = OptimisationState
_WRITES: Final = r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(?:ONLY\s+)?{table}\b"


@dataclass(frozen=True, slots=True)
class IndexTrials:
    """One at a time, so that what is measured is its doing.

    `writers` are statements that write through functions, so that their text names no table.
    """

    builder: IndexBuilder
    catalogue: NamedQueries
    mode: OptimisationMode
    writers: AbstractSet[str]

    def job(self) -> RecurringJob:
        return RecurringJob("try optimisations", self.run, every=timedelta(minutes=5))

    async def run(self) -> None:
        """Take each on by what is known now. What a crash left half-built is dropped."""
        for one in await self._of(_STATE.BUILDING):
            await self.builder.drop(one)
            await self._change(one, _STATE.PROPOSED, "It was interrupted while it was built.")
        for one in await self._of(_STATE.UNDOING):
            await self._undo(one, one.note)
        for one in await self._of(_STATE.MEASURING):
            await self._judge(one)
        if self.mode is OptimisationMode.OFF or await self._of(_STATE.MEASURING):
            return
        wanted = await self._of(_STATE.APPROVED)
        if self.mode is OptimisationMode.ACT:
            wanted = [*wanted, *await self._of(_STATE.PROPOSED)]
        for one in wanted[:1]:
            await self._try(one)

    async def _try(self, one: Optimisation) -> None:
        obstacle = await self.builder.obstacle(one, await self._known())
        if obstacle:
            if obstacle != one.note:
                await self._change(one, _STATE(one.state), obstacle)
            return
        await self._change(one, _STATE.BUILDING)
        (building,) = await self._of(_STATE.BUILDING)
        try:
            await self.builder.build(building)
        except (FullhouseError, asyncpg.PostgresError) as error:
            _LOG.warning("optimisation.not_built", name=one.name, error=error)
            await self.builder.drop(building)  # the next run tries again if this fails
            is_transient = isinstance(error, TransientError)
            state = _STATE(one.state) if is_transient else _STATE.FAILED
            await self._change(building, state, "PostgreSQL could not build it.")
            return
        cost = await self._cost(one)
        if cost > INDEX_COST_SHARE_MAX * one.before.get("cost", 0.0):
            await self._undo(building, "Undone: PostgreSQL makes too little of it.")
            return
        await self._change(building, _STATE.MEASURING, after={"cost": cost})

    async def _judge(self, one: Optimisation) -> None:
        assert one.started_at is not None
        now, built_at = self.builder.clock.now(), one.changed_at
        hours = timedelta(hours=TRIAL_BEFORE_HOURS)
        before = await self._times(one.started_at - hours, one.started_at)
        if not any(name in before and before[name].count >= TRIAL_RUNS_MIN for name in one.queries):
            before = await self._times(one.started_at - timedelta(days=1), one.started_at)
        after = await self._times(built_at + timedelta(seconds=TRIAL_SETTLE_SECONDS), now)
        verdict = trial_verdict(
            before,
            after,
            queries=one.queries,
            writers=self.writers_of(one.subject),
            lasted=now - built_at,
        )
        if verdict.is_kept is None:
            return
        figures = OptimisationChange(
            _STATE.KEPT if verdict.is_kept else _STATE.UNDOING,
            verdict.note,
            before=verdict.before,
            after=verdict.after,
        )
        await self._store(one, figures)
        if not verdict.is_kept:
            await self._undo(one, verdict.note)

    def writers_of(self, table: str) -> Sequence[str]:
        """The statements that change rows of a table, as their text tells."""
        writes = re.compile(_WRITES.format(table=re.escape(table)), re.IGNORECASE)
        found = (named.name for named in self.catalogue if writes.search(named.sql))
        return sorted({*found, *self.writers})

    async def _times(self, since: datetime, until: datetime) -> Times:
        async with self.builder.database.unrestricted.session() as session:
            found = await durations_of(session, "query_seconds", since=since, until=until)
        by_name: dict[str, list[QuantileSketch]] = defaultdict(list)
        for (name, *_), sketch in found.items():
            by_name[name].append(sketch)
        return {name: merged(parts) for name, parts in by_name.items()}

    async def _cost(self, one: Optimisation) -> float:
        """Of the plans of its statements as they are now."""
        async with self.builder.database.unrestricted.transaction() as session:
            plans = [await generic_plan(session, self.catalogue[name]) for name in one.queries]
        return sum(plan.cost for plan in plans)

    async def _undo(self, one: Optimisation, note: str) -> None:
        await self.builder.drop(one)
        await self._change(one, _STATE.UNDONE, note)

    async def _of(self, state: OptimisationState) -> Sequence[Optimisation]:
        """Indexes in a state, the first proposed first."""
        known = [one for one in await self._known() if one.state == state and one.ended_at is None]
        return sorted(known, key=lambda one: (one.proposed_at, -_saved(one)))

    async def _known(self) -> Sequence[Optimisation]:
        async with self.builder.database.unrestricted.session() as session:
            return [one for one in await recent_optimisations(session) if one.kind == "index"]

    async def _change(
        self,
        one: Optimisation,
        state: OptimisationState,
        note: str = "",
        *,
        after: Mapping[str, float] | None = None,
    ) -> None:
        await self._store(one, OptimisationChange(state, note, after=after or {}))

    async def _store(self, one: Optimisation, change: OptimisationChange) -> None:
        async with self.builder.database.unrestricted.session() as session:
            await change_optimisation(
                session, one, change, from_states=list(_STATE), now=self.builder.clock.now()
            )


def _saved(one: Optimisation) -> float:
    return one.before.get("cost", 0.0) - one.before.get("expected_cost", 0.0)

"""Lease effects and record the outcome of each attempt."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from fullhouse.concurrency.batcher import Batcher
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.limits import (
    EFFECTS_AT_ONCE_MAX,
    JOB_ERROR_CHARACTERS_MAX,
    JOB_HISTORY_MAX,
    JOB_LEASE_MARGIN_SECONDS,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.error_summaries import summary_of


class CompletedEffect(Struct, frozen=True):
    """The key of an effect, and the attempt that completed it."""

    org_id: OrgId
    key: str
    attempt: int


class EffectStore:
    """The queue as a worker uses it; `complete` writes all outcomes of one moment together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.complete = Batcher(self._complete, EFFECTS_AT_ONCE_MAX)

    async def lease(self, kinds: Sequence[JobKind], *, room: int) -> list[Effect]:
        """Lease at most `room` due effects of these kinds, by priority, then by due time.

        A lease lasts for the time-out of its kind and a margin: nobody renews it.
        """
        margin = JOB_LEASE_MARGIN_SECONDS
        async with self._database.unrestricted.transaction() as session:
            if any(kind.concurrency is not None for kind in kinds):
                await session.execute("jobs.serialise_leasing")
            return await session.fetch(
                "jobs.lease",
                Effect,
                kinds=[kind.name for kind in kinds],
                leases=[timedelta(seconds=kind.seconds_max + margin) for kind in kinds],
                limits=[kind.concurrency for kind in kinds],
                org_limits=[kind.org_concurrency for kind in kinds],
                room=room,
            )

    async def _complete(self, effects: Sequence[Effect]) -> list[bool]:
        """Mark effects as completed; False for an attempt that has lost its lease."""
        # One statement is a transaction of its own
        async with self._database.unrestricted.session() as session:
            completed = await session.fetch(
                "jobs.complete",
                CompletedEffect,
                org_ids=[effect.org_id for effect in effects],
                keys=[effect.key for effect in effects],
                attempts=[effect.attempt for effect in effects],
            )
        return [
            CompletedEffect(effect.org_id, effect.key, effect.attempt) in completed
            for effect in effects
        ]

    async def reschedule(self, effect: Effect, *, delay: timedelta, error: str) -> bool:
        """Make a failed effect due again after `delay`; False if the attempt lost its lease."""
        async with self._database.unrestricted.transaction() as session:
            return await _record_failure(session, effect, delay=delay, error=error)

    async def postpone(self, effect: Effect, *, delay: timedelta) -> bool:
        """Make an effect due again after `delay` as if it had not been leased.

        False if the attempt lost its lease.
        """
        async with self._database.unrestricted.session() as session:
            postponed = await session.execute(
                "jobs.postpone",
                org_id=effect.org_id,
                key=effect.key,
                attempt=effect.attempt,
                delay=delay,
            )
        return bool(postponed)

    async def dead_letter(self, kind: JobKind, effect: Effect, *, error: Exception) -> bool:
        """End an effect that cannot be done; False if the attempt lost its lease."""
        async with self._database.unrestricted.transaction() as session:
            text = summary_of(error)
            recorded = await _record_failure(session, effect, delay=None, error=text)
            if recorded:
                await kind.on_dead_letter(session, effect, error)
        return recorded


async def _record_failure(
    session: Session, effect: Effect, *, delay: timedelta | None, error: str
) -> bool:
    recorded = await session.execute(
        "jobs.record_failure",
        org_id=effect.org_id,
        key=effect.key,
        attempt=effect.attempt,
        delay=delay,
        error=error[:JOB_ERROR_CHARACTERS_MAX],
        history_max=JOB_HISTORY_MAX,
    )
    return bool(recorded)

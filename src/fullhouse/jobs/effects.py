"""Effects: what shall come about outside, once. Enqueued with the change, keyed, claimed, settled.

A job may be lost, repeated or run twice; the `effect` row decides. Its life is measured by the
database's own clock, the one clock that all workers share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fullhouse.concurrency.batcher import Batcher
from fullhouse.jobs.limits import (
    EFFECTS_AT_ONCE_MAX,
    FAILED_EFFECTS_LISTED_MAX,
    JOB_ERROR_CHARACTERS_MAX,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DATABASE_RULES


@dataclass(frozen=True, slots=True)
class EffectRequest:
    """An effect that shall be. `key` names it within the organisation: asked for twice, done once.

    `due_at` is when it may be done at the earliest; at once, unless given.
    """

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    correlation_id: UUID
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect in hand: claimed for this attempt (1 is the first) and for nobody else."""

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    correlation_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A wish to take an effect in hand for a time."""

    org_id: OrgId
    key: str
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Settled:
    """An effect that came about, by which attempt."""

    org_id: OrgId
    key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class EffectState:
    """Where an effect stands, and how many seconds until it may be claimed."""

    status: str
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class FailedEffect:
    """An effect that was given up, kept for somebody to look at."""

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    attempts: int
    last_error: str
    created_at: datetime
    correlation_id: UUID


async def enqueue(session: Session, requests: Sequence[EffectRequest]) -> int:
    """Write effects and their jobs in the session's transaction, in one statement for the set.

    Those whose key is known already are left as they are. Returns how many are new.
    """
    if not requests:
        return 0
    return await session.execute(
        "jobs.enqueue",
        org_ids=[request.org_id for request in requests],
        keys=[request.key for request in requests],
        kinds=[request.kind for request in requests],
        subjects=[request.subject for request in requests],
        correlation_ids=[request.correlation_id for request in requests],
        due=[request.due_at for request in requests],
    )


async def claim(session: Session, claims: Sequence[Claim]) -> list[Effect | EffectState | None]:
    """Take effects for their leases, in one statement, and tell of each in the order asked.

    The state of one that may not be taken, `None` if there is no such effect.
    """
    taken = await session.fetch(
        "jobs.claim",
        Effect,
        org_ids=[claim.org_id for claim in claims],
        keys=[claim.key for claim in claims],
        leases=[claim.lease for claim in claims],
    )
    found = {(effect.org_id, effect.key): effect for effect in taken}
    return [
        # Asked for twice in one set, it is the first one's
        found.pop((claim.org_id, claim.key), None) or await _state_of(session, claim)
        for claim in claims
    ]


async def settle(session: Session, effects: Sequence[Effect]) -> list[bool]:
    """They have come about. False for one that another attempt has taken over meanwhile."""
    settled = await session.fetch(
        "jobs.settle",
        Settled,
        org_ids=[effect.org_id for effect in effects],
        keys=[effect.key for effect in effects],
        attempts=[effect.attempts for effect in effects],
    )
    return [Settled(effect.org_id, effect.key, effect.attempts) in settled for effect in effects]


class EffectBooks:
    """Claims and settles effects for all jobs of a process, those of one moment in one statement.

    Each is a transaction of its own: a claim is on the disk before anything is done for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.claim = Batcher(self._claim, EFFECTS_AT_ONCE_MAX, isolate=DATABASE_RULES)
        self.settle = Batcher(self._settle, EFFECTS_AT_ONCE_MAX, isolate=DATABASE_RULES)

    async def _claim(self, claims: Sequence[Claim]) -> list[Effect | EffectState | None]:
        async with self._database.session() as session:
            return await claim(session, claims)

    async def _settle(self, effects: Sequence[Effect]) -> list[bool]:
        async with self._database.session() as session:
            return await settle(session, effects)


async def postpone(session: Session, effect: Effect, *, delay: timedelta, error: str) -> bool:
    """It failed for now: due again after `delay`. False when taken over."""
    return bool(
        await session.execute(
            "jobs.postpone", **_attempt(effect), delay=delay, error=error[:JOB_ERROR_CHARACTERS_MAX]
        )
    )


async def give_up(session: Session, effect: Effect, *, error: str) -> bool:
    """It failed for good: kept and listed. False when taken over."""
    return bool(
        await session.execute(
            "jobs.give_up", **_attempt(effect), error=error[:JOB_ERROR_CHARACTERS_MAX]
        )
    )


async def failed_effects(session: Session) -> list[FailedEffect]:
    """What was given up, the newest first, at most 200."""
    return await session.fetch(
        "jobs.failed_effects", FailedEffect, effects_max=FAILED_EFFECTS_LISTED_MAX
    )


async def try_again(session: Session, org_id: OrgId, key: str) -> bool:
    """Make a failed effect due with all its attempts ahead of it; the sweeper gives it a job."""
    return bool(await session.execute("jobs.try_again", org_id=org_id, key=key))


async def _state_of(session: Session, claim: Claim) -> EffectState | None:
    return await session.fetch_one(
        "jobs.effect_state", EffectState, org_id=claim.org_id, key=claim.key
    )


def _attempt(effect: Effect) -> dict[str, object]:
    """What tells this attempt from a later one: nothing is written for a claim that was lost."""
    return {"org_id": effect.org_id, "key": effect.key, "attempts": effect.attempts}

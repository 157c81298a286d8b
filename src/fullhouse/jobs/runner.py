"""Runs one job: claim the effect, bring it about, settle it; or say when to try again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job

from fullhouse.jobs.effects import Claim, Effect, EffectBooks, EffectState, give_up, postpone
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.limits import (
    JOB_ATTEMPTS_MAX,
    JOB_BACKOFF_SECONDS,
    JOB_BACKOFF_SECONDS_MAX,
    JOB_CLAIM_MARGIN_SECONDS,
)
from fullhouse.jobs.rush import Rush
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import JobMetrics

_LOG: Final = get_logger("jobs")
_JITTER: Final = 0.2


class AttemptsUsedUp(FullhouseError):
    """Every attempt began and none ended: the workers that made them died."""

    code = "attempts_used_up"
    message = "Every attempt began and none ended."


@dataclass(frozen=True, slots=True)
class EffectRunner:
    """What pgqueuer calls with each job. A job names an effect; the effect's row decides.

    Raises `RetryRequested` to be called again later, and the effect's own error when it was given
    up: pgqueuer then holds the job, visibly.
    """

    database: Database
    books: EffectBooks
    rush: Rush
    kinds: Mapping[str, JobKind]
    metrics: JobMetrics
    clock: Clock
    random: Random

    async def __call__(self, job: Job) -> None:
        kind = self.kinds[job.entrypoint]
        org_id, key = named_by(job)
        if kind.patient:
            await self.rush.over()
        effect = await self._claimed(org_id, key, kind)
        if effect is None:
            self.metrics.outcomes.labels(kind.name, "nothing_to_do").inc()
            return
        began = self.clock.monotonic()
        with correlation.bind(effect.correlation_id):
            try:
                await self._attempt(kind, effect)
            finally:
                self.metrics.seconds.labels(kind.name).observe(self.clock.monotonic() - began)

    async def _claimed(self, org_id: OrgId, key: str, kind: JobKind) -> Effect | None:
        """The effect in hand, or `None` when it is settled, given up, or was never asked for."""
        lease = timedelta(seconds=kind.seconds_max + JOB_CLAIM_MARGIN_SECONDS)
        try:
            found = await self.books.claim(Claim(org_id, key, lease))
        except (TransientError, OutcomeUnknown) as error:
            raise RetryRequested(timedelta(seconds=JOB_BACKOFF_SECONDS), str(error)) from error
        if isinstance(found, EffectState):
            if found.status in {"settled", "failed"}:
                return None
            # Another attempt holds it, perhaps of a worker that died: its claim will lapse
            raise RetryRequested(timedelta(seconds=found.wait_seconds), f"it is {found.status}")
        return found

    async def _attempt(self, kind: JobKind, effect: Effect) -> None:
        try:
            refuse_used_up(kind, effect)
            async with asyncio.timeout(kind.seconds_max):
                await kind.run(effect)
        except Exception as error:
            await self._failed(kind, effect, error)
            raise
        held = await self.books.settle(effect)
        self.metrics.outcomes.labels(kind.name, "done" if held else "taken_over").inc()

    async def _failed(self, kind: JobKind, effect: Effect, error: Exception) -> None:
        """Keep the error with the effect. Raises `RetryRequested` unless it is given up."""
        words = f"{type(error).__name__}: {error}"
        about = {"kind": kind.name, "key": effect.key, "attempt": effect.attempts, "error": words}
        if may_be_tried_again(kind, effect, error):
            delay = backoff(effect.attempts, self.random)
            _LOG.warning("a job failed and will be tried again", delay=str(delay), **about)
            async with self.database.transaction() as session:
                await postpone(session, effect, delay=delay, error=words)
            self.metrics.outcomes.labels(kind.name, "retried").inc()
            raise RetryRequested(delay, words) from error
        _LOG.error("a job failed for good", **about)
        async with self.database.transaction() as session:
            if await give_up(session, effect, error=words):
                await kind.given_up(session, effect, words)
        self.metrics.outcomes.labels(kind.name, "failed").inc()


def refuse_used_up(kind: JobKind, effect: Effect) -> None:
    """Raise `AttemptsUsedUp` when the attempts before this one all ended with their worker."""
    if effect.attempts > kind.attempts_max:
        raise AttemptsUsedUp(f"{kind.attempts_max} attempts began and none ended")


def named_by(job: Job) -> tuple[OrgId, str]:
    """The organisation and key that the job's payload names."""
    org_id, _, key = (job.payload or b"").decode().partition("/")
    return OrgId(UUID(org_id)), key


def may_be_tried_again(kind: JobKind, effect: Effect, error: Exception) -> bool:
    """Transient errors: as often as the kind allows; permanent ones: never; others: eight times.

    An unknown outcome counts as transient: a kind's `run` is idempotent by the effect's key.
    """
    if isinstance(error, TransientError | OutcomeUnknown | TimeoutError | OSError):
        return effect.attempts < kind.attempts_max
    if isinstance(error, FullhouseError):
        return error.transient and effect.attempts < kind.attempts_max
    return effect.attempts < min(JOB_ATTEMPTS_MAX, kind.attempts_max)


def backoff(attempt: int, random: Random) -> timedelta:
    """1 s, 2 s, 4 s … up to two minutes, each a fifth longer or shorter by chance."""
    exponent = min(attempt - 1, 20)
    seconds = min(JOB_BACKOFF_SECONDS * 2.0**exponent, JOB_BACKOFF_SECONDS_MAX)
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))

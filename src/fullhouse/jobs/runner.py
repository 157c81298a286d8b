"""Run one leased effect and record its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

import msgspec

from fullhouse.concurrency.deadline import time_limit
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind, ignore_failure
from fullhouse.jobs.limits import (
    JOB_ATTEMPTS_MAX,
    JOB_BACKOFF_SECONDS,
    JOB_BACKOFF_SECONDS_MAX,
    JOB_BUSY_ATTEMPTS_MAX,
)
from fullhouse.jobs.metrics import JobMetrics
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError, ServiceUnavailable, TransientError
from fullhouse.storage.errors import DatabaseBusy, OutcomeUnknown
from fullhouse.telemetry import correlation, tracing
from fullhouse.telemetry.error_summaries import summary_of
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs")
_JITTER: Final = 0.2
_FAILED: Final = frozenset({"dead", "rescheduled"})


class AttemptsUsedUp(FullhouseError):
    """Every attempt was leased and none reported an outcome: the workers died."""

    code = "attempts_used_up"
    message = "Every attempt began and none ended."


@dataclass(frozen=True, slots=True)
class EffectRunner:
    """Runs an effect by its kind; completes, reschedules or dead-letters it. Never raises."""

    store: EffectStore
    kinds: Mapping[str, JobKind]
    metrics: JobMetrics
    clock: Clock
    random: Random

    async def __call__(self, effect: Effect) -> None:
        kind = self.kinds[effect.kind]
        began = self.clock.monotonic()
        with (
            correlation.bind(effect.correlation_id),
            tracing.span(f"job {kind.name}", "consumer", attempt=effect.tries) as span,
        ):
            try:
                outcome = await self._attempt(kind, effect)
            except (TransientError, OutcomeUnknown) as error:
                # The lease ends by itself, then the effect is attempted again.
                _LOG.warning("jobs.outcome_not_recorded", **_details(effect, error))
                outcome = "not_recorded"
            if span is not None:
                span.attributes["outcome"] = outcome
                span.has_failed = outcome in _FAILED
        self.metrics.seconds.labels(kind.name).observe(self.clock.monotonic() - began)
        self.metrics.outcomes.labels(kind.name, outcome).inc()

    async def _attempt(self, kind: JobKind, effect: Effect) -> str:
        try:
            _require_tries_left(kind, effect)
            async with time_limit(kind.seconds_max):
                await kind.run(effect)
        except ServiceUnavailable:
            # Nothing was attempted. Until the service may be tried again the kind is held
            return await self._postpone(effect, timedelta(seconds=JOB_BACKOFF_SECONDS))
        except Exception as error:  # noqa: BLE001 - recorded with the effect, whatever it is
            if isinstance(error, DatabaseBusy) and effect.attempt < JOB_BUSY_ATTEMPTS_MAX:
                # Somebody holds a lock for minutes: no fault of the effect
                _LOG.warning("jobs.database_busy", **_details(effect, error))
                return await self._postpone(effect, backoff(effect.attempt, self.random))
            return await self._record_failure(kind, effect, error)
        return "completed" if await self.store.complete(effect) else "lease_lost"

    async def _postpone(self, effect: Effect, delay: timedelta) -> str:
        return "postponed" if await self.store.postpone(effect, delay=delay) else "lease_lost"

    async def _record_failure(self, kind: JobKind, effect: Effect, error: Exception) -> str:
        if is_retryable(kind, effect, error):
            delay = backoff(effect.tries, self.random)
            if isinstance(error, TransientError):
                delay = max(delay, timedelta(seconds=error.retry_after_seconds))
            _LOG.warning("jobs.attempt_failed", delay=str(delay), **_details(effect, error))
            recorded = await self.store.reschedule(effect, delay=delay, error=summary_of(error))
            return "rescheduled" if recorded else "lease_lost"
        _LOG.error("jobs.dead_lettered", **_details(effect, error))
        return "dead" if await self._dead_letter(kind, effect, error) else "lease_lost"

    async def _dead_letter(self, kind: JobKind, effect: Effect, error: Exception) -> bool:
        """End the effect, also when what its kind does about it fails as well."""
        try:
            return await self.store.dead_letter(kind, effect, error=error)
        except (TransientError, OutcomeUnknown):
            raise
        except Exception as failure:  # noqa: BLE001 - a poisonous effect must not end the worker
            _LOG.exception("jobs.on_dead_letter_failed", exc_info=failure)
            without = msgspec.structs.replace(kind, on_dead_letter=ignore_failure)
            return await self.store.dead_letter(without, effect, error=error)


def is_retryable(kind: JobKind, effect: Effect, error: Exception) -> bool:
    """Decide by the type of the error and the tries of the effect.

    Transient errors are retried `kind.attempts_max` times, permanent errors never, other errors at
    most `JOB_ATTEMPTS_MAX` times. An unknown outcome is transient: `kind.run` is idempotent.
    """
    if isinstance(error, TransientError | OutcomeUnknown | TimeoutError | OSError):
        return effect.tries < kind.attempts_max
    if isinstance(error, FullhouseError):
        return error.transient and effect.tries < kind.attempts_max
    return effect.tries < min(JOB_ATTEMPTS_MAX, kind.attempts_max)


def backoff(tries: int, random: Random) -> timedelta:
    """1 s, 2 s, 4 s … up to `JOB_BACKOFF_SECONDS_MAX`, each with a jitter of a fifth."""
    exponent = min(tries - 1, 20)
    seconds = min(JOB_BACKOFF_SECONDS * 2.0**exponent, JOB_BACKOFF_SECONDS_MAX)
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))


def _require_tries_left(kind: JobKind, effect: Effect) -> None:
    if effect.tries > kind.attempts_max:
        raise AttemptsUsedUp(f"{kind.attempts_max} attempts began and none ended")


def _details(effect: Effect, error: Exception) -> dict[str, object]:
    return {"kind": effect.kind, "key": effect.key, "attempt": effect.attempt, "error": error}

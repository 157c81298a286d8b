"""How a service of others is called: with a time-out, through its circuit breaker, counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from fullhouse.concurrency.deadline import seconds_left, time_limit
from fullhouse.kernel.errors import DeadlineExceeded, ServiceUnavailable
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry import tracing

T = TypeVar("T")
_REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class OutboundService:
    """A service; `is_failure` says which errors are its own, and not those of one request.

    A call ends after `seconds_max` with a `TimeoutError`, which is the service's own, or when its
    caller waits no longer, which is not. Nothing is tried again here: that is up to the queue,
    which every call comes from.
    """

    breaker: CircuitBreaker
    metrics: CircuitMetrics
    seconds_max: float
    is_failure: Callable[[Exception], bool]

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Await `work()`; raises `ServiceUnavailable` without it while the circuit is open."""
        service = self.breaker.name.partition(":")[0]  # behind it is whose gateway it is
        with tracing.span(f"call {service}", "client"):
            return await self._call(service, work)

    async def _call(self, service: str, work: Callable[[], Awaitable[T]]) -> T:
        outcome, now = "cancelled", asyncio.get_running_loop().time
        started = now()
        try:
            result = await self.breaker.call(lambda: self._attempt(work), self._is_failure)
            outcome = "succeeded"
        except ServiceUnavailable:
            outcome = _REFUSED
            raise
        except Exception as error:
            outcome = "failed" if self._is_failure(error) else "succeeded"
            raise
        finally:
            self.metrics.calls.labels(service, outcome).inc()
            if outcome != _REFUSED:
                self.metrics.seconds.labels(service, outcome).observe(now() - started)
        return result

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        """Raises `DeadlineExceeded` for a call that had less time than the service may take."""
        seconds = seconds_left(self.seconds_max)
        try:
            async with time_limit(seconds):
                return await work()
        except TimeoutError:
            if seconds < self.seconds_max:
                raise DeadlineExceeded from None
            raise

    def _is_failure(self, error: Exception) -> bool:
        return isinstance(error, TimeoutError) or self.is_failure(error)

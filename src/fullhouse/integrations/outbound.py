"""How a service of others is called: with a time-out, through its circuit breaker, counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.metrics import CircuitMetrics

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OutboundService:
    """A service; `is_failure` says which errors are its own, and not those of one request.

    A call ends after `seconds_max` with a `TimeoutError`, which is the service's own. Nothing is
    tried again here: that is up to the queue, which every call comes from.
    """

    breaker: CircuitBreaker
    metrics: CircuitMetrics
    seconds_max: float
    is_failure: Callable[[Exception], bool]

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Await `work()`; raises `ServiceUnavailable` without it while the circuit is open."""
        outcome = "cancelled"
        try:
            result = await self.breaker.call(lambda: self._attempt(work), self._is_failure)
            outcome = "succeeded"
        except ServiceUnavailable:
            outcome = "refused"
            raise
        except Exception as error:
            outcome = "failed" if self._is_failure(error) else "succeeded"
            raise
        finally:
            self.metrics.calls.labels(self.breaker.name.partition(":")[0], outcome).inc()
        return result

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout(self.seconds_max):
            return await work()

    def _is_failure(self, error: Exception) -> bool:
        return isinstance(error, TimeoutError) or self.is_failure(error)

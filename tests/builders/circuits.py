"""A service behind a circuit breaker, which does what a test says."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.circuits import Circuits


def breaker_of(
    circuits: Circuits, clock: ManualClock, *, policy: BreakerPolicy | None = None
) -> CircuitBreaker:
    return CircuitBreaker("mail", circuits, clock, policy=policy)


@dataclass(slots=True)
class Service:
    """Calls through the breaker of one process."""

    breaker: CircuitBreaker
    clock: ManualClock

    async def call(self, error: Exception | None = None, *, seconds: float = 0.1) -> None:
        async def work() -> None:
            self.clock.advance(timedelta(seconds=seconds))
            if error is not None:
                raise error

        await self.breaker.call(work, is_failure)

    async def succeeds(self, *, times: int = 1, seconds: float = 0.0, after: float = 0.0) -> None:
        self.clock.advance(timedelta(seconds=after))
        for _ in range(times):
            await self.call(seconds=seconds)

    async def fails(self, *, after: float = 0.0) -> None:
        self.clock.advance(timedelta(seconds=after))
        with pytest.raises(OSError, match="down"):
            await self.call(OSError("down"), seconds=0.0)

    async def opens(self) -> None:
        for _ in range(self.breaker.policy.failures_max):
            await self.fails()
        assert self.is_refused()

    async def is_cancelled(self) -> None:
        task = asyncio.create_task(self.waits_for(asyncio.Event()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def waits_for(self, gate: asyncio.Event) -> bool:
        """Succeed once the gate opens; False when refused."""

        async def work() -> None:
            await gate.wait()

        try:
            await self.breaker.call(work, is_failure)
        except ServiceUnavailable:
            return False
        return True

    async def fails_at(self, gate: asyncio.Event) -> bool:
        async def work() -> None:
            await gate.wait()
            raise OSError("down")

        with pytest.raises(OSError, match="down"):
            await self.breaker.call(work, is_failure)
        return True

    def is_refused(self) -> bool:
        """Whether the next call would be refused."""
        return self.breaker.is_held()


def is_failure(error: Exception) -> bool:
    return isinstance(error, OSError)

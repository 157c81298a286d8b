"""Bulkhead before a scarce resource: a bounded, first-in-first-out queue with deadlines.

asyncpg's own `acquire()` waits for ever, and a time-out around it can lose the connection when the
two race. Here callers wait before they hold a connection, so acquiring one never waits.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded


@dataclass(frozen=True, slots=True)
class BulkheadStatistics:
    """Counts since the start; `busy` and `waiting` are of this moment."""

    permits: int
    busy: int
    waiting: int
    passed: int
    refused: int
    expired: int
    waited_seconds: float


class Bulkhead:
    """FIFO semaphore with `permits` holders and at most `waiters_max` waiters.

    Every waiter has a deadline. Cancelling a waiter never loses a permit.
    """

    def __init__(self, permits: int, *, waiters_max: int, clock: Clock) -> None:
        assert permits > 0, "a bulkhead without permits admits nobody"
        self._permits = permits
        self._free = permits
        self._waiters_max = waiters_max
        self._clock = clock
        # A waiter's future is done when it was given a permit, and only then.
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._passed = self._refused = self._expired = 0
        self._waited_seconds = 0.0

    async def acquire(self, timeout_seconds: float) -> None:
        """Take a permit, in order of arrival.

        Raises `Overloaded` at once when the queue is full, and `DeadlineExceeded` when no permit
        came free within `timeout_seconds`.
        """
        if self._free and not self._waiters:
            self._free -= 1
        else:
            await self._wait(timeout_seconds)
        self._passed += 1

    def release(self) -> None:
        """Give the permit to the context that waits longest, or back."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
        assert self._free <= self._permits, "a permit was given back twice"

    @property
    def statistics(self) -> BulkheadStatistics:
        return BulkheadStatistics(
            permits=self._permits,
            busy=self._permits - self._free,
            waiting=len(self._waiters),
            passed=self._passed,
            refused=self._refused,
            expired=self._expired,
            waited_seconds=self._waited_seconds,
        )

    async def _wait(self, timeout_seconds: float) -> None:
        if len(self._waiters) >= self._waiters_max:
            self._refused += 1
            raise Overloaded(waiting=len(self._waiters))
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        began = self._clock.monotonic()
        try:
            await asyncio.wait((waiter,), timeout=timeout_seconds)
        except asyncio.CancelledError:
            self._abandon(waiter)
            raise
        self._waited_seconds += self._clock.monotonic() - began
        if not waiter.done():
            self._abandon(waiter)
            self._expired += 1
            raise DeadlineExceeded

    def _abandon(self, waiter: asyncio.Future[None]) -> None:
        """Leave the queue; a permit that arrived at the same moment goes to the next waiter."""
        if waiter.done():
            self.release()
        else:
            self._waiters.remove(waiter)

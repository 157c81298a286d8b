"""The gate before the pool: whoever passes finds a free connection, so that acquiring never waits.

asyncpg's own `acquire()` waits for ever, and a time-out around it can lose the connection when the
two race. So the waiting is done here, where no connection is held yet: a bounded queue in order of
arrival, a deadline for each, and a permit that is handed from hand to hand and never dropped.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """What the gate has seen since it opened; `busy` and `waiting` are of this moment."""

    connections_max: int
    busy: int
    waiting: int
    passed: int
    refused: int
    expired: int
    waited_seconds: float


class Gate:
    """`permits` may be inside at once, `waiters_max` before it; both asserted, none ever lost."""

    def __init__(self, permits: int, *, waiters_max: int, clock: Clock) -> None:
        assert permits > 0, "a gate without permits lets nobody through"
        self._permits = permits
        self._free = permits
        self._waiters_max = waiters_max
        self._clock = clock
        # A waiter's future is done when it was given a permit, and only then.
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._passed = self._refused = self._expired = 0
        self._waited_seconds = 0.0

    async def enter(self, deadline_seconds: float) -> None:
        """Take a permit, in order of arrival.

        Raises `Overloaded` at once when the queue is full and `DeadlineExceeded` in its time.
        """
        if self._free and not self._waiters:
            self._free -= 1
        else:
            await self._wait(deadline_seconds)
        self._passed += 1

    def leave(self) -> None:
        """Give the permit to the longest waiting, or back to the gate."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
        assert self._free <= self._permits, "a permit was given back twice"

    @property
    def statistics(self) -> PoolStatistics:
        return PoolStatistics(
            connections_max=self._permits,
            busy=self._permits - self._free,
            waiting=len(self._waiters),
            passed=self._passed,
            refused=self._refused,
            expired=self._expired,
            waited_seconds=self._waited_seconds,
        )

    async def _wait(self, deadline_seconds: float) -> None:
        if len(self._waiters) >= self._waiters_max:
            self._refused += 1
            detail = "Too many wait for the database"
            raise Overloaded(detail, waiting=len(self._waiters))
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        began = self._clock.monotonic()
        try:
            await asyncio.wait((waiter,), timeout=deadline_seconds)
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise
        self._waited_seconds += self._clock.monotonic() - began
        if not waiter.done():
            self._give_up(waiter)
            self._expired += 1
            detail = "No connection to the database came free in time"
            raise DeadlineExceeded(detail)

    def _give_up(self, waiter: asyncio.Future[None]) -> None:
        """Leave the queue; a permit that arrived in the same moment goes to the next."""
        if waiter.done():
            self.leave()
        else:
            self._waiters.remove(waiter)

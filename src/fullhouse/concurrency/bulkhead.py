"""Bulkhead before a scarce resource: a bounded queue with deadlines, fair between callers.

asyncpg's own `acquire()` waits for ever, and a time-out around it can lose the connection when the
two race. Here callers wait before they hold a connection, so acquiring one never waits.
"""

import asyncio
from collections import OrderedDict, deque
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
    """Semaphore with `permits` holders and at most `waiters_max` waiters.

    Waiters are served in order of arrival; where they name their callers, one of each caller in
    turn. So however many of one caller wait, another waits for as many as there are callers. In a
    full queue the last of the caller with the most waiters makes room for one with fewer. Every
    waiter has a deadline. Cancelling a waiter never loses a permit.
    """

    def __init__(self, permits: int, *, waiters_max: int, clock: Clock) -> None:
        assert permits > 0, "a bulkhead without permits admits nobody"
        self._permits = permits
        self._free = permits
        self._waiters_max = waiters_max
        self._clock = clock
        # A waiter's result is that it was given a permit, or False when it had to make room. The
        # callers stand in the order of their next turns, and none without a waiter
        self._waiters: OrderedDict[str, deque[asyncio.Future[bool]]] = OrderedDict()
        self._waiting = 0
        self._passed = self._refused = self._expired = 0
        self._waited_seconds = 0.0

    async def acquire(self, timeout_seconds: float, *, caller: str = "") -> None:
        """Take a permit, in turn.

        Raises `Overloaded` when the queue is full, at once or when this waiter has to make room,
        and `DeadlineExceeded` when no permit came free within `timeout_seconds`.
        """
        if self._free > 0 and not self._waiting:
            self._free -= 1
        else:
            await self._wait(timeout_seconds, caller)
        self._passed += 1

    def release(self) -> None:
        """Give the permit to the context whose turn it is, or back."""
        if self._free < 0:
            self._free += 1  # there are fewer permits than were given
            return
        while self._waiting:
            caller = next(iter(self._waiters))
            waiter = self._waiters[caller].popleft()
            self._waiters.move_to_end(caller)
            self._removed(caller)
            if not waiter.done():
                waiter.set_result(True)
                return
        self._free += 1
        assert self._free <= self._permits, "a permit was given back twice"

    def resize(self, permits: int) -> None:
        """Have more or fewer permits; those that are held beyond them end as they come back."""
        assert permits > 0, "a bulkhead without permits admits nobody"
        more, self._permits = permits - self._permits, permits
        self._free += more
        while self._free > 0 and self._waiting:
            self._free -= 1
            self.release()

    @property
    def statistics(self) -> BulkheadStatistics:
        return BulkheadStatistics(
            permits=self._permits,
            busy=self._permits - self._free,
            waiting=self._waiting,
            passed=self._passed,
            refused=self._refused,
            expired=self._expired,
            waited_seconds=self._waited_seconds,
        )

    async def _wait(self, timeout_seconds: float, caller: str) -> None:
        if self._waiting >= self._waiters_max and not self._make_room(caller):
            self._refused += 1
            raise Overloaded(waiting=self._waiting)
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(caller, deque()).append(waiter)
        self._waiting += 1
        began = self._clock.monotonic()
        try:
            await asyncio.wait((waiter,), timeout=timeout_seconds)
        except asyncio.CancelledError:
            self._abandon(waiter, caller)
            raise
        self._waited_seconds += self._clock.monotonic() - began
        if not waiter.done():
            self._abandon(waiter, caller)
            self._expired += 1
            raise DeadlineExceeded
        if not waiter.result():
            self._refused += 1
            raise Overloaded(waiting=self._waiting)

    def _make_room(self, caller: str) -> bool:
        """Send the last waiter of the caller with the most away, if this caller has fewer."""
        most = max(self._waiters, key=lambda one: len(self._waiters[one]), default=caller)
        if len(self._waiters.get(most, ())) <= len(self._waiters.get(caller, ())) + 1:
            return False
        last = self._waiters[most].pop()
        self._removed(most)
        if not last.done():
            last.set_result(False)
        return True

    def _removed(self, caller: str) -> None:
        self._waiting -= 1
        if not self._waiters[caller]:
            del self._waiters[caller]

    def _abandon(self, waiter: asyncio.Future[bool], caller: str) -> None:
        """Leave the queue; a permit that arrived at the same moment goes to the next waiter."""
        if not waiter.done():
            self._waiters[caller].remove(waiter)
            self._removed(caller)
        elif waiter.result():
            self.release()

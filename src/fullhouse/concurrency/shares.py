"""Shares: each caller has so many turns at once, whatever the others do."""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.concurrency.deadline import seconds_left
from fullhouse.kernel.clock import Clock


class Shares:
    """A bulkhead for each caller, for as long as the caller has anything under way.

    Where one bulkhead for all is fair between those who wait, here nobody waits for others. It is
    for work of the event loop: what runs at the same time makes each of its turns longer.
    """

    def __init__(
        self, permits: int, *, waiters_max: int, wait_seconds_max: float, clock: Clock
    ) -> None:
        self._permits, self._waiters_max = permits, waiters_max
        self._wait_seconds_max = wait_seconds_max
        self._clock = clock
        self._bulkheads: dict[Hashable, Bulkhead] = {}

    @property
    def callers(self) -> int:
        """How many have something under way."""
        return len(self._bulkheads)

    @asynccontextmanager
    async def turn(self, caller: Hashable) -> AsyncIterator[None]:
        """Wait for a turn of this caller. Raises `Overloaded` and `DeadlineExceeded`."""
        bulkhead = self._bulkheads.get(caller)
        if bulkhead is None:
            bulkhead = Bulkhead(self._permits, waiters_max=self._waiters_max, clock=self._clock)
            self._bulkheads[caller] = bulkhead
        try:
            await bulkhead.acquire(seconds_left(self._wait_seconds_max))
            try:
                yield
            finally:
                bulkhead.release()
        finally:
            counted = bulkhead.statistics
            if not counted.busy and not counted.waiting:
                self._bulkheads.pop(caller, None)

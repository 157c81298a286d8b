"""Statements that may read many rows, such as searches: few at once, of each caller in turn."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from uuid import UUID

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.concurrency.deadline import seconds_left
from fullhouse.kernel.clock import Clock
from fullhouse.storage.limits import POOL_WAIT_SECONDS_MAX, SCANS_AT_ONCE_MAX, SCANS_WAITING_MAX

T = TypeVar("T")


class Scans:
    """Leaves most connections to statements that are answered at once.

    One client with a key that only reads could else keep all of them busy with searches that find
    nothing, and the pages of every other organisation waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self._bulkhead = Bulkhead(SCANS_AT_ONCE_MAX, waiters_max=SCANS_WAITING_MAX, clock=clock)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._bulkhead.statistics.waiting

    @asynccontextmanager
    async def lease(
        self, session: AbstractAsyncContextManager[T], caller: UUID
    ) -> AsyncIterator[T]:
        """Open the session in its turn. Raises `Overloaded` and `DeadlineExceeded`."""
        await self._bulkhead.acquire(seconds_left(POOL_WAIT_SECONDS_MAX), caller=str(caller))
        try:
            async with session as leased:
                yield leased
        finally:
            self._bulkhead.release()

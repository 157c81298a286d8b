"""What a process knows of rows that all processes share, kept up to date."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from fullhouse.concurrency.waiting import wait_for_event


@dataclass(slots=True)
class RowFollower(ABC):
    """Looks with each notification, and in between for one that was missed; `run` it once.

    Its notifications come as to a `booking.reads.changes.KeyedCache`.
    """

    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)

    @abstractmethod
    async def refresh(self) -> None:
        """Look at the rows; what cannot be read is logged, and the next look comes."""

    @abstractmethod
    def wait_seconds(self) -> float:
        """Until the next look without a notification."""

    def invalidate(self, _key: str) -> None:
        """A row was changed, here or elsewhere."""
        self._changed.set()

    def invalidate_all(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        while not self._stopping:
            self._changed.clear()
            await self.refresh()
            await wait_for_event(self._changed, timeout_seconds=self.wait_seconds())

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

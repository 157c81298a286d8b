"""Long work in turns: pieces of a few milliseconds, between which the event loop serves others.

For work on many rows that belongs to one transaction. What has no bound belongs in a process of
its own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

from fullhouse.concurrency.limits import ITEMS_PER_TURN_MAX

T = TypeVar("T")


class Turns:
    """The turns of one process: between two pieces of whatever long work, the loop goes round.

    So twenty callers with long work keep others waiting no longer than one of them does.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def next(self) -> None:
        """Give others their turn, and wait for the next of one's own."""
        async with self._lock:
            await asyncio.sleep(0)

    async def pieces(self, items: Sequence[T]) -> AsyncIterator[Sequence[T]]:
        """Yield `items` in pieces, each in a turn of its own; a single piece waits for none."""
        for start in range(0, len(items), ITEMS_PER_TURN_MAX):
            if len(items) > ITEMS_PER_TURN_MAX:
                await self.next()
            yield items[start : start + ITEMS_PER_TURN_MAX]

    async def run(self, steps: Iterable[int]) -> None:
        """Run `steps` to their end; each yields how many items it has worked on."""
        items = 0
        for count in steps:
            items += 1 + count
            if items >= ITEMS_PER_TURN_MAX:
                items = 0
                await self.next()

"""Long work in turns: pieces of a few milliseconds, between which the event loop serves others.

For work on many rows that belongs to one transaction. What has no bound belongs in a process of
its own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

from fullhouse.concurrency.limits import ITEMS_PER_TURN_MAX

T = TypeVar("T")


async def in_turns(items: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Yield `items` in pieces, each in a turn of its own."""
    for start in range(0, len(items), ITEMS_PER_TURN_MAX):
        if start:
            await asyncio.sleep(0)
        yield items[start : start + ITEMS_PER_TURN_MAX]


async def run_in_turns(steps: Iterable[int]) -> None:
    """Run `steps` to their end; each yields how many items it has worked on."""
    items = 0
    for count in steps:
        items += 1 + count
        if items >= ITEMS_PER_TURN_MAX:
            items = 0
            await asyncio.sleep(0)

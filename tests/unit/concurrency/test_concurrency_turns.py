"""Long work in turns lets others run between its pieces, and can be cancelled there."""

import asyncio
from collections.abc import Iterator

import pytest

from fullhouse.concurrency.limits import ITEMS_PER_TURN_MAX
from fullhouse.concurrency.turns import in_turns, run_in_turns


async def turns_of_others(work: asyncio.Task[None]) -> int:
    turns = 0
    while not work.done():
        turns += 1
        await asyncio.sleep(0)
    return turns


@pytest.mark.parametrize(
    ("count", "pieces"), [(0, 0), (1, 1), (ITEMS_PER_TURN_MAX, 1), (ITEMS_PER_TURN_MAX * 3 + 1, 4)]
)
async def test_pieces_are_all_of_the_items_each_in_its_turn(count: int, pieces: int) -> None:
    seen: list[int] = []
    lengths: list[int] = []

    async def work() -> None:
        async for piece in in_turns(range(count)):
            seen.extend(piece)
            lengths.append(len(piece))

    turns = await turns_of_others(asyncio.create_task(work()))
    assert seen == list(range(count))
    assert len(lengths) == pieces
    assert turns >= max(pieces, 1)


async def test_steps_without_items_take_turns_too_and_are_cancelled_between_them() -> None:
    done = 0

    def endless() -> Iterator[int]:
        nonlocal done
        while True:
            done += 1
            yield 0

    work = asyncio.create_task(run_in_turns(endless()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert done <= 2 * ITEMS_PER_TURN_MAX

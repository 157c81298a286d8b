"""Long work in turns lets others run between its pieces, and can be cancelled there."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from fullhouse.concurrency.limits import ITEMS_PER_TURN_MAX
from fullhouse.concurrency.turns import Turns


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
        async for piece in Turns().pieces(range(count)):
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

    work = asyncio.create_task(Turns().run(endless()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert done <= 2 * ITEMS_PER_TURN_MAX


async def test_many_callers_take_one_turn_at_a_time() -> None:
    turns, round_of_the_loop = Turns(), 0
    worked_in: list[int] = []

    def steps() -> Iterator[int]:
        for _ in range(10):
            worked_in.append(round_of_the_loop)
            yield ITEMS_PER_TURN_MAX

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(turns.run(steps())) for _ in range(8)]
        while not all(task.done() for task in tasks):
            round_of_the_loop += 1
            await asyncio.sleep(0)
    # Only the first piece of each waits for nobody
    later = worked_in[8:]
    assert len(later) == 72
    assert max(Counter(later).values()) == 1

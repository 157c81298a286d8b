"""Each caller has its own turns, and none is kept of a caller who has nothing under way."""

import asyncio
from uuid import UUID

import pytest

from fullhouse.concurrency.shares import Shares
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded

ADA, EMMY = UUID(int=1), UUID(int=2)


def some_shares(*, wait_seconds_max: float = 60) -> Shares:
    return Shares(2, waiters_max=3, wait_seconds_max=wait_seconds_max, clock=SystemClock())


async def test_one_caller_waits_for_its_own_turns_and_others_do_not() -> None:
    shares, go_on, began = some_shares(), asyncio.Event(), list[UUID]()

    async def work(caller: UUID) -> None:
        async with shares.turn(caller):
            began.append(caller)
            await go_on.wait()

    tasks = [asyncio.create_task(work(ADA)) for _ in range(5)]
    tasks.append(asyncio.create_task(work(EMMY)))
    await asyncio.sleep(0)
    assert began == [ADA, ADA, EMMY]
    with pytest.raises(Overloaded):
        await work(ADA)
    tasks[4].cancel()
    go_on.set()
    await asyncio.wait(tasks)
    assert (began, shares.callers) == ([ADA, ADA, EMMY, ADA, ADA], 0)


async def test_who_has_waited_for_too_long_is_refused_and_leaves_nothing() -> None:
    shares = some_shares(wait_seconds_max=0.01)
    async with shares.turn(ADA), shares.turn(ADA):
        with pytest.raises(DeadlineExceeded):
            async with shares.turn(ADA):
                pass
        assert shares.callers == 1
    assert shares.callers == 0

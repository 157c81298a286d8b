"""What does not answer in time is not waited for, also while it is being cancelled."""

import asyncio

import pytest

from fullhouse.concurrency.waiting import result_in_time


async def test_a_result_or_an_error_that_comes_in_time_is_passed_on() -> None:
    async def answer() -> int:
        return 7

    async def refuse() -> int:
        raise OSError("refused")

    assert await result_in_time(answer(), seconds_max=5) == 7
    with pytest.raises(OSError, match="refused"):
        await result_in_time(refuse(), seconds_max=5)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_takes_long_to_cancel_is_left_behind(*, fails: bool) -> None:
    may_end, has_ended = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            has_ended.set()
            if fails:
                raise OSError

    with pytest.raises(TimeoutError):
        await result_in_time(stubborn(), seconds_max=0.01)
    assert not has_ended.is_set()
    may_end.set()
    await has_ended.wait()


async def test_who_waits_and_is_cancelled_cancels_the_work() -> None:
    is_cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            is_cancelled.set()

    waiting = asyncio.create_task(result_in_time(work(), seconds_max=60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait((waiting,))
    await is_cancelled.wait()
    assert waiting.cancelled()

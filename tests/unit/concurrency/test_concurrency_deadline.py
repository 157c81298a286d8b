"""A deadline travels with the task: what is inside gets no more than what is left."""

import asyncio

import pytest

from fullhouse.concurrency import deadline
from fullhouse.concurrency.deadline import seconds_left, time_limit
from fullhouse.concurrency.single_flight import SingleFlight
from fullhouse.kernel.errors import DeadlineExceeded


async def test_nobody_waits_for_what_no_request_began() -> None:
    assert seconds_left(10.0) == 10.0


async def test_limit_inside_another_is_no_longer_than_what_is_left() -> None:
    async with time_limit(5.0), time_limit(60.0) as seconds:
        assert seconds <= 5.0
        async with time_limit(1.0):
            assert seconds_left(60.0) <= 1.0
        assert 1.0 < seconds_left(60.0) <= 5.0
    assert seconds_left(60.0) == 60.0


async def test_what_takes_longer_ends_at_the_limit() -> None:
    with pytest.raises(TimeoutError):
        async with time_limit(0.01):
            await asyncio.sleep(60)


async def test_nothing_begins_when_nothing_is_left() -> None:
    loop = asyncio.get_running_loop()
    token = deadline.begin(loop.time(), loop)
    with pytest.raises(DeadlineExceeded):
        async with time_limit(5.0):
            pytest.fail("there was no time for it")
    deadline.end(token)


async def test_work_that_many_share_has_the_deadline_of_none() -> None:
    async def shared() -> float:
        return seconds_left(60.0)

    async with time_limit(0.5):
        assert await SingleFlight[float]()("key", shared) == 60.0

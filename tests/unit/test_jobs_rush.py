"""What can wait lets a rush of guests go first, and not for ever."""

import asyncio
from datetime import timedelta

import pytest

from fullhouse.jobs.limits import RUSH_COMMITS_PER_SECOND, RUSH_SECONDS_MAX
from fullhouse.jobs.rush import Rush
from fullhouse.kernel.clock import ManualClock


@pytest.fixture
def rush(clock: ManualClock) -> Rush:
    return Rush(clock)


def commits(rush: Rush, clock: ManualClock, *, per_second: int, seconds: float) -> None:
    for _ in range(int(per_second * seconds)):
        clock.advance(timedelta(seconds=1 / per_second))
        rush.hear("[]")


async def test_an_ordinary_evening_is_no_rush(rush: Rush, clock: ManualClock) -> None:
    commits(rush, clock, per_second=RUSH_COMMITS_PER_SECOND // 2, seconds=60)
    assert not rush.is_on
    await rush.over()


async def test_a_rush_is_noticed_soon_and_over_when_guests_have_gone(
    rush: Rush, clock: ManualClock
) -> None:
    commits(rush, clock, per_second=100, seconds=1)
    waiting = asyncio.create_task(rush.over())
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(timedelta(seconds=5))
    await asyncio.wait_for(waiting, 1)
    assert not rush.is_on


async def test_who_waits_waits_no_longer_than_the_limit(rush: Rush, clock: ManualClock) -> None:
    commits(rush, clock, per_second=100, seconds=RUSH_SECONDS_MAX - 1)
    was_on = rush.is_on
    commits(rush, clock, per_second=100, seconds=2)
    assert (was_on, rush.is_on) == (True, False)


async def test_who_is_to_stop_waits_for_nothing(rush: Rush, clock: ManualClock) -> None:
    commits(rush, clock, per_second=100, seconds=1)
    waiting = asyncio.create_task(rush.over())
    await asyncio.sleep(0)
    rush.stop()
    await asyncio.wait_for(waiting, 1)
    assert not rush.is_on

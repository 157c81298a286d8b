"""Work that can wait yields to a rush of customers, for a limited time."""

import asyncio
from datetime import timedelta

import pytest

from fullhouse.jobs.limits import (
    RUSH_COMMANDS_PER_SECOND,
    RUSH_PERIOD_SECONDS,
    RUSH_SECONDS_MAX,
    RUSH_WORK_SECONDS,
)
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.kernel.clock import ManualClock


@pytest.fixture
def load(clock: ManualClock) -> LoadMonitor:
    return LoadMonitor(clock)


def commits(
    load: LoadMonitor, clock: ManualClock, *, per_second: int, seconds: float, commands: int = 1
) -> None:
    for _ in range(int(per_second * seconds)):
        clock.advance(timedelta(seconds=1 / per_second))
        load.on_commit(f'["#7", "a/b/c", "+{commands}"]')


async def test_moderate_commit_rate_is_no_rush(load: LoadMonitor, clock: ManualClock) -> None:
    commits(load, clock, per_second=RUSH_COMMANDS_PER_SECOND // 2, seconds=60)
    assert not load.is_on
    await load.wait_until_calm()


async def test_rush_is_detected_at_once_and_ends_with_the_commits(
    load: LoadMonitor, clock: ManualClock
) -> None:
    commits(load, clock, per_second=100, seconds=1)
    waiting = asyncio.create_task(load.wait_until_calm())
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(timedelta(seconds=5))
    await asyncio.wait_for(waiting, 1)
    assert not load.is_on


async def test_what_has_time_waits_until_it_has_been_calm_for_so_long(
    load: LoadMonitor, clock: ManualClock
) -> None:
    await asyncio.wait_for(load.wait_until_calm(for_seconds=15), 1)
    commits(load, clock, per_second=100, seconds=1)
    clock.advance(timedelta(seconds=10))
    waiting = asyncio.create_task(load.wait_until_calm(for_seconds=15))
    await asyncio.wait_for(load.wait_until_calm(), 1)
    assert not waiting.done(), "the e-mails of the rush go first"
    clock.advance(timedelta(seconds=6))
    await asyncio.wait_for(waiting, 1)


async def test_waiting_ends_at_the_limit(load: LoadMonitor, clock: ManualClock) -> None:
    commits(load, clock, per_second=100, seconds=RUSH_SECONDS_MAX - 1)
    was_on = load.is_on
    begins = 0.5  # about when the average has risen so far
    commits(load, clock, per_second=100, seconds=begins + 1 + RUSH_WORK_SECONDS / 2)
    assert (was_on, load.is_on) == (True, False)


async def test_in_a_long_rush_work_goes_on_for_a_share_of_the_time(
    load: LoadMonitor, clock: ManualClock
) -> None:
    commits(load, clock, per_second=100, seconds=RUSH_SECONDS_MAX)
    yielding = 0
    for _ in range(1_000):
        commits(load, clock, per_second=100, seconds=0.04)
        yielding += load.is_on
    assert yielding / 1_000 == pytest.approx(1 - RUSH_WORK_SECONDS / RUSH_PERIOD_SECONDS, abs=0.02)


async def test_a_few_great_commits_are_a_rush(load: LoadMonitor, clock: ManualClock) -> None:
    commits(load, clock, per_second=4, seconds=10, commands=256)
    was_on = load.is_on
    clock.advance(timedelta(seconds=5))
    assert (was_on, load.is_on) == (True, False), "and it ends as soon as any other"


async def test_what_the_system_changes_is_no_rush(load: LoadMonitor, clock: ManualClock) -> None:
    """Or a job that plans a season would be taken for one, and cancelled."""
    commits(load, clock, per_second=500, seconds=10, commands=0)
    for number in range(5_000):
        load.on_commit(f'["#{number}", "a/b/c", "organisation/x"]')
    assert not load.is_on


async def test_stop_ends_the_waiting_at_once(load: LoadMonitor, clock: ManualClock) -> None:
    commits(load, clock, per_second=100, seconds=1)
    waiting = asyncio.create_task(load.wait_until_calm())
    await asyncio.sleep(0)
    load.stop()
    await asyncio.wait_for(waiting, 1)
    assert not load.is_on

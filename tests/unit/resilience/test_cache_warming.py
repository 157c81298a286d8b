"""Caches are warmed at the start and before busy hours, and nothing waits for it."""

import asyncio
from datetime import datetime, timedelta

from fullhouse.kernel.clock import ManualClock
from fullhouse.resilience.cache_warming import CacheWarming
from fullhouse.storage.errors import DatabaseUnavailable


class Warmed:
    """Counts how often it was asked to warm."""

    def __init__(self) -> None:
        self.times = 0
        self.asked: list[datetime] = []

    async def warm(self) -> int:
        self.times += 1
        return 1

    async def is_busy(self, hour: datetime) -> bool:
        self.asked.append(hour)
        return hour.hour == 10


async def test_it_is_warmed_once_before_each_busy_hour(clock: ManualClock) -> None:
    warmed = Warmed()
    warming = CacheWarming(warmed.warm, warmed.is_busy, clock)
    begin = clock.now().replace(hour=8, minute=0)
    clock.advance(begin - clock.now())
    for _ in range(60):
        clock.advance(timedelta(minutes=4))
        await warming.look()
    assert warmed.times == 1
    assert [hour.hour for hour in warmed.asked] == [9, 10, 11, 12]


async def test_what_fails_or_is_stopped_ends_quietly(clock: ManualClock) -> None:
    async def fail() -> int:
        raise DatabaseUnavailable

    async def never() -> int:
        await asyncio.Event().wait()
        return 0

    for warm in (fail, never):
        warming = CacheWarming(warm, Warmed().is_busy, clock)
        running = asyncio.create_task(warming.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        warming.stop()
        await asyncio.wait((running,), timeout=5)
        assert running.done()
        assert running.exception() is None


async def test_hours_that_cannot_be_asked_for_are_passed_over(clock: ManualClock) -> None:
    async def fail(_hour: datetime) -> bool:
        raise DatabaseUnavailable

    warmed = Warmed()
    clock.advance(clock.now().replace(minute=55) - clock.now())
    await CacheWarming(warmed.warm, fail, clock).look()
    assert warmed.times == 0

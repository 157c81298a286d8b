"""A bulkhead gets more or fewer permits while some are held and some are waited for."""

import asyncio

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.kernel.clock import ManualClock


async def test_fewer_permits_hold_once_those_beyond_came_back(clock: ManualClock) -> None:
    bulkhead = Bulkhead(3, waiters_max=9, clock=clock)
    for _ in range(3):
        await bulkhead.acquire(1)
    bulkhead.resize(1)
    waiter = asyncio.create_task(bulkhead.acquire(60))
    for is_served in (False, False, True):
        await asyncio.sleep(0)
        bulkhead.release()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert waiter.done() is is_served
    assert (bulkhead.statistics.permits, bulkhead.statistics.busy) == (1, 1)


async def test_more_permits_serve_those_who_wait(clock: ManualClock) -> None:
    bulkhead = Bulkhead(1, waiters_max=9, clock=clock)
    await bulkhead.acquire(1)
    waiters = [asyncio.create_task(bulkhead.acquire(60)) for _ in range(3)]
    await asyncio.sleep(0)
    bulkhead.resize(3)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [waiter.done() for waiter in waiters] == [True, True, False]
    bulkhead.release()
    await waiters[2]
    assert bulkhead.statistics.busy == 3
    for _ in range(3):
        bulkhead.release()
    assert bulkhead.statistics.busy == 0

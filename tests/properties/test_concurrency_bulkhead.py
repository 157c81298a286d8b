"""Arrivals, waits, cancellations and time-outs in any order lose no permit and make none."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from fullhouse.concurrency.bulkhead import Bulkhead, BulkheadStatistics
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded

PERMITS, WAITERS_MAX = 2, 5
IN_TIME, AT_ONCE = 60.0, 0.0
FINDING = settings(
    max_examples=2_000, phases=[Phase.generate], deadline=None, database=None, derandomize=True
)
"""For a planted bug, of which nobody reads the smallest example."""
LEAKED = 0.05
"""How long callers wait for a permit that is lost: each example of the planted bug takes this."""


class LeakyBulkhead(Bulkhead):
    """The usual mistake: a permit granted to a cancelled waiter is dropped."""

    @override
    def _abandon(self, waiter: asyncio.Future[bool], caller: str) -> None:
        if not waiter.done():
            super()._abandon(waiter, caller)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Arrives, stays and perhaps gives up after so many turns of the event loop."""

    arrives: int
    stays: int
    gives_up: int | None
    deadline_seconds: float
    caller: str


visitors = st.lists(
    st.builds(
        Visitor,
        arrives=st.integers(0, 6),
        stays=st.integers(0, 4),
        gives_up=st.none() | st.integers(0, 12),
        deadline_seconds=st.sampled_from([IN_TIME, AT_ONCE]),
        caller=st.sampled_from(["", "a", "b"]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=400, deadline=None)
@given(visitors)
def test_every_permit_comes_back(crowd: list[Visitor]) -> None:
    statistics = asyncio.run(
        _visit(Bulkhead(PERMITS, waiters_max=WAITERS_MAX, clock=SystemClock()), crowd)
    )
    assert (statistics.busy, statistics.waiting) == (0, 0)


def test_the_property_finds_a_bulkhead_that_leaks() -> None:
    @FINDING
    @given(visitors)
    def every_permit_comes_back(crowd: list[Visitor]) -> None:
        bulkhead = LeakyBulkhead(PERMITS, waiters_max=WAITERS_MAX, clock=SystemClock())
        assert asyncio.run(_visit(bulkhead, crowd, patience_seconds=LEAKED)).busy == 0

    with pytest.raises(AssertionError):
        every_permit_comes_back()


async def test_waiters_are_served_in_order_of_arrival() -> None:
    bulkhead = Bulkhead(1, waiters_max=10, clock=SystemClock())
    served: list[int] = []

    async def visit(number: int) -> None:
        await bulkhead.acquire(IN_TIME)
        served.append(number)
        await asyncio.sleep(0)
        bulkhead.release()

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(visit(number))
    assert served == list(range(8))


async def test_callers_take_turns_however_many_of_one_wait() -> None:
    bulkhead = Bulkhead(1, waiters_max=100, clock=SystemClock())
    served: list[str] = []

    async def visit(caller: str) -> None:
        await bulkhead.acquire(IN_TIME, caller=caller)
        served.append(caller)
        await asyncio.sleep(0)
        bulkhead.release()

    async with asyncio.TaskGroup() as group:
        for caller in ["flood"] * 50 + ["ann", "bob", "ann"]:
            group.create_task(visit(caller))
    assert served[:7] == ["flood", "flood", "ann", "bob", "flood", "ann", "flood"]
    assert served.count("flood") == 50


async def test_in_a_full_queue_the_caller_with_the_most_makes_room() -> None:
    bulkhead = Bulkhead(1, waiters_max=4, clock=SystemClock())
    await bulkhead.acquire(IN_TIME)
    flood = [asyncio.create_task(bulkhead.acquire(IN_TIME, caller="flood")) for _ in range(4)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(bulkhead.acquire(IN_TIME, caller=one)) for one in ("ann", "bob")]
    await _turns(10)
    sent_away = [task for task in flood if task.done()]
    assert sent_away == flood[2:], "the last that came"
    for task in sent_away:
        with pytest.raises(Overloaded):
            await task
    with pytest.raises(Overloaded):
        await bulkhead.acquire(IN_TIME, caller="flood")
    with pytest.raises(Overloaded):
        await bulkhead.acquire(IN_TIME, caller="ann")
    for task in (flood[0], others[0], others[1], flood[1]):
        assert not task.done()
        bulkhead.release()
        await task
    bulkhead.release()
    assert (bulkhead.statistics.busy, bulkhead.statistics.waiting) == (0, 0)


async def test_a_full_queue_refuses_at_once() -> None:
    bulkhead = Bulkhead(1, waiters_max=1, clock=SystemClock())
    await bulkhead.acquire(IN_TIME)
    waiting = asyncio.create_task(bulkhead.acquire(IN_TIME))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await bulkhead.acquire(IN_TIME)
    assert bulkhead.statistics.refused == 1
    bulkhead.release()
    await waiting
    assert bulkhead.statistics.busy == 1


async def _visit(
    bulkhead: Bulkhead, crowd: list[Visitor], *, patience_seconds: float = IN_TIME
) -> BulkheadStatistics:
    async with asyncio.TaskGroup() as group:
        for visitor in crowd:
            task = group.create_task(_come(bulkhead, visitor, patience_seconds))
            if visitor.gives_up is not None:
                group.create_task(_cancel(task, visitor.gives_up))
    return bulkhead.statistics


async def _come(bulkhead: Bulkhead, visitor: Visitor, patience_seconds: float) -> None:
    await _turns(visitor.arrives)
    try:
        seconds = min(visitor.deadline_seconds, patience_seconds)
        await bulkhead.acquire(seconds, caller=visitor.caller)
    except (DeadlineExceeded, Overloaded):
        return
    try:
        assert bulkhead.statistics.busy <= PERMITS
        assert bulkhead.statistics.waiting <= WAITERS_MAX
        await _turns(visitor.stays)
    finally:
        bulkhead.release()


async def _cancel(task: asyncio.Task[None], turns: int) -> None:
    await _turns(turns)
    task.cancel()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)

"""Callers who want the same at the same moment share one call."""

import asyncio
from dataclasses import dataclass, field

import pytest

from fullhouse.concurrency.single_flight import SingleFlight


@dataclass
class Origin:
    """Counts its calls, and answers when it is told to."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0
    fails: bool = False

    async def read(self) -> int:
        self.calls += 1
        number = self.calls
        await self.may_answer.wait()
        if self.fails:
            raise LookupError
        return number


async def waiting(shared: SingleFlight[int], origin: Origin, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(shared("a", origin.read)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_who_asks_meanwhile_shares_the_call_and_who_asks_later_does_not() -> None:
    shared, origin = SingleFlight[int](), Origin()
    first = await waiting(shared, origin, 5)
    origin.may_answer.set()
    assert {await task for task in first} == {1}
    assert await shared("a", origin.read) == 2


async def test_other_keys_do_not_wait() -> None:
    shared, origin, quick = SingleFlight[int](), Origin(), Origin()
    quick.may_answer.set()
    (slow,) = await waiting(shared, origin, 1)
    assert await shared("b", quick.read) == 1
    slow.cancel()


async def test_all_who_wait_get_the_error_and_the_next_tries_again() -> None:
    shared, origin = SingleFlight[int](), Origin(fails=True)
    tasks = await waiting(shared, origin, 3)
    origin.may_answer.set()
    for task in tasks:
        with pytest.raises(LookupError):
            await task
    origin.fails = False
    assert await shared("a", origin.read) == 2


async def test_who_leaves_takes_no_call_along() -> None:
    shared, origin = SingleFlight[int](), Origin()
    leaver, stayer = await waiting(shared, origin, 2)
    leaver.cancel()
    origin.may_answer.set()
    assert await stayer == 1
    assert leaver.cancelled() or leaver.cancelling()

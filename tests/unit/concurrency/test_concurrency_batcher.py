"""Statements that are shared by those who ask at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest

from fullhouse.concurrency.batcher import Batcher
from fullhouse.kernel.errors import Overloaded


@dataclass(slots=True)
class Doubler:
    """Doubles numbers; breaks a rule at 13 and is out of reach at 99. `gate` holds it up."""

    groups: list[list[int]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        await self.gate.wait()
        if 99 in numbers:
            raise Overloaded("Not now")
        if 13 in numbers:
            raise asyncpg.CheckViolationError("no thirteens")
        return [number * 2 for number in numbers]


async def test_who_asks_while_one_is_under_way_shares_the_next() -> None:
    doubler = Doubler()
    double = Batcher(doubler, 3, isolate=(asyncpg.PostgresError,))
    first = asyncio.create_task(double(1))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(double(number)) for number in (2, 3, 4, 5)]
    await asyncio.sleep(0.01)
    doubler.gate.set()
    assert [await task for task in (first, *others)] == [2, 4, 6, 8, 10]
    assert doubler.groups == [[1], [2, 3, 4], [5]]


async def test_those_who_ask_in_the_same_moment_share_the_first() -> None:
    doubler = Doubler()
    doubler.gate.set()
    double = Batcher(doubler, 64, isolate=(asyncpg.PostgresError,))
    tasks = [asyncio.create_task(double(number)) for number in (1, 2)]
    assert [await task for task in tasks] == [2, 4]
    assert doubler.groups == [[1, 2]]


async def test_one_that_breaks_a_rule_fails_alone() -> None:
    doubler = Doubler()
    doubler.gate.set()
    double = Batcher(doubler, 64, isolate=(asyncpg.PostgresError,))
    tasks = [asyncio.create_task(double(number)) for number in (1, 13, 2)]
    await asyncio.wait(tasks)
    assert isinstance(tasks[1].exception(), asyncpg.CheckViolationError)
    assert [tasks[0].result(), tasks[2].result()] == [2, 4]


async def test_what_befalls_the_statement_befalls_all_and_later_asks_are_answered() -> None:
    doubler = Doubler()
    doubler.gate.set()
    double = Batcher(doubler, 64, isolate=(asyncpg.PostgresError,))
    tasks = [asyncio.create_task(double(number)) for number in (1, 99)]
    await asyncio.wait(tasks)
    assert [type(task.exception()) for task in tasks] == [Overloaded, Overloaded]
    assert doubler.groups == [[1, 99]]
    assert await double(3) == 6


async def test_who_is_cancelled_takes_nobody_along() -> None:
    doubler = Doubler()
    double = Batcher(doubler, 64, isolate=(asyncpg.PostgresError,))
    first, second = (asyncio.create_task(double(number)) for number in (1, 2))
    await asyncio.sleep(0.01)
    first.cancel()
    doubler.gate.set()
    assert await second == 4
    with pytest.raises(asyncio.CancelledError):
        await first

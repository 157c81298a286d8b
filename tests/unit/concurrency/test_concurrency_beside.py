"""Background tasks run while something else is open, and end with it."""

import asyncio

import pytest

from fullhouse.concurrency.beside import beside


class Work:
    """Notes what happens to it; fails at once if it shall."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails, self.notes = fails, list[str]()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        self.notes.append("runs")
        if self.fails:
            raise LookupError
        await self._stopping.wait()
        self.notes.append("ended")

    def stop(self) -> None:
        self._stopping.set()


async def test_tasks_run_beside_the_body_and_are_waited_for() -> None:
    first, second = Work(), Work()
    async with beside(first, second):
        await asyncio.sleep(0)
        assert first.notes == second.notes == ["runs"]
    assert first.notes == second.notes == ["runs", "ended"]


async def test_an_error_of_one_ends_all_and_the_body() -> None:
    with pytest.RaisesGroup(LookupError):
        async with beside(Work(), Work(fails=True)):
            await asyncio.Event().wait()

"""Crowds of guests in processes of their own, for races on one database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.builders.forked import FORK_SERVER, ForkedProcess
from tests.races.load_process import LoadReport, LoadTask, run


@dataclass(frozen=True, slots=True)
class Crowd:
    """One process, told what to do."""

    process: ForkedProcess
    connection: Connection

    async def says(self) -> object:
        """What it says next; nothing once it is dead."""
        try:
            return await asyncio.to_thread(self.connection.recv)
        except (EOFError, ConnectionResetError):
            return None

    async def do(self, task: LoadTask) -> LoadReport:
        self.connection.send(task)
        report = await self.says()
        assert isinstance(report, LoadReport)
        return report


@asynccontextmanager
async def a_crowd(database_url: str) -> AsyncIterator[Crowd]:
    """A crowd ready to go; its process is gone afterwards."""
    ours, theirs = FORK_SERVER.Pipe()
    process = ForkedProcess(run, database_url, theirs)
    theirs.close()
    crowd = Crowd(process, ours)
    try:
        assert await crowd.says() == "ready"
        yield crowd
    finally:
        ours.close()
        await process.wait()


@asynccontextmanager
async def two_load_processes(database_url: str) -> AsyncIterator[tuple[Crowd, Crowd]]:
    """Two at once."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            opening = [
                group.create_task(stack.enter_async_context(a_crowd(database_url)))
                for _ in range(2)
            ]
        one, other = (task.result() for task in opening)
        yield one, other

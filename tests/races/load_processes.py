"""Crowds of guests in processes of their own, for races on one database."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Final

from tests.races.load_process import LoadReport, LoadTask, run

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["__main__", run.__module__])
"""What a process needs is imported once: they are forked from one that has done so."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """One process, told what to do."""

    process: ForkServerProcess
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

    def kill(self) -> None:
        """With -9: it has no time for anything."""
        self.process.kill()


@asynccontextmanager
async def a_crowd(database_url: str) -> AsyncIterator[Crowd]:
    """A crowd ready to go; its process is gone afterwards."""
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=run, args=(database_url, theirs))
    process.start()
    theirs.close()
    crowd = Crowd(process, ours)
    try:
        assert await crowd.says() == "ready"
        yield crowd
    finally:
        ours.close()
        await asyncio.to_thread(process.join)
        process.close()


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

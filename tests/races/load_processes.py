"""Crowds of guests in processes of their own, for races on one database."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from tests.races.load_process import LoadReport, LoadTask

ROOT = Path(__file__).parents[2]
ANSWER_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Crowd:
    """One process, told what to do by lines."""

    process: asyncio.subprocess.Process

    async def send(self, task: LoadTask) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(task) + b"\n")
        await self.process.stdin.drain()

    async def line(self) -> bytes:
        """What it says next; empty once it is dead."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).rstrip()

    async def do(self, task: LoadTask) -> LoadReport:
        await self.send(task)
        return msgspec.json.decode(await self.line(), type=LoadReport)

    def kill(self) -> None:
        """With -9: it has no time for anything."""
        self.process.kill()


@asynccontextmanager
async def a_crowd(database_url: str, number: int = 0) -> AsyncIterator[Crowd]:
    """A crowd ready to go; its process is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.races.load_process", database_url, str(number),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=ANSWER_BYTES_MAX,
    )  # fmt: skip
    crowd = Crowd(process)
    try:
        assert await crowd.line() == b"ready"
        yield crowd
    finally:
        assert process.stdin is not None
        process.stdin.close()
        if process.returncode is None:
            await process.wait()


@asynccontextmanager
async def two_load_processes(database_url: str) -> AsyncIterator[tuple[Crowd, Crowd]]:
    """Two at once, numbered 0 and 1."""
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            opening = [
                group.create_task(stack.enter_async_context(a_crowd(database_url, number)))
                for number in (0, 1)
            ]
        one, other = (task.result() for task in opening)
        yield one, other

"""Processes forked from one that has loaded the product, so that a start costs little."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Final, TypeVar

T = TypeVar("T")

FORK_SERVER: Final = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(["__main__", "fullhouse.entrypoints.worker", "aiohttp"])


class ForkedProcess:
    """One that does `work` with `arguments`; both are pickled."""

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        self._process: ForkServerProcess = FORK_SERVER.Process(target=work, args=arguments)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for the signal that ended it; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """With -9: it has no time for anything."""
        self._process.kill()

    async def wait(self) -> int:
        """Its exit status, once it has one."""
        await asyncio.to_thread(self._process.join)
        status = self._process.exitcode
        assert status is not None
        return status


async def forked(work: Callable[..., T], *arguments: object) -> T:
    """What `work` returns in a process of its own."""
    ours, theirs = FORK_SERVER.Pipe()
    process = ForkedProcess(_answer, theirs, work, arguments)
    theirs.close()
    result: T = await asyncio.to_thread(ours.recv)
    ours.close()
    await process.wait()
    return result


def _answer(says: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    says.send(work(*arguments))

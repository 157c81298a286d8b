"""Processes forked from one that has loaded the product, so that a start costs little."""

import asyncio
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, TypeVar

from fullhouse.__main__ import main

T = TypeVar("T")

FORK_SERVER: Final = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(
    ["__main__", "fullhouse.entrypoints.worker", "fullhouse.entrypoints.cli.check", "aiohttp"]
)
STANDARD_OUTPUT, STANDARD_ERROR = 1, 2


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
    """What `work` returns in a process of its own, which ends when nobody waits for it any more."""
    ours, theirs = FORK_SERVER.Pipe()
    process = ForkedProcess(_answer, theirs, work, arguments)
    theirs.close()
    try:
        result: T = await asyncio.to_thread(ours.recv)
    except BaseException:
        process.send_signal(signal.SIGTERM)
        raise
    finally:
        ours.close()
    await process.wait()
    return result


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command said on both streams, and with which status it left."""

    status: int
    output: str
    errors: str


async def fullhouse(*arguments: str, **environment: str) -> CommandResult:
    """A command as a shell runs it, but for its start, which takes a third of a second.

    Where the start itself is the subject, run the program.
    """
    return await forked(_run_command, arguments, os.environ | environment, Path.cwd())


def _run_command(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> CommandResult:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["fullhouse", *arguments]
    with TemporaryFile() as output, TemporaryFile() as errors:
        os.dup2(output.fileno(), STANDARD_OUTPUT)
        os.dup2(errors.fileno(), STANDARD_ERROR)
        status: object = 1
        try:
            main()
        except SystemExit as left:
            status = left.code
        except Exception:  # noqa: BLE001 - it says and returns what the interpreter would
            traceback.print_exc()
        sys.stdout.flush()
        said, complained = (_text_of(file) for file in (output, errors))
    assert isinstance(status, int)
    return CommandResult(status, said, complained)


def _text_of(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()


def _answer(says: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    says.send(work(*arguments))

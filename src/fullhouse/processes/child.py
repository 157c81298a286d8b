"""A child process: started with a line to its parent, waited for, and stopped in order."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from fullhouse.processes.limits import DRAIN_SECONDS_MAX, FORCED_STOP_SECONDS_MAX
from fullhouse.processes.parent_line import READY, REPLACE
from fullhouse.processes.priority import lower_priority
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")
_STOP_SECONDS_MAX: Final = DRAIN_SECONDS_MAX + 5
"""The program enforces its own limit first; a process that exceeds this one hangs."""
_WORDS_BYTES_MAX: Final = 64


class Program(msgspec.Struct, frozen=True):
    """A command line `python -m fullhouse <arguments>`, run in `processes` processes.

    The file `descriptors` are inherited; `niceness` is above that of the supervisor.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    processes: int = 1
    niceness: int = 0


OnExit = Callable[[int], None]
"""Called with the process id of each process that has ended."""


class Child:
    """A running process of a program; `start` makes one."""

    def __init__(
        self, program: Program, process: Process, *, line: socket.socket, on_exit: OnExit
    ) -> None:
        self._program = program
        self._process = process
        self._line = line
        self._is_told = False
        self.is_ready = asyncio.Event()
        self.wants_replacement = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())
        self.exited = asyncio.create_task(self._wait(on_exit))

    @classmethod
    async def start(cls, program: Program, on_exit: OnExit) -> "Child":
        """Start a process of the program."""
        # The parent's end closes when it dies, however it dies: see parent_line
        own, given = socket.socketpair()
        own.settimeout(0)
        with given:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "fullhouse", *program.arguments),
                stdin=given.fileno(),
                env=program.environment,
                pass_fds=program.descriptors,
                # A terminal sends Ctrl-C to its process group: only the supervisor may receive it
                start_new_session=True,
            )
        if program.niceness:
            with suppress(ProcessLookupError):
                lower_priority(program.niceness, process.pid)
        _LOG.debug("supervisor.process_started", program=program.name, pid=process.pid)
        return cls(program, process, line=own, on_exit=on_exit)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def comes_to(self, event: asyncio.Event, *, within: float | None = None) -> bool:
        """Wait until `event` is set; False if the process exits before, or not in time."""
        setting = asyncio.create_task(event.wait())
        try:
            await asyncio.wait(
                (self.exited, setting), timeout=within, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            setting.cancel()
        return event.is_set() and not self.exited.done()

    async def stop(self, forced: asyncio.Event) -> None:
        """Stop in order: SIGTERM first, SIGINT when `forced` or too slow, SIGKILL at last."""
        if not self._is_told:
            self._is_told = True
            self._signal(signal.SIGTERM)
        if not await self._ends(within=_STOP_SECONDS_MAX, unless=forced):
            _LOG.warning("supervisor.stop_forced", program=self._program.name)
            self._signal(signal.SIGINT)  # the second signal forces it
        if not await self._ends(within=FORCED_STOP_SECONDS_MAX):
            await self.kill()

    async def kill(self) -> None:
        """End it at once, with its own children."""
        kill_group(self.pid)
        await asyncio.wait((self.exited,))

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _ends(self, *, within: float, unless: asyncio.Event | None = None) -> bool:
        """Wait for the end, at most `within` seconds or until the event is set."""
        await self.comes_to(unless or asyncio.Event(), within=within)
        return self.exited.done()

    async def _wait(self, on_exit: OnExit) -> int:
        try:
            return await self._process.wait()
        finally:
            kill_group(self.pid)  # no child of the process outlives it
            self._listening.cancel()
            self._line.close()
            on_exit(self.pid)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while words := await loop.sock_recv(self._line, _WORDS_BYTES_MAX):
                if READY in words:
                    self.is_ready.set()
                if REPLACE in words:
                    self.wants_replacement.set()


def kill_group(group: int) -> None:
    """End every process of a process group, if there is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)

"""Keeping one program running: started again when it dies, stopped in order when told."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.limits import (
    DRAIN_SECONDS_MAX,
    HURRY_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MIN,
    RESTARTS_IN_A_ROW_MAX,
    STEADY_AFTER_SECONDS,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")
_NICEST: Final = 19
_DRAINED_BY: Final = DRAIN_SECONDS_MAX + 5
"""The program's own limit comes first; past this it hangs."""


class ProgramKeepsDying(FullhouseError):
    """A program ends soon after each start: starting it once more would not help."""

    code = "program_keeps_dying"
    message = "A program ends soon after each start."
    program: str


@dataclass(frozen=True, slots=True)
class Program:
    """One command of ours, run as a process: `arguments` follow `python -m fullhouse`.

    It steps back from the processor `nicer_by` steps further than we do ourselves.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    nicer_by: int = 0
    descriptors: tuple[int, ...] = ()


@dataclass(slots=True)
class Keeper:
    """Runs a program until `stop`; `ended` is told the process id of each process that is gone."""

    program: Program
    ended: Callable[[int], None]
    _process: Process | None = field(default=None, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def keep(self) -> None:
        """Start it, and again whenever it dies: at once when it was killed, else ever later.

        Raises `ProgramKeepsDying` when it never stays. One that has stayed once is kept for good:
        what it dies of now is an outage, and will pass.
        """
        loop = asyncio.get_running_loop()
        deaths, stayed = 0, False
        while not self._stopping.is_set():
            began = loop.time()
            status = await self._run_once()
            if self._stopping.is_set():
                return
            steady = loop.time() - began > STEADY_AFTER_SECONDS
            stayed = stayed or steady
            deaths = 1 if steady or status < 0 else deaths + 1
            _LOG.error("program died", program=self.program.name, status=status, deaths=deaths)
            if deaths >= RESTARTS_IN_A_ROW_MAX and not stayed:
                raise ProgramKeepsDying(
                    f"{self.program.name} ended {deaths} times soon after its start (last with "
                    f"status {status}); its own words are above",
                    program=self.program.name,
                )
            pause = RESTART_PAUSE_SECONDS_MIN * 2 ** (deaths - 1)
            await asyncio.sleep(min(pause, RESTART_PAUSE_SECONDS_MAX))

    async def stop(self, hurried: asyncio.Event) -> None:
        """Let it finish what it has in hand; hurry it when `hurried`, or when it takes too long."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        if await _ends(process, within=_DRAINED_BY, unless=hurried):
            return
        _LOG.warning("program is hurried", program=self.program.name)
        process.send_signal(signal.SIGINT)  # the second signal, and the one uvicorn obeys at once
        if not await _ends(process, within=HURRY_SECONDS_MAX, unless=None):
            _kill_all(process.pid)
            await process.wait()

    async def _run_once(self) -> int:
        """Start it and wait for its end; its exit status."""
        program = self.program
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fullhouse", *program.arguments),
            # The leash: it closes when we die, however we die, and the program then ends itself.
            stdin=asyncio.subprocess.PIPE,
            env=program.environment,
            pass_fds=program.descriptors,
            # Ctrl-C is sent to all of a terminal's group: here only we are to hear it.
            start_new_session=True,
        )
        self._process = process
        try:
            _be_nicer(process.pid, program.nicer_by)
            _LOG.debug("program started", program=program.name, pid=process.pid)
            return await process.wait()
        finally:
            _kill_all(process.pid)  # what it started itself does not outlive it
            self.ended(process.pid)


def _be_nicer(pid: int, by: int) -> None:
    """Let a process step back `by` from where we stand ourselves.

    Where Linux weighs sessions against each other first, a session has a niceness of its own:
    without that a worker that is behind takes half a processor from the web, however nice it is.
    """
    if not by:
        return
    niceness = min(os.getpriority(os.PRIO_PROCESS, 0) + by, _NICEST)
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


class ProgramFailed(FullhouseError):
    """A program that was to do one thing ended without having done it."""

    code = "program_failed"
    message = "A program failed."


async def output_of(program: Program) -> str:
    """Run a program to its end; what it printed. Raises `ProgramFailed`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", *program.arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=program.environment,
        start_new_session=True,
    )
    try:
        printed, _ = await process.communicate()
    finally:
        _kill_all(process.pid)
    if process.returncode:
        raise ProgramFailed(f"{program.name} failed; its own words are above")
    return printed.decode()


async def _ends(process: Process, *, within: float, unless: asyncio.Event | None) -> bool:
    """Wait for its end, but not longer than this, nor past the event."""
    ending = asyncio.create_task(process.wait())
    waits: set[asyncio.Task[object]] = {ending}
    if unless is not None:
        waits.add(asyncio.create_task(unless.wait()))
    _, pending = await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return process.returncode is not None


def _kill_all(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)

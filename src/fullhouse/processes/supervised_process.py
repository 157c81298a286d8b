"""One supervised process: restarted when it exits, stopped in order on request."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from fullhouse.kernel.errors import FullhouseError
from fullhouse.processes.limits import (
    DRAIN_SECONDS_MAX,
    FORCED_STOP_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MIN,
    RESTARTS_IN_A_ROW_MAX,
    STEADY_AFTER_SECONDS,
)
from fullhouse.processes.priority import lower_priority
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")
_STOP_SECONDS_MAX: Final = DRAIN_SECONDS_MAX + 5
"""The program enforces its own limit first; a process that exceeds this one hangs."""


class ProgramCrashLoop(FullhouseError):
    """A program exits soon after each start, so that another restart would not help."""

    code = "program_crash_loop"
    message = "A program exits soon after each start."
    program: str


class ProgramFailed(FullhouseError):
    """A program that runs once ended with an exit status other than 0."""

    code = "program_failed"
    message = "A program failed."


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


class SupervisedProcess:
    """Runs one process of a program until `stop`, and restarts it whenever it exits."""

    def __init__(self, program: Program, on_exit: OnExit) -> None:
        self._program = program
        self._on_exit = on_exit
        self._process: Process | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Start the process, and restart it: at once after a kill, else with a growing pause.

        Raises `ProgramCrashLoop` after `RESTARTS_IN_A_ROW_MAX` early exits. A process that once ran
        for `STEADY_AFTER_SECONDS` is restarted for ever: its exits are an outage, which will end.
        """
        loop = asyncio.get_running_loop()
        exits, was_steady = 0, False
        while not self._stopping.is_set():
            started = loop.time()
            status = await self._run_once()
            if self._stopping.is_set():
                return
            steady = loop.time() - started > STEADY_AFTER_SECONDS
            was_steady = was_steady or steady
            exits = 1 if steady or status < 0 else exits + 1
            name = self._program.name
            _LOG.error("supervisor.process_exited", program=name, status=status, exits=exits)
            if exits >= RESTARTS_IN_A_ROW_MAX and not was_steady:
                raise ProgramCrashLoop(
                    f"{name} ended {exits} times soon after its start (last with status {status}); "
                    "its own output is above",
                    program=name,
                )
            pause = RESTART_PAUSE_SECONDS_MIN * 2 ** (exits - 1)
            await asyncio.sleep(min(pause, RESTART_PAUSE_SECONDS_MAX))

    async def stop(self, forced: asyncio.Event) -> None:
        """Stop in order: SIGTERM first, SIGINT when `forced` or too slow, SIGKILL at last."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        if await _ends(process, within=_STOP_SECONDS_MAX, unless=forced):
            return
        _LOG.warning("supervisor.stop_forced", program=self._program.name)
        process.send_signal(signal.SIGINT)  # the second signal forces it
        if not await _ends(process, within=FORCED_STOP_SECONDS_MAX, unless=None):
            _kill_group(process.pid)
            await process.wait()

    async def _run_once(self) -> int:
        """Start the process and wait for its end; the exit status."""
        program = self._program
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fullhouse", *program.arguments),
            # Closes when we die, however we die; the process then ends itself: parent_watchdog
            stdin=asyncio.subprocess.PIPE,
            env=program.environment,
            pass_fds=program.descriptors,
            # A terminal sends Ctrl-C to its whole process group: only the supervisor may receive it
            start_new_session=True,
        )
        self._process = process
        if program.niceness:
            with suppress(ProcessLookupError):
                lower_priority(program.niceness, process.pid)
        try:
            _LOG.debug("supervisor.process_started", program=program.name, pid=process.pid)
            return await process.wait()
        finally:
            _kill_group(process.pid)  # no child of the process outlives it
            self._on_exit(process.pid)


async def output_of(program: Program) -> str:
    """Run a program once and return its standard output; raises `ProgramFailed`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", *program.arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=program.environment,
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate()
    finally:
        _kill_group(process.pid)
    if process.returncode:
        raise ProgramFailed(f"{program.name} failed; its own output is above")
    return output.decode()


async def _ends(process: Process, *, within: float, unless: asyncio.Event | None) -> bool:
    """Wait for the end of the process, at most `within` seconds or until the event is set."""
    ending = asyncio.create_task(process.wait())
    waits: set[asyncio.Task[object]] = {ending}
    if unless is not None:
        waits.add(asyncio.create_task(unless.wait()))
    _, pending = await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return process.returncode is not None


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)

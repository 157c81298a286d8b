"""One supervised process: restarted when it exits, replaced when it asks, stopped on request."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from fullhouse.kernel.errors import FullhouseError
from fullhouse.processes.child import Child, OnExit, Program, kill_group
from fullhouse.processes.limits import (
    READY_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MAX,
    RESTART_PAUSE_SECONDS_MIN,
    RESTARTS_IN_A_ROW_MAX,
    STEADY_AFTER_SECONDS,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")


class ProgramCrashLoop(FullhouseError):
    """A program exits soon after each start, so that another restart would not help."""

    code = "program_crash_loop"
    message = "A program exits soon after each start."
    program: str


class ProgramFailed(FullhouseError):
    """A program that runs once ended with an exit status other than 0."""

    code = "program_failed"
    message = "A program failed."


class SupervisedProcess:
    """Runs one process of a program until `stop`, and restarts it whenever it exits."""

    def __init__(self, program: Program, on_exit: OnExit, turn: asyncio.Lock | None = None) -> None:
        self._program = program
        self._on_exit = on_exit
        self._turn = turn or asyncio.Lock()
        self._children: set[Child] = set()
        self._retiring: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def pids(self) -> Sequence[int]:
        """The processes that run: one, or two while one is replaced."""
        return [child.pid for child in self._children if not child.exited.done()]

    async def run(self) -> None:
        """Start the process as `_run`; cancelled, it leaves no process behind."""
        try:
            await self._run()
        finally:
            if not self._stopping.is_set():
                for child in tuple(self._children):
                    await child.kill()

    async def _run(self) -> None:
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
        """Stop in order: see `Child.stop`."""
        self._stopping.set()
        async with asyncio.TaskGroup() as group:
            for child in self._children:
                group.create_task(child.stop(forced))

    async def _run_once(self) -> int:
        """Run a process, and those that replace it, until the last exits; its exit status."""
        child = await self._start()
        while await child.comes_to(child.wants_replacement):
            child = await self._replaced(child)
        return await child.exited

    async def _start(self) -> Child:
        child = await Child.start(self._program, self._on_exit)
        self._children.add(child)
        child.exited.add_done_callback(lambda _: self._children.discard(child))
        if self._stopping.is_set():
            await child.kill()
        return child

    async def _replaced(self, child: Child) -> Child:
        """Start another process and, once it serves, let the child end; the one that serves now.

        A replacement that does not come up is ended, and the child serves on. Processes of one
        program are replaced one after the other.
        """
        child.wants_replacement.clear()
        async with self._turn:
            if self._stopping.is_set() or child.exited.done():
                return child
            successor = await self._start()
            if not await successor.comes_to(successor.is_ready, within=READY_SECONDS_MAX):
                await successor.kill()
                _LOG.error("supervisor.replacement_failed", program=self._program.name)
                return child
        _LOG.info(
            "supervisor.process_replaced",
            program=self._program.name,
            pid=child.pid,
            by=successor.pid,
        )
        self._retire(child)
        return successor

    def _retire(self, child: Child) -> None:
        """Let it finish what it has in hand, while the other serves."""
        retiring = asyncio.create_task(child.stop(asyncio.Event()))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)


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
        kill_group(process.pid)
    if process.returncode:
        raise ProgramFailed(f"{program.name} failed; its own output is above")
    return output.decode()

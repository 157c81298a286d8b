"""Run several programs together, from their start to their orderly stop."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress

from fullhouse.concurrency.signals import StopRequest
from fullhouse.processes.child import OnExit, Program
from fullhouse.processes.supervised_process import SupervisedProcess


class ProcessGroup:
    """The processes of one program; processes may be added at any time."""

    def __init__(self, program: Program, on_exit: OnExit) -> None:
        self._program = program
        self._on_exit = on_exit
        self._processes: list[SupervisedProcess] = []
        self._turn = asyncio.Lock()

    def start(self) -> list[asyncio.Task[None]]:
        """Start as many processes as the program asks for."""
        return [self.add_process() for _ in range(self._program.processes)]

    def add_process(self) -> asyncio.Task[None]:
        """Start one more process; the task ends with `ProgramCrashLoop` or after `stop`."""
        process = SupervisedProcess(self._program, self._on_exit, self._turn)
        self._processes.append(process)
        return asyncio.create_task(process.run())

    async def stop(self, forced: asyncio.Event) -> None:
        """Stop all processes at the same time."""
        async with asyncio.TaskGroup() as group:
            for process in self._processes:
                group.create_task(process.stop(forced))


class ProcessSupervisor:
    """Runs programs until a stop is requested, then stops them one after the other, as listed.

    `background_tasks` run beside the programs; a failure of any ends everything. `before_stop` is
    called before the first program is stopped.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        on_exit: OnExit,
        background_tasks: Sequence[Coroutine[object, object, None]] = (),
        before_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._groups = [ProcessGroup(program, on_exit) for program in programs]
        self._background_tasks = background_tasks
        self._before_stop = before_stop

    async def run(self, stop: StopRequest) -> None:
        """Run until a stop is requested; raises the failure of a program or background task."""
        tasks = [task for group in self._groups for task in group.start()]
        background = [asyncio.create_task(work) for work in self._background_tasks]
        requested = asyncio.create_task(stop.requested.wait())
        try:
            await _wait_for_first_end({*tasks, requested}, {*background})
            self._before_stop()
            for group in self._groups:
                await group.stop(stop.forced)
        finally:
            await _cancel_all([*tasks, *background, requested])
        for task in (*tasks, *background):
            if not task.cancelled():
                task.result()


async def _wait_for_first_end(
    running: set[asyncio.Task[object]], background: set[asyncio.Task[object]]
) -> None:
    """Wait until a running task ends or a background task fails; those may also just finish."""
    while True:
        done, _ = await asyncio.wait(running | background, return_when=asyncio.FIRST_COMPLETED)
        if done & running or any(task.exception() for task in done):
            return
        background -= done


async def _cancel_all(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait(tasks)

"""Running several programs together, from their start to their orderly end."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass

from fullhouse.entrypoints.supervisor.keeper import Keeper, Program
from fullhouse.entrypoints.supervisor.stopping import Stop


@dataclass(frozen=True, slots=True)
class Company:
    """Programs in the stages in which they are to stop, and what goes on beside them."""

    stages: Sequence[Sequence[Program]]
    beside: Sequence[Coroutine[object, object, None]]
    """Run until the end; one that fails ends everything."""
    before_stopping: Callable[[], None]
    ended: Callable[[int], None]
    """Told the process id of each process that is gone."""


async def supervise(company: Company, stop: Stop) -> None:
    """Keep all programs running until told to stop, then stop one stage after the other.

    Raises what a program or a companion failed with, after the others have stopped.
    """
    stages = [[Keeper(program, company.ended) for program in stage] for stage in company.stages]
    keeping = [asyncio.create_task(keeper.keep()) for stage in stages for keeper in stage]
    beside = [asyncio.create_task(work) for work in company.beside]
    asked = asyncio.create_task(stop.asked.wait())
    running: set[asyncio.Task[object]] = {*keeping, asked}
    try:
        await _first_end(running, {*beside})
        company.before_stopping()
        for stage in stages:
            async with asyncio.TaskGroup() as group:
                for keeper in stage:
                    group.create_task(keeper.stop(stop.hurried))
    finally:
        await _end_all([*keeping, *beside, asked])
    for task in (*keeping, *beside):
        if not task.cancelled():
            task.result()


async def _first_end(running: set[asyncio.Task[object]], beside: set[asyncio.Task[object]]) -> None:
    """Wait until anything that runs ends, or a companion fails; one may well have no more to do."""
    while True:
        done, _ = await asyncio.wait(running | beside, return_when=asyncio.FIRST_COMPLETED)
        if done & running or any(task.exception() for task in done):
            return
        beside -= done


async def _end_all(tasks: Sequence[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait(tasks)

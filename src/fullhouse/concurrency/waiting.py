"""Waiting with a time-out."""

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeVar

T = TypeVar("T")
_LEFT: Final[set[asyncio.Task[object]]] = set()
"""What is still being cancelled: nobody else holds it."""


async def wait_for_event(event: asyncio.Event, *, timeout_seconds: float) -> bool:
    """Wait until `event` is set; True if it was set in time."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def result_in_time(work: Coroutine[object, object, T], *, seconds_max: float) -> T:
    """What the work returns or raises; raises `TimeoutError` after that time, and not later.

    For looks at what may be silent: cancelling a statement waits for the server for seconds more.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,), timeout=seconds_max)
    finally:
        is_late = task.cancel()
        if is_late:
            _LEFT.add(task)
            task.add_done_callback(_forget)
    if is_late:
        raise TimeoutError
    return task.result()


def _forget(task: asyncio.Task[object]) -> None:
    _LEFT.discard(task)
    if not task.cancelled():
        task.exception()  # it came too late for anybody

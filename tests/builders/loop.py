"""Waiting in the event loop, and how long it is kept from others."""

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


async def longest_turn(work: Coroutine[object, object, T]) -> tuple[float, asyncio.Task[T]]:
    """The longest turn that `work` takes, in seconds of this thread's processor time, and its task.

    Exact to a millisecond. Other processes of a busy machine do not count in processor time, nor
    does a collection of the interpreter's garbage among the objects of the tests before.
    """
    gc.collect()
    gc.freeze()
    task = asyncio.ensure_future(work)
    longest = 0.0
    began = time.thread_time()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.thread_time()
        longest, began = max(longest, now - began), now
    return longest, task


async def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition of another task or process holds."""
    while not holds():  # noqa: ASYNC110 - nobody sets an event for it
        await asyncio.sleep(0.01)

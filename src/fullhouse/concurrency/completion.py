"""Work that a cancellation must not interrupt."""

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

_RUNNING: Final = set[asyncio.Task[None]]()
"""Those that go on by themselves: the event loop alone does not keep a task."""


async def run_to_completion(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end even when the context is cancelled, then raise the cancellation.

    For steps that must not stop half-way: a COMMIT whose outcome will be asked for, a connection on
    its way back to the pool, a server that is stopping. Each is bounded by a time-out of its own.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


async def run_on(work: Coroutine[object, object, None], seconds_max: float) -> None:
    """Wait for `work` for so long at most, or until cancelled; then it goes on by itself.

    It ends by a time-out of its own, and what it raises then is nobody's.
    """
    task = asyncio.ensure_future(work)
    _RUNNING.add(task)
    task.add_done_callback(_forget)
    await asyncio.wait((task,), timeout=seconds_max)
    if task.done():
        task.result()


def _forget(task: asyncio.Task[None]) -> None:
    _RUNNING.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, else it is reported as one that nobody has

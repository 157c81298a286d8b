"""Work that a cancellation must not interrupt."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


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

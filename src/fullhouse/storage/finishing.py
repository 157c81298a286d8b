"""Work that a cancellation must not cut in half."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


async def finish(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end even when the caller is cancelled, and only then be cancelled.

    For what must not stop half-way: a COMMIT whose outcome somebody will ask for, a connection on
    its way back, a server that is stopping. All of them are bounded by time-outs of their own.
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

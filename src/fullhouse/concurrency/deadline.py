"""How long the caller still waits: it travels with the task to statements and calls of services.

Work that many callers share (`Batcher`, `SingleFlight`, caches) has the deadline of none of them.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar, Token
from typing import Final

from fullhouse.kernel.errors import DeadlineExceeded

_ends_at: Final[ContextVar[float]] = ContextVar("ends_at", default=math.inf)


def begin(ends_at: float) -> Token[float]:
    """The task is waited for until this time of the event loop; give the token to `end`."""
    return _ends_at.set(ends_at)


def end(token: Token[float]) -> None:
    _ends_at.reset(token)


def seconds_left(seconds_max: float) -> float:
    """At most `seconds_max`, and no more than the caller waits. Raises `DeadlineExceeded`."""
    ends_at = _ends_at.get()
    if ends_at == math.inf:
        return seconds_max
    left = ends_at - asyncio.get_running_loop().time()
    if left <= 0:
        raise DeadlineExceeded
    return min(left, seconds_max)


@asynccontextmanager
async def time_limit(seconds_max: float) -> AsyncIterator[float]:
    """As `asyncio.timeout`, for what the caller has left at most, which is yielded.

    Raises `TimeoutError`, and `DeadlineExceeded` when nothing is left to begin with.
    """
    seconds = seconds_left(seconds_max)
    token = begin(asyncio.get_running_loop().time() + seconds)
    try:
        async with asyncio.timeout(seconds):
            yield seconds
    finally:
        end(token)

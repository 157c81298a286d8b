"""How long the caller still waits: it travels with the task to statements and calls of services.

Work that many callers share (`Batcher`, `SingleFlight`, caches) has the deadline of none of them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar, Token
from typing import Final, NamedTuple

from fullhouse.kernel.errors import DeadlineExceeded


class _Deadline(NamedTuple):
    """A time of an event loop. Until Python 3.12 asking for the loop that runs is a system call."""

    ends_at: float
    loop: asyncio.AbstractEventLoop


_deadline: Final[ContextVar[_Deadline | None]] = ContextVar("deadline", default=None)


def begin(ends_at: float, loop: asyncio.AbstractEventLoop) -> Token[_Deadline | None]:
    """The task is waited for until this time of its event loop; give the token to `end`."""
    return _deadline.set(_Deadline(ends_at, loop))


def end(token: Token[_Deadline | None]) -> None:
    _deadline.reset(token)


def seconds_left(seconds_max: float) -> float:
    """At most `seconds_max`, and no more than the caller waits. Raises `DeadlineExceeded`."""
    deadline = _deadline.get()
    if deadline is None:
        return seconds_max
    left = deadline.ends_at - deadline.loop.time()
    if left <= 0:
        raise DeadlineExceeded
    return min(left, seconds_max)


@asynccontextmanager
async def time_limit(seconds_max: float) -> AsyncIterator[float]:
    """As `asyncio.timeout`, for what the caller has left at most, which is yielded.

    Raises `TimeoutError`, and `DeadlineExceeded` when nothing is left to begin with.
    """
    seconds = seconds_left(seconds_max)
    loop = asyncio.get_running_loop()
    token = begin(loop.time() + seconds, loop)
    try:
        async with asyncio.timeout(seconds):
            yield seconds
    finally:
        end(token)

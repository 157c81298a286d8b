"""Waiting that can be ended early, and connections that are made again when they break."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import asyncpg

Connect = Callable[[], Awaitable[asyncpg.Connection]]
"""Makes one dedicated connection; raises `DatabaseUnavailable`."""


async def happens(event: asyncio.Event, *, within_seconds: float) -> bool:
    """Whether the event is set within the time."""
    try:
        async with asyncio.timeout(within_seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def close_quietly(connection: asyncpg.Connection) -> None:
    """Close it if it is still there; one that is lost is no trouble any more."""
    with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=1.0)

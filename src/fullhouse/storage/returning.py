"""Connections on their way back to the pool, also from a server that has gone silent."""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from fullhouse.storage.errors import DatabaseErrors, DatabaseUnavailable, is_lost
from fullhouse.storage.limits import RELEASE_SECONDS_MAX


async def give_back(
    pool: asyncpg.Pool,
    leased: PoolConnectionProxy,
    *,
    undone: Transaction | None,
    free: Callable[[], None],
) -> None:
    """Roll back what was left, and release; only a connection that is back frees its permit."""
    try:
        if undone is not None:
            await roll_back(leased, undone)  # type: ignore[arg-type]
        await _release(pool, leased)
    finally:
        free()


async def roll_back(connection: asyncpg.Connection, transaction: Transaction) -> None:
    """Roll a transaction or savepoint back, or close the connection: it has the same effect."""
    if is_lost(connection):
        return  # the server has already undone what a lost connection had begun
    try:
        with DatabaseErrors(connection):
            async with asyncio.timeout(RELEASE_SECONDS_MAX):
                await transaction.rollback()
    except DatabaseUnavailable:
        drop(connection)  # what the context hears is why it left


def drop(connection: asyncpg.Connection) -> None:
    """Close it at once: whatever is left of it, the next context shall have another."""
    if not is_lost(connection):
        connection.terminate()


async def _release(pool: asyncpg.Pool, leased: PoolConnectionProxy) -> None:
    """Give the connection back; one whose cancelled statement nobody acknowledges is closed."""
    with DatabaseErrors(leased), contextlib.suppress(TimeoutError):
        await pool.release(leased, timeout=RELEASE_SECONDS_MAX)

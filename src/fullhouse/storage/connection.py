"""Open connections to PostgreSQL with every time-out and codec set."""

import contextlib
from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
from typing_extensions import override

from fullhouse.storage.errors import DatabaseErrors
from fullhouse.storage.limits import (
    CONNECT_SECONDS_MAX,
    IDLE_IN_TRANSACTION_SECONDS_MAX,
    LOCK_SECONDS_MAX,
    STATEMENT_SECONDS_MAX,
    STATEMENTS_CACHED_MAX,
)

_JSONB_VERSION = b"\x01"

Connect = Callable[[], Awaitable[asyncpg.Connection]]
"""Makes one dedicated connection; raises `DatabaseUnavailable`."""


class FullhouseConnection(asyncpg.Connection):
    """A connection that returns to the pool without a round trip for a reset.

    The product changes no session state outside a transaction (only `SET LOCAL` and transaction
    level advisory locks), so there is nothing to reset. An open transaction is still rolled back.
    """

    @override
    def get_reset_query(self) -> str:
        return ""


async def connect(url: str, *, application_name: str) -> asyncpg.Connection:
    """Open a dedicated connection, which the context closes; raises `DatabaseUnavailable`."""
    with DatabaseErrors():
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS_MAX,
            statement_cache_size=STATEMENTS_CACHED_MAX,
            max_cached_statement_lifetime=0,
            server_settings=server_settings(application_name),
        )
        await set_codecs(connection)
    return connection


async def close_quietly(connection: asyncpg.Connection) -> None:
    """Close a connection; one that is lost already is not an error."""
    with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=1.0)


def server_settings(application_name: str) -> dict[str, str]:
    """Return the settings of every connection; time-outs in milliseconds."""
    return {
        "application_name": application_name,
        "timezone": "UTC",
        "lock_timeout": str(LOCK_SECONDS_MAX * 1000),
        "statement_timeout": str(STATEMENT_SECONDS_MAX * 1000),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_SECONDS_MAX * 1000),
    }


async def set_codecs(connection: asyncpg.Connection) -> None:
    """Convert json and jsonb to and from Python objects."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_encode_jsonb,
        decoder=_decode_jsonb,
        format="binary",
    )
    await connection.set_type_codec(
        "json",
        schema="pg_catalog",
        encoder=msgspec.json.encode,
        decoder=msgspec.json.decode,
        format="binary",
    )


def _encode_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + msgspec.json.encode(value)


def _decode_jsonb(value: bytes) -> object:
    return msgspec.json.decode(value[1:])

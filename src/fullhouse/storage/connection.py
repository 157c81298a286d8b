"""Open connections to PostgreSQL with every time-out and codec set."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
from typing_extensions import override

from fullhouse.kernel.clock import Clock
from fullhouse.storage.errors import DatabaseErrors, DatabaseUnavailable
from fullhouse.storage.limits import (
    CONNECT_SECONDS_MAX,
    DATABASE_START_SECONDS_MAX,
    IDLE_IN_TRANSACTION_SECONDS_MAX,
    LOCK_SECONDS_MAX,
    STATEMENT_SECONDS_MAX,
    STATEMENTS_CACHED_MAX,
)

_JSONB_VERSION = b"\x01"
_LOOK_SECONDS: Final = 0.2
TENANT_ROLE: Final = "fullhouse_tenant"
"""The role of restricted connections, see `row_security.sql`."""

Connect = Callable[[], Awaitable[asyncpg.Connection]]
"""Makes one dedicated connection; raises `DatabaseUnavailable`."""


class RowScope:
    """Whose rows a restricted connection shows: what its setting says, as far as it is known."""

    __slots__ = ("_is_known", "_organisation")

    def __init__(self) -> None:
        self._organisation: UUID | None = None
        self._is_known = True

    def shows(self, organisation: UUID | None) -> bool:
        return self._is_known and organisation == self._organisation

    def set(self, organisation: UUID | None) -> None:
        self._organisation, self._is_known = organisation, True

    def forget(self) -> None:
        """A rollback took the setting back, to what it was before the transaction."""
        self._is_known = False


class FullhouseConnection(asyncpg.Connection):
    """A connection that returns to the pool without a round trip for a reset.

    The only session state outside a transaction is the organisation whose rows a restricted
    connection shows, which its next session compares and sets. An open transaction is rolled back.
    """

    @cached_property
    def rows(self) -> RowScope:
        return RowScope()

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


async def until_it_answers(pool: asyncpg.Pool, clock: Clock) -> None:
    """Wait for a connection as long as the server says that it is not ready yet.

    Raises `DatabaseUnavailable` when it takes too long, and for all else at once.
    """
    until = clock.monotonic() + DATABASE_START_SECONDS_MAX
    while True:
        try:
            with DatabaseErrors():
                async with pool.acquire():
                    return
        except DatabaseUnavailable as error:
            is_starting = isinstance(error.__cause__, asyncpg.CannotConnectNowError)
            if not is_starting or clock.monotonic() > until:
                raise
        await asyncio.sleep(_LOOK_SECONDS)


def server_settings(application_name: str, *, role: str | None = None) -> dict[str, str]:
    """Return the settings of every connection; time-outs in milliseconds."""
    return {
        **({} if role is None else {"role": role}),
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

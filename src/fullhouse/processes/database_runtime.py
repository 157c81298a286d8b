"""The database of an installation: its URL, and the embedded server when it is our own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from fullhouse.processes.limits import DATABASE_POLL_SECONDS
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import (
    EmbeddedServer,
    database_at,
    default_data_dir,
    embedded_server,
)
from fullhouse.storage.errors import EmbeddedServerFailed
from fullhouse.storage.schema import (
    Phase,
    SchemaPart,
    migrate,
    require_current_schema,
    require_supported_server,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")


class DatabaseRuntime(msgspec.Struct, frozen=True):
    """The URL of the database; `server` is set when the embedded server runs it."""

    url: str
    server: EmbeddedServer | None = None

    async def restart_when_down(self) -> None:
        """Restart the embedded server whenever it dies; returns at once without one."""
        if self.server is None:
            return
        while True:
            await asyncio.sleep(DATABASE_POLL_SECONDS)
            if not self.server.is_running():
                await _restart(self.server)


@asynccontextmanager
async def owned_database(
    database_url: str | None, data_dir: Path | None, schema: Sequence[SchemaPart]
) -> AsyncIterator[DatabaseRuntime]:
    """Run the embedded server, or use the configured database; migrate its schema.

    Only our own programs use an embedded server, so migrations of both phases are applied. On a
    configured database an older program may still run: what it reads is left in place.
    """
    if database_url is not None:
        await _migrate(database_url, schema, (Phase.EXPAND,))
        yield DatabaseRuntime(database_url)
        return
    async with embedded_server(data_dir or default_data_dir()) as server:
        await _migrate(server.url, schema, tuple(Phase))
        yield DatabaseRuntime(server.url, server)


@asynccontextmanager
async def attached_database(
    database_url: str | None, data_dir: Path | None, schema: Sequence[SchemaPart]
) -> AsyncIterator[DatabaseRuntime]:
    """A database that another process runs; raises `SchemaOutOfDate` and `SchemaModified`."""
    async with database_at(database_url, data_dir) as url:
        connection = await connect(url, application_name="fullhouse")
        try:
            await require_supported_server(connection)
            await require_current_schema(connection, schema)
        finally:
            await connection.close()
        yield DatabaseRuntime(url)


async def _restart(server: EmbeddedServer) -> None:
    _LOG.error("supervisor.database_down")
    try:
        await asyncio.to_thread(server.start)
    except EmbeddedServerFailed as error:
        _LOG.error("supervisor.database_restart_failed", error=error)
    else:
        _LOG.info("supervisor.database_restarted")


async def _migrate(url: str, schema: Sequence[SchemaPart], phases: tuple[Phase, ...]) -> None:
    applied = await migrate(url, schema, phases=phases)
    if applied:
        _LOG.info("supervisor.schema_migrated", applied=applied)

"""What the programs stand on: a database that is there, current, and kept running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fullhouse.bootstrap import schema
from fullhouse.kernel.limits import DATABASE_LOOK_SECONDS
from fullhouse.settings import Settings
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
    migrate,
    require_current_schema,
    require_supported_server,
)
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("supervisor")


@dataclass(frozen=True, slots=True)
class Ground:
    """The database's url, and its server when that is ours."""

    url: str
    server: EmbeddedServer | None

    async def keep(self) -> None:
        """Start our server again whenever it dies; without one of ours there is nothing to do."""
        if self.server is None:
            return
        while True:
            await asyncio.sleep(DATABASE_LOOK_SECONDS)
            if not self.server.is_running():
                _LOG.error("database died")
                try:
                    await asyncio.to_thread(self.server.start)
                except EmbeddedServerFailed as error:
                    _LOG.error("database does not start", detail=error.detail)
                else:
                    _LOG.info("database is back")


@asynccontextmanager
async def owned_ground(settings: Settings) -> AsyncIterator[Ground]:
    """Own the embedded server, or take the database that is given; bring its schema up to date.

    Nobody else runs programs on an embedded server, so all migrations are applied. On a database of
    the operator's own an older program may still be at work: what that reads is left in place.
    """
    if settings.database_url is not None:
        await _bring_up_to_date(settings.database_url, (Phase.EXPAND,))
        yield Ground(settings.database_url, None)
        return
    async with embedded_server(settings.data_dir or default_data_dir()) as server:
        await _bring_up_to_date(server.url, tuple(Phase))
        yield Ground(server.url, server)


@asynccontextmanager
async def attached_ground(settings: Settings) -> AsyncIterator[Ground]:
    """A database that others look after; raises `SchemaOutOfDate` and `SchemaModified`."""
    async with database_at(settings.database_url, settings.data_dir) as url:
        connection = await connect(url, application_name="fullhouse")
        try:
            await require_supported_server(connection)
            await require_current_schema(connection, schema())
        finally:
            await connection.close()
        yield Ground(url, None)


async def _bring_up_to_date(url: str, phases: tuple[Phase, ...]) -> None:
    applied = await migrate(url, schema(), phases=phases)
    if applied:
        _LOG.info("schema brought up to date", applied=applied)

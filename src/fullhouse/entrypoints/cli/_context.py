"""The database and sources of time and ids for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from fullhouse.bootstrap.dependencies import Core
from fullhouse.bootstrap.people import PeopleActions, build_people
from fullhouse.bootstrap.schema import named_queries, schema
from fullhouse.entrypoints.security.access import require
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.context import OPERATOR, Permission, RequestContext
from fullhouse.kernel.ids import RandomIds
from fullhouse.settings import Settings
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded import database_at
from fullhouse.storage.schema import require_current_schema
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_CONNECTIONS_MAX = 2
"""One for the command's work, one for a cursor that is read meanwhile."""


class CommandContext(msgspec.Struct, frozen=True):
    """The dependencies of a command that works on the database beside a running server."""

    database: Database
    clock: Clock
    unit_of_work: UnitOfWorkFactory
    people: PeopleActions
    request: RequestContext
    """Of the operator, for every change that the command makes."""


@asynccontextmanager
async def open_command_context(
    settings: Settings, *, command: str, allow: Permission
) -> AsyncIterator[CommandContext]:
    """Open the configured database for one command, which the operator runs.

    `allow` is the permission that the command needs. Raises as `database_at` does, `NotPermitted`,
    and `SchemaOutOfDate` when the schema is not migrated.
    """
    clock = SystemClock()
    async with database_at(settings.database_url, settings.data_dir) as url:
        database = await open_database(
            url,
            catalogue=named_queries(),
            clock=clock,
            connections_max=_CONNECTIONS_MAX,
            application_name=f"fullhouse {command}",
        )
        try:
            async with database.unrestricted.session() as session:
                await require_current_schema(session.connection, schema())
            everything = database.unrestricted
            core = Core(everything, clock, RandomIds(clock))
            request = RequestContext(OPERATOR, core.ids.uuid())
            require(request, allow)
            yield CommandContext(everything, clock, core.unit_of_work, build_people(core), request)
        finally:
            await database.close()

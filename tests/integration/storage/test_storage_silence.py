"""A server that has gone silent holds up nobody for longer than they wait."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.builders.database_line import DatabaseLine, a_database_line, url_by
from tests.builders.loop import until

from fullhouse.concurrency import deadline
from fullhouse.kernel.clock import SystemClock
from fullhouse.storage.database import Database, Session, open_database
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.queries import NamedQueries


async def test_connection_whose_server_is_silent_goes_back_in_time_and_is_not_used_again(
    server: EmbeddedServer, database_url: str, catalogue: NamedQueries
) -> None:
    async with a_database_line(server) as line:
        database = await open_database(
            url_by(line, database_url), catalogue=catalogue, clock=SystemClock(), connections_max=2
        )
        for opened in (database.session, database.transaction):
            assert await ping(database) == 0
            async with asyncio.timeout(8):
                with pytest.raises(DatabaseUnavailable):
                    await _ask_into_silence(opened, line)
                assert database.statistics.busy == 1, "nobody waits until it is back in the pool"
                await until(lambda: database.statistics.busy == 0)
            await line.restore()
            assert await ping(database) == 0
        await database.close()


async def _ask_into_silence(
    opened: Callable[[], AbstractAsyncContextManager[Session]], line: DatabaseLine
) -> None:
    loop = asyncio.get_running_loop()
    async with opened() as session:
        await session.fetch_value("people.ping", int)
        line.silence()
        waited_for = deadline.begin(loop.time() + 0.2, loop)
        try:
            await session.fetch_value("people.ping", int)
        finally:
            deadline.end(waited_for)


async def ping(database: Database) -> int | None:
    async with database.session() as session:
        return await session.fetch_value("people.ping", int)

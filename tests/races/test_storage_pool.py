"""Cancelled callers and killed backends leak no connection of the pool."""

import asyncio
from contextlib import suppress
from random import Random

import asyncpg
import pytest

from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown
from fullhouse.storage.queries import NamedQueries

CONNECTIONS_MAX, CALLERS = 5, 400


@pytest.mark.on_both_servers
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.timeout(60)
async def test_random_cancellations_leak_no_connection(database_url: str, seed: int) -> None:
    database = await open_database(
        database_url,
        catalogue=NamedQueries({}),
        clock=SystemClock(),
        connections_max=CONNECTIONS_MAX,
        application_name="crowd",
    )
    await _crowd(database, Random(seed))  # noqa: S311 - the same crowd in every run
    assert (database.statistics.busy, database.statistics.waiting) == (0, 0)
    assert await _all_at_once(database) == CONNECTIONS_MAX
    observer = await connect(database_url, application_name="observer")
    states = await observer.fetch(
        "SELECT state FROM pg_stat_activity WHERE application_name = 'crowd'"
    )
    assert [row["state"] for row in states].count("idle") == len(states) <= CONNECTIONS_MAX
    await observer.close()
    await database.close()


async def test_killed_backends_leak_no_connection(database_url: str) -> None:
    database = await open_database(
        database_url,
        catalogue=NamedQueries({}),
        clock=SystemClock(),
        connections_max=CONNECTIONS_MAX,
        application_name="crowd",
    )
    killer = await connect(database_url, application_name="killer")

    async def call() -> None:
        try:
            async with database.unrestricted.transaction() as session:
                await session.connection.execute("SELECT pg_sleep(0.02)")
        except (DatabaseUnavailable, OutcomeUnknown, asyncpg.PostgresConnectionError):
            return

    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(call())
        for _ in range(20):
            await asyncio.sleep(0.02)
            await killer.execute(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
                "WHERE application_name = 'crowd' ORDER BY random() LIMIT 1"
            )
    await killer.close()
    assert database.statistics.busy == 0
    await _the_dead_are_noticed(database)
    assert await _all_at_once(database) == CONNECTIONS_MAX
    await database.close()


async def _the_dead_are_noticed(database: Database) -> None:
    """A backend killed while idle fails the next caller, which gets `DatabaseUnavailable`."""

    async def notice() -> None:
        with suppress(DatabaseUnavailable):
            async with database.unrestricted.session() as session:
                await session.connection.execute("SELECT pg_sleep(0.05)")

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS_MAX):
            group.create_task(notice())


async def _crowd(database: Database, random: Random) -> None:
    async def call(milliseconds: int) -> None:
        try:
            async with database.unrestricted.transaction(deadline_seconds=0.5) as session:
                await session.connection.execute("SELECT pg_sleep($1)", milliseconds / 1000)
        except (DeadlineExceeded, Overloaded):
            return

    tasks = []
    for _ in range(CALLERS):
        tasks.append(asyncio.create_task(call(random.randrange(8))))
        if random.randrange(3) == 0:
            await asyncio.sleep(random.randrange(4) / 1000)
        random.choice(tasks).cancel()
    await asyncio.wait(tasks)


async def _all_at_once(database: Database) -> int:
    """Count the connections that can be held and used at the same time."""
    barrier = asyncio.Barrier(CONNECTIONS_MAX)

    async def hold() -> None:
        async with database.unrestricted.session(deadline_seconds=5) as session:
            await barrier.wait()
            await session.connection.execute("SELECT 1")

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS_MAX):
            group.create_task(hold())
    return CONNECTIONS_MAX

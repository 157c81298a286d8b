"""The database monitor on a real server: locks, long transactions, indexes, statements."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest

from fullhouse.bootstrap.observability import build_database_monitor
from fullhouse.bootstrap.schema import named_queries
from fullhouse.entrypoints.cli.database import format_database
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.database_findings import DatabaseTexts, block_chains
from fullhouse.observability.database_monitor import DatabaseMonitor, DatabaseState
from fullhouse.observability.shared_reading import SharedReading
from fullhouse.resilience.database_watch import database_away
from fullhouse.storage.connection import connect

GUEST = "ada.lovelace@guest.example"


def monitor_of(url: str) -> DatabaseMonitor:
    return build_database_monitor(
        lambda: connect(url, application_name="fullhouse test"), SystemClock()
    )


@asynccontextmanager
async def a_session(url: str, program: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, application_name=program)
    try:
        yield connection
    finally:
        connection.terminate()


async def seen(monitor: DatabaseMonitor, wanted: Callable[[DatabaseState], bool]) -> DatabaseState:
    async with asyncio.timeout(10):
        while not wanted(state := await monitor.read()):  # noqa: ASYNC110 - as one who looks
            await asyncio.sleep(0.02)
    return state


async def test_who_blocks_whom_is_followed_to_the_root_and_named_without_data(
    database_url: str,
) -> None:
    monitor = monitor_of(database_url)
    query = named_queries()["observability.recent_alerts"]
    async with (
        a_session(database_url, "root") as root,
        a_session(database_url, "middle") as middle,
        a_session(database_url, "last") as last,
    ):
        await root.execute("BEGIN")
        await root.fetch(f"SELECT '{GUEST}', count(*) FROM alert")  # noqa: S608 - of a test
        waiting = asyncio.create_task(middle.execute("BEGIN; LOCK TABLE alert"))
        await seen(monitor, lambda state: any(one.blocked_by for one in state.sessions))
        reading = asyncio.create_task(last.fetch(query.sql, 1))
        state = await seen(
            monitor, lambda state: sum(bool(one.blocked_by) for one in state.sessions) == 2
        )
        waiting.cancel()
        reading.cancel()
        await asyncio.wait((waiting, reading))
    (chain,) = block_chains(state.sessions)
    assert chain.root is not None
    assert (chain.root.program, chain.root.state) == ("root", "idle in transaction")
    assert chain.root.query == "SELECT ?, count(*) FROM alert"
    assert [(one.session.program, one.depth) for one in chain.blocked] == [
        ("middle", 1),
        ("last", 2),
    ]
    assert chain.blocked[1].session.query == "observability.recent_alerts"
    assert chain.blocked[1].session.waits_for.startswith("Lock: ")
    assert GUEST.encode() not in msgspec.json.encode(state)
    slower = [
        msgspec.structs.replace(one, state_seconds=70.0, transaction_seconds=90.0)
        for one in state.sessions
    ]
    later = msgspec.structs.replace(state, sessions=slower)
    sentences = DatabaseTexts(utc_english(), later).findings()
    who = f"root (process {chain.root_pid})"
    assert sentences[:2] == [
        f"2 sessions wait for a lock of {who}, for 1 minute 10 seconds.",
        f"{who} has kept a transaction open for 1 minute 10 seconds without doing anything.",
    ]
    text = "\n".join(format_database(later, tuple(sentences)))
    assert "          " + f"{chain.blocked[1].session.pid} last: observability" in text


async def test_invalid_index_and_statements_are_found_and_named(
    database_url: str,
) -> None:
    monitor = monitor_of(database_url)
    assert (await monitor.read()).by_total is None, "nobody has installed it"
    async with a_session(database_url, "work") as work:
        await work.execute("CREATE EXTENSION pg_stat_statements")
        await work.execute("CREATE TABLE twice AS SELECT 1 AS n FROM generate_series(1, 2)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.execute("CREATE UNIQUE INDEX CONCURRENTLY twice_n ON twice (n)")
        await work.execute(f"SELECT '{GUEST}'")
        for name in ("observability.recent_alerts", "observability.backups"):
            query = named_queries()[name]
            await work.fetch(query.sql, *([1] if query.parameters else []))
        state = await monitor.read()
    assert [(one.name, one.is_valid) for one in state.indexes] == [("twice_n", False)]
    found = DatabaseTexts(utc_english(), state).findings()
    assert found == [
        "The index twice_n of twice is not valid: run REINDEX INDEX CONCURRENTLY twice_n."
    ]
    assert state.by_total is not None
    assert {"observability.recent_alerts", "observability.backups"} <= {
        one.query for one in (*state.by_total, *state.by_mean)
    } | await statements_of(database_url, monitor)
    assert GUEST.encode() not in msgspec.json.encode(state)
    assert "booking" in {one.name for one in state.tables}
    assert state.figures.size_bytes > 1_000_000


async def statements_of(url: str, monitor: DatabaseMonitor) -> set[str]:
    """The names of all that were counted in this database, also of those that took no time."""
    async with a_session(url, "look") as look:
        rows = await look.fetch(
            "SELECT query FROM pg_stat_statements(true) WHERE dbid ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return {monitor.names.name_or_shape(row[0]) for row in rows}


async def test_reading_is_shared_and_stays_while_it_cannot_be_repeated(database_url: str) -> None:
    monitor, clock = monitor_of(database_url), SystemClock()
    is_away = False
    count = 0

    async def read() -> DatabaseState:
        nonlocal count
        count += 1
        if is_away:
            raise database_away()
        return await monitor.read()

    reading = SharedReading("database", read, clock, every_seconds=30.0, seconds_max=10.0)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reading.get()) for _ in range(20)]
    assert count == 1
    (state,) = {id(task.result()) for task in tasks}
    is_away, reading.every_seconds = True, 0.0
    assert id(await reading.get()) == state
    assert reading.is_failing
    assert reading.age is not None


async def test_database_that_is_known_to_be_away_is_not_asked(database_url: str) -> None:
    def refuse() -> None:
        raise database_away()

    monitor = build_database_monitor(
        lambda: connect(database_url, application_name="x"), SystemClock(), refuse
    )
    with pytest.raises(ServiceUnavailable):
        await monitor.read()

"""Transactions, reads and named queries, on both servers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from fullhouse.concurrency import deadline
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import DeadlineExceeded
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, Session, open_database
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseUnavailable,
    MoreThanOneRow,
    OutcomeUnknown,
    UnknownQuery,
)
from fullhouse.storage.limits import (
    IDLE_IN_TRANSACTION_SECONDS_MAX,
    LOCK_SECONDS_MAX,
    STATEMENT_SECONDS_MAX,
)
from fullhouse.storage.queries import NamedQueries

pytestmark = pytest.mark.on_both_servers

QUERIES = """\
-- name: add_flower
-- Plant one.
INSERT INTO flower (name, petals) VALUES (:name, :petals);

-- name: flowers
-- Those with at least so many petals, and 'a :quoted word' that is no parameter.
SELECT name, petals FROM flower WHERE petals >= :petals AND name <> ':name' ORDER BY name;

-- name: petals_of
-- How many petals a flower has.
SELECT petals FROM flower WHERE name = :name AND petals::text <> :name;

-- name: pluck_all
-- Take a petal from each.
UPDATE flower SET petals = petals - 1;

-- name: wait
-- Take so many seconds.
SELECT pg_sleep(:seconds);
"""


@dataclass(frozen=True, slots=True)
class Flower:
    name: str
    petals: int


@dataclass(slots=True)
class Observed:
    statements: list[tuple[str, type[BaseException] | None]]

    def __call__(self, query: str, seconds: float, error: BaseException | None) -> None:
        assert seconds >= 0
        self.statements.append((query, None if error is None else type(error)))


@pytest.fixture
def observed() -> Observed:
    return Observed([])


@pytest.fixture
async def garden(
    empty_database_url: str, tmp_path: Path, observed: Observed
) -> AsyncIterator[Database]:
    (tmp_path / "flowers.sql").write_text(QUERIES)
    database = await open_database(
        empty_database_url,
        catalogue=NamedQueries.load({"garden": tmp_path}),
        clock=SystemClock(),
        connections_max=3,
        observe=observed,
    )
    async with database.unrestricted.transaction() as session:
        await session.connection.execute(
            "CREATE TABLE flower "
            "(name text PRIMARY KEY, petals integer NOT NULL CHECK (petals >= 0), notes jsonb)"
        )
    yield database.unrestricted
    await database.close()


async def plant(garden: Database, *flowers: tuple[str, int]) -> None:
    async with garden.transaction() as session:
        for name, petals in flowers:
            await session.execute("garden.add_flower", name=name, petals=petals)


async def petals_of(garden: Database, name: str) -> int | None:
    async with garden.session() as session:
        return await session.fetch_value("garden.petals_of", int, name=name)


async def test_a_clean_exit_commits(garden: Database) -> None:
    async with garden.transaction() as session:
        assert await session.execute("garden.add_flower", name="aster", petals=21) == 1
    assert await petals_of(garden, "aster") == 21


async def test_an_exception_rolls_back_everything(garden: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await plant(garden, ("aster", 21), ("poppy", -1))
    assert await petals_of(garden, "aster") is None


async def test_rows_are_returned_as_the_given_type(garden: Database) -> None:
    async with garden.transaction() as session:
        for name, petals in [("lily", 6), ("aster", 21), ("poppy", 4)]:
            await session.execute("garden.add_flower", name=name, petals=petals)
        assert await session.fetch("garden.flowers", Flower, petals=5) == [
            Flower("aster", 21),
            Flower("lily", 6),
        ]
        assert await session.fetch_one("garden.flowers", Flower, petals=7) == Flower("aster", 21)
        assert await session.fetch_one("garden.flowers", Flower, petals=99) is None
        assert await session.execute("garden.pluck_all") == 3


async def test_several_rows_instead_of_one_raise(garden: Database) -> None:
    async with garden.transaction() as session:
        await session.execute("garden.add_flower", name="lily", petals=6)
        await session.execute("garden.add_flower", name="iris", petals=6)
        with pytest.raises(MoreThanOneRow, match="2 rows"):
            await session.fetch_one("garden.flowers", Flower, petals=1)


async def test_wrong_name_or_parameter_raises_before_the_database_is_called(
    garden: Database, observed: Observed
) -> None:
    async with garden.session() as session:
        with pytest.raises(UnknownQuery, match=r"garden\.weeds"):
            await session.fetch("garden.weeds", Flower)
        with pytest.raises(UnknownQuery, match="petals"):
            await session.fetch("garden.flowers", Flower, colour="red")
        with pytest.raises(UnknownQuery, match="petals"):
            await session.fetch("garden.flowers", Flower, petals=1, colour="red")
    assert observed.statements == []


async def test_each_statement_is_observed_with_its_outcome(
    garden: Database, observed: Observed
) -> None:
    await petals_of(garden, "aster")
    async with garden.transaction() as session:
        await session.execute_script("garden.hurry", "SET LOCAL statement_timeout = 10")
        with pytest.raises(DatabaseBusy):
            await session.execute("garden.wait", seconds=5)
    async with garden.transaction() as session:
        with pytest.raises(asyncpg.NotNullViolationError):
            await session.execute("garden.add_flower", name="aster", petals=None)
    assert observed.statements == [
        ("garden.petals_of", None),
        ("garden.hurry", None),
        ("garden.wait", DatabaseBusy),
        ("garden.add_flower", asyncpg.NotNullViolationError),
    ]


async def test_a_stream_reads_all_rows_and_observes_each_fetch(
    garden: Database, observed: Observed
) -> None:
    await plant(garden, *[(f"lily {number}", 6) for number in range(5)])
    observed.statements.clear()
    async with garden.transaction() as session:
        stream = session.stream("garden.flowers", Flower, rows_at_once=2, petals=5)
        flowers = [flower async for flower in stream]
    assert flowers == [Flower(f"lily {number}", 6) for number in range(5)]
    assert observed.statements == 3 * [("garden.flowers", None)]


async def test_json_columns_are_python_objects(garden: Database) -> None:
    value = {"petals": [1, 2.5, None, "ö"], "deep": {"er": True}}
    async with garden.transaction() as session:
        for kind in ("json", "jsonb"):
            back = await session.connection.fetchval(f"SELECT $1::{kind}", value)
            assert back == value
            assert await session.connection.fetchval(f"SELECT $1::{kind}[]", [value, 1]) == [
                value,
                1,
            ]


async def test_every_connection_has_every_timeout(
    garden: Database, empty_database_url: str
) -> None:
    dedicated = await connect(empty_database_url, application_name="alone")
    async with garden.session() as session:
        for connection in (session.connection, dedicated):
            for name, seconds in [
                ("lock_timeout", LOCK_SECONDS_MAX),
                ("statement_timeout", STATEMENT_SECONDS_MAX),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_SECONDS_MAX),
            ]:
                assert (
                    await connection.fetchval("SELECT current_setting($1)", name) == f"{seconds}s"
                )
            assert await connection.fetchval("SHOW timezone") == "UTC"
            assert await connection.fetchval("SHOW synchronous_commit") == "on"
    await dedicated.close()


async def test_lock_timeout_raises_database_busy(garden: Database) -> None:
    async with garden.transaction() as holder:
        await holder.execute("garden.add_flower", name="aster", petals=21)
        async with garden.transaction() as session:
            await session.connection.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(DatabaseBusy, match="lock timeout"):
                await session.execute("garden.add_flower", name="aster", petals=22)
    assert await petals_of(garden, "aster") == 21


async def test_constraint_violation_is_not_translated(garden: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError) as caught:
        await plant(garden, ("aster", 21), ("aster", 22))
    assert caught.value.constraint_name == "flower_pkey"
    assert await petals_of(garden, "aster") is None


async def terminate_backend_of(session: Session, url: str) -> None:
    other = await connect(url, application_name="killer")
    pid = session.connection.get_server_pid()
    await other.execute("SELECT pg_terminate_backend($1, 2000)", pid)
    await other.close()


async def test_lost_connection_raises_database_unavailable_and_the_next_one_works(
    garden: Database, empty_database_url: str
) -> None:
    async def plant_without_a_line() -> None:
        async with garden.transaction() as session:
            await terminate_backend_of(session, empty_database_url)
            await session.execute("garden.add_flower", name="aster", petals=21)

    with pytest.raises(DatabaseUnavailable):
        await plant_without_a_line()
    assert await petals_of(garden, "aster") is None
    assert garden.statistics.busy == 0


async def test_connection_lost_during_commit_raises_outcome_unknown(
    garden: Database, empty_database_url: str
) -> None:
    async def plant_and_lose_the_line() -> None:
        async with garden.transaction() as session:
            await session.execute("garden.add_flower", name="aster", petals=21)
            await terminate_backend_of(session, empty_database_url)

    with pytest.raises(OutcomeUnknown):
        await plant_and_lose_the_line()
    assert garden.statistics.busy == 0


async def test_cancellation_during_commit_does_not_stop_the_commit(garden: Database) -> None:
    async with garden.transaction() as session:
        await session.connection.execute(
            """
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON flower
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();
            """
        )
    written = asyncio.Event()

    async def plant() -> None:
        async with garden.transaction() as session:
            await session.execute("garden.add_flower", name="aster", petals=21)
            written.set()

    task = asyncio.create_task(plant())
    await written.wait()
    await asyncio.sleep(0.1)  # now it is inside COMMIT
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await petals_of(garden, "aster") == 21
    assert garden.statistics.busy == 0


async def test_cancellation_before_commit_rolls_back(garden: Database) -> None:
    written = asyncio.Event()

    async def plant() -> None:
        async with garden.transaction() as session:
            await session.execute("garden.add_flower", name="aster", petals=21)
            written.set()
            await session.execute("garden.wait", seconds=5.0)

    task = asyncio.create_task(plant())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await petals_of(garden, "aster") is None
    assert garden.statistics.busy == 0


async def test_waiting_past_the_deadline_raises(garden: Database) -> None:
    async with garden.session(), garden.session(), garden.session():
        with pytest.raises(DeadlineExceeded):
            async with garden.session(deadline_seconds=0.05):
                pytest.fail("there was no connection to give")
        assert garden.statistics.busy == 3
        assert garden.statistics.expired == 1
    assert garden.statistics.busy == 0


async def test_absent_server_raises_database_unavailable(tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres@/fullhouse?host={tmp_path}"
    with pytest.raises(DatabaseUnavailable):
        await connect(nowhere, application_name="lost")
    with pytest.raises(DatabaseUnavailable):
        await open_database(nowhere, catalogue=NamedQueries({}), clock=SystemClock())


async def test_statement_gets_what_its_caller_has_left_and_the_server_stops_it(
    garden: Database,
) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(8):
        for run in ("execute", "fetch_value"):
            waited_for = deadline.begin(loop.time() + 0.3, loop)
            with pytest.raises(DatabaseUnavailable):
                await _wait_in(garden, run)
            with pytest.raises(DeadlineExceeded):
                async with garden.session():
                    pytest.fail("nobody waits for it any more")
            deadline.end(waited_for)
        async with garden.session() as session:
            while await session.connection.fetchval(  # noqa: ASYNC110 - the server says nothing
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                " AND query LIKE '%pg_sleep($1)%' AND pid <> pg_backend_pid()"
            ):
                await asyncio.sleep(0.02)


async def _wait_in(garden: Database, run: str) -> None:
    async with garden.session() as session:
        if run == "execute":
            await session.execute("garden.wait", seconds=30)
        await session.fetch_value("garden.wait", str, seconds=30)

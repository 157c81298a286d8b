"""Restricted sessions: whose rows they show, and what a rollback or another lease changes."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from fullhouse.kernel.clock import SystemClock
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.errors import MigrationFailed, RestrictedSession, SchemaOutOfDate
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import SchemaPart, migrate, require_current_schema

ROSES, LILIES = UUID(int=1), UUID(int=2)
TABLE = "-- Beds\nCREATE TABLE bed (org_id uuid, flower text);\n"
QUERIES = """
-- name: plant
-- A bed.
INSERT INTO bed VALUES (:org_id, :flower);

-- name: flowers
-- The flowers of a business.
SELECT flower FROM bed WHERE org_id = :org_id ORDER BY flower;

-- name: forgetful
-- A query that was to name the business.
SELECT count(*) FROM bed WHERE :org_id::uuid IS NOT NULL;

-- name: nameless
-- A query that forgot even to ask.
SELECT count(*) FROM bed;

-- name: every
-- All beds.
-- Scope: every organisation. A test counts them.
SELECT count(*) FROM bed;

-- name: nothing
-- Nothing of anybody.
-- Scope: installation. It asks for no row.
SELECT 1;
"""


class Shown(list[str]):
    """What the database was told to show."""

    def __call__(self, query: str, seconds: float, error: BaseException | None) -> None:
        del seconds, error
        if query == "storage.show_organisation":
            self.append(query)


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def part(tmp_path: Path) -> SchemaPart:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_beds.sql").write_text(TABLE)
    (tmp_path / "beds.sql").write_text(QUERIES)
    return SchemaPart("garden", tmp_path)


@pytest.fixture
async def garden(
    empty_database_url: str, part: SchemaPart, shown: Shown
) -> AsyncIterator[Database]:
    await migrate(empty_database_url, [part])
    database = await open_database(
        empty_database_url,
        catalogue=NamedQueries.load({"garden": part.folder}),
        clock=SystemClock(),
        connections_max=1,
        observe=shown,
    )
    for org_id, flower in ((ROSES, "rose"), (LILIES, "lily"), (LILIES, "tulip")):
        async with database.session() as session:
            await session.execute("garden.plant", org_id=org_id, flower=flower)
    shown.clear()
    yield database
    await database.close()


async def count(database: Database, query: str, **values: UUID) -> int | None:
    async with database.session() as session:
        return await session.fetch_value(query, int, **values)


async def test_a_query_that_forgets_its_condition_finds_the_rows_of_its_organisation(
    garden: Database,
) -> None:
    assert await count(garden, "garden.forgetful", org_id=ROSES) == 1
    assert await count(garden, "garden.forgetful", org_id=LILIES) == 2
    assert await count(garden.unrestricted, "garden.forgetful", org_id=LILIES) == 3


async def test_a_query_that_names_no_organisation_finds_no_row(garden: Database) -> None:
    assert await count(garden, "garden.forgetful", org_id=LILIES) == 2
    assert await count(garden, "garden.nameless") == 0


async def test_the_database_is_told_only_when_the_organisation_changes(
    garden: Database, shown: Shown
) -> None:
    for _ in range(3):
        assert await count(garden, "garden.forgetful", org_id=ROSES) == 1
        assert await count(garden, "garden.nothing") == 1
    assert len(shown) == 1
    assert await count(garden, "garden.forgetful", org_id=LILIES) == 2
    assert len(shown) == 2


async def test_after_a_rollback_the_organisation_is_set_again(garden: Database) -> None:
    assert await count(garden, "garden.forgetful", org_id=ROSES) == 1
    with suppress(ZeroDivisionError):
        async with garden.transaction() as session:
            assert await session.fetch_value("garden.forgetful", int, org_id=LILIES) == 2
            raise ZeroDivisionError
    assert await count(garden, "garden.forgetful", org_id=LILIES) == 2
    async with garden.transaction() as session:
        async with session.rolled_back():
            assert await session.fetch_value("garden.forgetful", int, org_id=ROSES) == 1
        assert await session.fetch_value("garden.forgetful", int, org_id=ROSES) == 1


async def test_a_cursor_shows_one_organisation(garden: Database) -> None:
    async with garden.transaction() as session:
        flowers = session.stream(
            "garden.flowers", lambda flower: flower, rows_at_once=10, org_id=LILIES
        )
        assert [flower async for flower in flowers] == ["lily", "tulip"]


async def test_a_query_of_every_organisation_needs_an_unrestricted_session(
    garden: Database,
) -> None:
    with pytest.raises(RestrictedSession, match=r"garden\.every needs an unrestricted session"):
        await count(garden, "garden.every")
    assert await count(garden.unrestricted, "garden.every") == 3


async def test_a_row_of_another_organisation_is_not_written(garden: Database) -> None:
    async with garden.session() as session:
        await session.fetch_value("garden.forgetful", int, org_id=ROSES)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await session.connection.execute("INSERT INTO bed VALUES ($1, 'thistle')", LILIES)


@pytest.mark.parametrize(
    "damage",
    [
        "REVOKE ALL ON bed FROM fullhouse_tenant",
        "ALTER TABLE bed DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE border (org_id uuid)",
    ],
)
async def test_a_database_without_row_level_security_is_not_used_until_it_is_migrated(
    empty_database_url: str, part: SchemaPart, damage: str
) -> None:
    await migrate(empty_database_url, [part])
    connection = await connect(empty_database_url, application_name="test")
    try:
        await require_current_schema(connection, [part])
        await connection.execute(damage)
        with pytest.raises(SchemaOutOfDate, match=r"row_security\.sql"):
            await require_current_schema(connection, [part])
        await migrate(empty_database_url, [part])
        await require_current_schema(connection, [part])
    finally:
        await connection.close()


async def test_a_user_who_may_not_take_the_role_is_told_what_the_administrator_runs(
    empty_database_url: str, part: SchemaPart
) -> None:
    await migrate(empty_database_url, [])  # the server has the role
    connection = await connect(empty_database_url, application_name="test")
    await connection.execute("CREATE ROLE gardener LOGIN")
    try:
        database = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {database} OWNER TO gardener")
        await connection.execute("ALTER TABLE schema_migration OWNER TO gardener")
        url = empty_database_url.replace("postgres@", "gardener@", 1)
        with pytest.raises(MigrationFailed, match='GRANT fullhouse_tenant TO "gardener"'):
            await migrate(url, [part])
        await connection.execute("GRANT fullhouse_tenant TO gardener")
        await migrate(url, [part])
        await connection.execute(f"ALTER DATABASE {database} OWNER TO postgres")
        await connection.execute("REASSIGN OWNED BY gardener TO postgres")
        await connection.execute("DROP OWNED BY gardener")
    finally:
        await connection.execute("DROP ROLE gardener")
        await connection.close()

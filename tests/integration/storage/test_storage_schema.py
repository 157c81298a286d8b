"""Schema migrations: applied once, one transaction a part, never by two migrators at a time."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fullhouse.bootstrap.schema import schema
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import MigrationFailed, SchemaModified, SchemaOutOfDate
from fullhouse.storage.limits import MIGRATION_LOCK_SECONDS_MAX, STATEMENT_SECONDS_MAX
from fullhouse.storage.schema import (
    Phase,
    SchemaPart,
    State,
    migrate,
    require_current_schema,
    status,
)

pytestmark = pytest.mark.on_both_servers

GARDEN, SHOP = "garden", "shop"
BED, FLOWER, FUNCTIONS, TIDY = (
    "garden/0001_bed", "garden/0002_flower", "garden/scripts", "garden/0003_tidy",
)  # fmt: skip
SALE = "shop/0001_sale"
COUNT_BEDS = "CREATE OR REPLACE FUNCTION beds() RETURNS integer LANGUAGE sql AS 'SELECT {}';"


@pytest.fixture
def parts(tmp_path: Path) -> tuple[SchemaPart, ...]:
    """Two parts; the first has a migration to contract and a repeatable script."""
    for name in (GARDEN, SHOP):
        (tmp_path / name / "migrations").mkdir(parents=True)
    (tmp_path / GARDEN / "scripts").mkdir()
    parts = (SchemaPart(GARDEN, tmp_path / GARDEN, "scripts"), SchemaPart(SHOP, tmp_path / SHOP))
    write(parts[0], "0001_bed.sql", "CREATE TABLE bed (id integer, old text);")
    write(parts[0], "0002_flower.sql", "CREATE TABLE flower (); ALTER TABLE bed ADD new text;")
    write(parts[0], "0003_tidy.contract.sql", "ALTER TABLE bed DROP COLUMN old;")
    write_script(parts[0], COUNT_BEDS.format(1))
    write(parts[1], "0001_sale.sql", "CREATE TABLE sale (bed integer);")
    return parts


def write(part: SchemaPart, name: str, sql: str) -> None:
    (part.folder / "migrations" / name).write_text(f"-- A step\n{sql}\n")


def write_script(part: SchemaPart, sql: str) -> None:
    (part.folder / "scripts" / "beds.sql").write_text(sql)


async def fetch_value(url: str, statement: str) -> object:
    connection = await connect(url, application_name="test")
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def tables_of(url: str) -> set[str]:
    names = await fetch_value(
        url,
        "SELECT coalesce(array_agg(relname::text), '{}') FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND relname <> 'schema_migration'",
    )
    assert isinstance(names, list)
    return set(names)


async def states_of(url: str, parts: tuple[SchemaPart, ...]) -> dict[str, State]:
    connection = await connect(url, application_name="test")
    try:
        return {each.id: each.state for each in await status(connection, parts)}
    finally:
        await connection.close()


async def require(url: str, parts: tuple[SchemaPart, ...]) -> None:
    connection = await connect(url, application_name="test")
    try:
        await require_current_schema(connection, parts)
    finally:
        await connection.close()


async def test_migrations_are_applied_once_and_in_order(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    assert await migrate(empty_database_url, parts) == [BED, FLOWER, FUNCTIONS, SALE]
    assert await migrate(empty_database_url, parts) == []
    assert await migrate(empty_database_url, parts, phases=(Phase.CONTRACT,)) == [TIDY]
    assert await migrate(empty_database_url, parts, phases=tuple(Phase)) == []


async def test_status_lists_every_state_and_changes_nothing(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    assert set((await states_of(empty_database_url, parts)).values()) == {State.PENDING}
    assert await fetch_value(empty_database_url, "SELECT to_regclass('schema_migration')") is None
    await migrate(empty_database_url, parts)
    assert await states_of(empty_database_url, parts) == {
        BED: State.APPLIED,
        FLOWER: State.APPLIED,
        FUNCTIONS: State.APPLIED,
        SALE: State.APPLIED,
        TIDY: State.PENDING,
    }


async def test_a_failed_migration_rolls_back_its_part_and_keeps_earlier_parts(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    write(parts[1], "0002_price.sql", "CREATE TABLE price (); SELECT 1 / 0;")
    with pytest.raises(MigrationFailed, match=r"shop/0002_price failed and .* division by zero"):
        await migrate(empty_database_url, parts)
    assert await tables_of(empty_database_url) == {"bed", "flower"}
    write(parts[1], "0002_price.sql", "CREATE TABLE price ();")
    assert await migrate(empty_database_url, parts) == [SALE, "shop/0002_price"]


async def test_two_migrators_do_not_race(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(migrate(empty_database_url, parts)) for _ in range(4)]
    assert sorted(id_ for task in tasks for id_ in task.result()) == [BED, FLOWER, FUNCTIONS, SALE]


async def test_a_migration_does_not_wait_long_for_a_lock(
    empty_database_url: str, parts: tuple[SchemaPart, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.storage.schema.MIGRATION_LOCK_SECONDS_MAX", 1)
    await migrate(empty_database_url, parts)
    write(parts[0], "0004_more.sql", "ALTER TABLE bed ADD COLUMN more text;")
    reader = await connect(empty_database_url, application_name="reader")
    async with reader.transaction():
        await reader.fetch("SELECT * FROM bed")
        with pytest.raises(MigrationFailed, match="lock timeout"):
            await migrate(empty_database_url, parts)
    await reader.close()
    assert await migrate(empty_database_url, parts) == ["garden/0004_more"]
    assert MIGRATION_LOCK_SECONDS_MAX <= STATEMENT_SECONDS_MAX


async def test_an_index_can_be_built_concurrently(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    index = "-- transaction: none\nCREATE INDEX CONCURRENTLY IF NOT EXISTS bed_id ON bed (id);"
    write(parts[0], "0004_index.sql", index)
    write(parts[0], "0005_more.sql", "ALTER TABLE bed ADD COLUMN more text;")
    applied = await migrate(empty_database_url, parts)
    assert applied == [BED, FLOWER, "garden/0004_index", "garden/0005_more", FUNCTIONS, SALE]
    assert await fetch_value(empty_database_url, "SELECT to_regclass('bed_id')::text") == "bed_id"


async def test_serving_is_refused_while_an_expand_migration_is_pending(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    with pytest.raises(SchemaOutOfDate, match="run `fullhouse migrate up`") as caught:
        await require(empty_database_url, parts)
    assert caught.value.details == {"pending": (BED, FLOWER, FUNCTIONS, SALE)}
    await migrate(empty_database_url, parts)
    await require(empty_database_url, parts)  # contract migrations may be pending
    (parts[0].folder / "migrations" / "0002_flower.sql").unlink()
    await require(empty_database_url, parts)  # a newer program's migrations may be applied


async def test_a_migration_applied_with_another_text_refuses_serving_and_migrating(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    await migrate(empty_database_url, parts)
    write(parts[0], "0001_bed.sql", "CREATE TABLE bed (id bigint, old text);")
    write(parts[0], "0004_more.sql", "ALTER TABLE bed ADD COLUMN more text;")
    for refused in (require(empty_database_url, parts), migrate(empty_database_url, parts)):
        with pytest.raises(SchemaModified, match="another text of garden/0001_bed than") as caught:
            await refused
        assert caught.value.details == {"modified": (BED,)}
        assert "run the version of Fullhouse that made it" in caught.value.detail
    states = await states_of(empty_database_url, parts)
    assert (states[BED], states["garden/0004_more"]) == (State.MODIFIED, State.PENDING)


async def test_changed_scripts_are_applied_again(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    await migrate(empty_database_url, parts)
    assert await fetch_value(empty_database_url, "SELECT beds()") == 1
    write_script(parts[0], COUNT_BEDS.format(2))
    with pytest.raises(SchemaOutOfDate, match="garden/scripts"):
        await require(empty_database_url, parts)
    assert await migrate(empty_database_url, parts) == [FUNCTIONS]
    assert await fetch_value(empty_database_url, "SELECT beds()") == 2


async def test_an_old_program_serves_on_newer_scripts_and_migrate_restores_its_own(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    await migrate(empty_database_url, parts)
    write_script(parts[0], COUNT_BEDS.format(2))
    await migrate(empty_database_url, parts)
    write_script(parts[0], COUNT_BEDS.format(1))
    await require(empty_database_url, parts)
    assert (await states_of(empty_database_url, parts))[FUNCTIONS] is State.SUPERSEDED
    assert await migrate(empty_database_url, parts) == [FUNCTIONS]
    assert await fetch_value(empty_database_url, "SELECT beds()") == 1


async def test_scripts_and_migrations_of_a_part_are_one_transaction(
    empty_database_url: str, parts: tuple[SchemaPart, ...]
) -> None:
    await migrate(empty_database_url, parts)
    write(parts[0], "0004_more.sql", "ALTER TABLE bed ADD COLUMN more text;")
    write_script(parts[0], "CREATE OR REPLACE FUNCTION beds() RETURNS integer LANGUAGE sql AS 'S';")
    with pytest.raises(MigrationFailed, match="garden/scripts failed"):
        await migrate(empty_database_url, parts)
    assert (await states_of(empty_database_url, parts))["garden/0004_more"] is State.PENDING


async def test_every_script_of_the_product_can_be_applied_over_itself(
    empty_database_url: str,
) -> None:
    parts = schema()
    expected = [each for each, state in (await states_of(empty_database_url, parts)).items()]
    assert await migrate(empty_database_url, parts, phases=tuple(Phase)) == expected
    functions = (
        "SELECT string_agg(prosrc, '' ORDER BY oid) FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace AND prosrc ~ 'slot'"
    )
    first = await fetch_value(empty_database_url, functions)
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("UPDATE schema_migration SET hash = 'older' WHERE id !~ '/[0-9]{4}_'")
    await connection.close()
    assert await migrate(empty_database_url, parts) == ["people/lookups", "booking/ledger"]
    assert await fetch_value(empty_database_url, functions) == first

"""The schema's steps: applied once, one transaction each, never by two at a time."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from pogo_core.util.migrate import rollback

from fullhouse.kernel import limits
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import MigrationFailed, SchemaOutOfDate
from fullhouse.storage.migrations import (
    FOLDER,
    Phase,
    migrate,
    require_current_schema,
    status,
)

pytestmark = pytest.mark.on_both_servers

STEP = """\
-- {message}
-- depends: {depends}

-- migrate: apply

{apply}

-- migrate: rollback

{rollback}
"""


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    write(tmp_path / "before" / "0001_bed.sql", "CREATE TABLE bed (id integer, old text);")
    write(
        tmp_path / "before" / "0002_flower.sql",
        "CREATE TABLE flower (bed integer); ALTER TABLE bed ADD COLUMN new text;",
        depends="0001_bed",
    )
    write(tmp_path / "after" / "0003_tidy.sql", "ALTER TABLE bed DROP COLUMN old;")
    return tmp_path


def write(path: Path, apply: str, *, depends: str = "") -> None:
    path.write_text(
        STEP.format(message="A step", depends=depends, apply=apply, rollback="SELECT 1;")
    )


async def tables_of(url: str) -> set[str]:
    connection = await connect(url, application_name="test")
    try:
        rows = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind = 'r' AND relname NOT LIKE '\\_pogo%'"
        )
    finally:
        await connection.close()
    return {row["relname"] for row in rows}


async def test_steps_are_applied_once_and_in_order(empty_database_url: str, steps: Path) -> None:
    assert await migrate(empty_database_url, folder=steps) == ["0001_bed", "0002_flower"]
    assert await migrate(empty_database_url, folder=steps) == []
    assert await migrate(empty_database_url, folder=steps, phases=(Phase.AFTER,)) == ["0003_tidy"]


async def test_the_status_says_what_is_applied_and_changes_nothing(
    empty_database_url: str, steps: Path
) -> None:
    connection = await connect(empty_database_url, application_name="test")
    assert [step.applied for step in await status(connection, folder=steps)] == [False] * 3
    assert await tables_of(empty_database_url) == set()
    await migrate(empty_database_url, folder=steps)
    found = [(step.id, step.phase, step.applied) for step in await status(connection, folder=steps)]
    assert found == [
        ("0001_bed", Phase.BEFORE, True),
        ("0002_flower", Phase.BEFORE, True),
        ("0003_tidy", Phase.AFTER, False),
    ]
    await connection.close()


async def test_a_step_that_is_refused_is_undone_and_those_before_it_stand(
    empty_database_url: str, steps: Path
) -> None:
    write(steps / "before" / "0002_flower.sql", "CREATE TABLE flower (); SELECT 1 / 0;")
    with pytest.raises(MigrationFailed, match="0002_flower was refused: division by zero"):
        await migrate(empty_database_url, folder=steps)
    assert await tables_of(empty_database_url) == {"bed"}
    write(steps / "before" / "0002_flower.sql", "CREATE TABLE flower ();")
    assert await migrate(empty_database_url, folder=steps) == ["0002_flower"]


async def test_two_migrators_do_not_race(empty_database_url: str, steps: Path) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(migrate(empty_database_url, folder=steps)) for _ in range(4)]
    assert sorted(id_ for task in tasks for id_ in task.result()) == ["0001_bed", "0002_flower"]


async def test_a_step_does_not_wait_long_for_a_lock(
    empty_database_url: str, steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.storage.migrations.MIGRATION_LOCK_SECONDS_MAX", 1)
    await migrate(empty_database_url, folder=steps)
    write(steps / "before" / "0004_more.sql", "ALTER TABLE bed ADD COLUMN more text;")
    reader = await connect(empty_database_url, application_name="reader")
    async with reader.transaction():
        await reader.fetch("SELECT * FROM bed")
        with pytest.raises(MigrationFailed, match="lock timeout"):
            await migrate(empty_database_url, folder=steps)
    await reader.close()
    assert await migrate(empty_database_url, folder=steps) == ["0004_more"]
    assert limits.MIGRATION_LOCK_SECONDS_MAX <= limits.STATEMENT_SECONDS_MAX


async def test_servers_refuse_a_schema_that_lacks_a_step_before_them(
    empty_database_url: str, steps: Path
) -> None:
    connection = await connect(empty_database_url, application_name="test")
    with pytest.raises(SchemaOutOfDate) as caught:
        await require_current_schema(connection, folder=steps)
    assert caught.value.facts == {"pending": ["0001_bed", "0002_flower"]}
    await migrate(empty_database_url, folder=steps)
    await require_current_schema(connection, folder=steps)  # those after the deploy may be missing
    (steps / "before" / "0002_flower.sql").unlink()
    await require_current_schema(connection, folder=steps)  # and a newer program's may be there
    await connection.close()


async def test_every_step_of_ours_can_be_undone_and_done_again(empty_database_url: str) -> None:
    assert await migrate(empty_database_url, phases=tuple(Phase)) == [
        path.stem for phase in Phase for path in sorted((FOLDER / phase).glob("*.sql"))
    ]
    first = await _schema_of(empty_database_url)
    connection = await asyncpg.connect(empty_database_url)
    for phase in reversed(Phase):
        if (FOLDER / phase).is_dir():
            await rollback(connection, FOLDER / phase, schema_name="public")
    await connection.close()
    assert await tables_of(empty_database_url) == set()
    await migrate(empty_database_url, phases=tuple(Phase))
    assert await _schema_of(empty_database_url) == first


async def _schema_of(url: str) -> list[tuple[str, str, str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    await connection.close()
    return [tuple(row) for row in rows]

"""Upgrading and going back with an embedded database, as docs/running.md says.

The newer version is this one with two more migrations: one adds a column, one removes another.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders.folders import server_folder

from fullhouse.bootstrap.schema import schema
from fullhouse.processes.database_runtime import owned_database
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.programs import wheel_programs
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.errors import DataFolderUnusable, SchemaTooNew
from fullhouse.storage.schema import SchemaPart

pytestmark = pytest.mark.timeout(120)

BUSINESS = "INSERT INTO farm_note (note) VALUES ($1)"


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = server_folder("fullhouse-upgrade-")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def old(tmp_path: Path) -> list[SchemaPart]:
    """This version, with a table of its own to watch."""
    return [*schema(), a_part(tmp_path / "old")]


@pytest.fixture
def expanded(tmp_path: Path) -> list[SchemaPart]:
    part = a_part(tmp_path / "expanded")
    write(part, "0002_colour.sql", "ALTER TABLE farm_note ADD COLUMN colour text;")
    return [*schema(), part]


@pytest.fixture
def new(tmp_path: Path) -> list[SchemaPart]:
    part = a_part(tmp_path / "new")
    write(part, "0002_colour.sql", "ALTER TABLE farm_note ADD COLUMN colour text;")
    write(part, "0003_no_note.contract.sql", "ALTER TABLE farm_note DROP COLUMN note;")
    return [*schema(), part]


def a_part(folder: Path) -> SchemaPart:
    (folder / "migrations").mkdir(parents=True)
    part = SchemaPart("notes", folder)
    write(part, "0001_notes.sql", "CREATE TABLE farm_note (id serial PRIMARY KEY, note text);")
    return part


def write(part: SchemaPart, name: str, sql: str) -> None:
    (part.folder / "migrations" / name).write_text(f"-- A step\n{sql}\n")


async def serve(data_dir: Path, parts: list[SchemaPart], *, note: str = "") -> list[str]:
    """Start a version on a folder, write a note, and stop; the columns of the table, then notes."""
    async with owned_database(None, data_dir, parts) as database:
        connection = await connect(database.url, application_name="test")
        try:
            if note:
                await connection.execute(BUSINESS, note)
            columns = await connection.fetch(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = 'farm_note' ORDER BY 1"
            )
            names = [row["column_name"] for row in columns]
            notes = await connection.fetch("SELECT * FROM farm_note ORDER BY id")
        finally:
            await connection.close()
    return names + [row["note"] for row in notes if "note" in names]


async def test_a_newer_version_serves_on_an_old_data_folder(
    folder: Path, old: list[SchemaPart], new: list[SchemaPart]
) -> None:
    assert await serve(folder, old, note="plough") == ["id", "note", "plough"]
    assert await serve(folder, new) == ["colour", "id"]


async def test_an_older_version_serves_on_a_folder_to_which_things_were_added(
    folder: Path, old: list[SchemaPart], expanded: list[SchemaPart]
) -> None:
    await serve(folder, old, note="plough")
    await serve(folder, expanded, note="sow")
    assert await serve(folder, old) == ["colour", "id", "note", "plough", "sow"]


async def test_an_older_version_refuses_a_folder_from_which_things_were_removed(
    folder: Path, old: list[SchemaPart], new: list[SchemaPart]
) -> None:
    await serve(folder, new)
    with pytest.raises(SchemaTooNew, match=r"notes/0003_no_note.*install that version again") as no:
        await serve(folder, old)
    assert no.value.newer == ("notes/0003_no_note",)
    assert await serve(folder, new) == ["colour", "id"]


async def test_going_back_to_a_copy_of_the_folder(
    folder: Path, old: list[SchemaPart], new: list[SchemaPart]
) -> None:
    data, copy = folder / "data", folder / "data" / "before"
    await serve(data, old, note="plough")
    await run("cp", "-a", str(data / "postgres"), str(copy))
    await serve(data, new)
    (data / "postgres").rename(data / "failed")
    copy.rename(data / "postgres")
    assert await serve(data, old) == ["id", "note", "plough"]


async def test_going_back_to_a_dump_in_a_new_folder(
    folder: Path, old: list[SchemaPart], new: list[SchemaPart]
) -> None:
    data, fresh, dump = folder / "data", folder / "fresh", folder / "dump"
    await serve(data, old, note="plough")
    async with owned_database(None, data, old) as database:
        assert database.server is not None
        await run_postgres("pg_dump", database.server, f"--file={dump}", "--format=custom")
    await serve(data, new)
    async with owned_database(None, fresh, old) as database:
        assert database.server is not None
        options = ("--clean", "--if-exists", "--single-transaction")
        await run_postgres("pg_restore", database.server, *options, str(dump))
    assert await serve(fresh, old) == ["id", "note", "plough"]


async def test_a_folder_of_another_postgresql_is_refused_with_what_to_do(
    folder: Path, old: list[SchemaPart]
) -> None:
    await serve(folder, old)
    (folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(DataFolderUnusable, match=r"made by PostgreSQL 17.*pg_dump"):
        await serve(folder, old)


async def run_postgres(program: str, server: EmbeddedServer, *arguments: str) -> None:
    """Run a program of PostgreSQL on the database of a server, as the operator does."""
    await run(str(wheel_programs()[program]), "--dbname", server.url, *arguments)


async def run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()

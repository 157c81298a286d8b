"""The schema's steps: `before/` are applied before a deploy, `after/` once no old program runs.

Old and new programs run side by side during a deploy. So `before/` only adds, and `after/` takes
away what nobody reads any more. A server refuses to start while a step of `before/` is missing;
steps that it does not know are a newer program's, and no reason to refuse.
"""

import asyncio
import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.migration import Migration, topological_sort
from pogo_core.util.migrate import transaction
from pogo_core.util.sql import ensure_pogo_sync, migration_applied, read_migrations

from fullhouse.kernel.limits import (
    MIGRATION_LOCK_SECONDS_MAX,
    MIGRATORS_WAIT_SECONDS_MAX,
    POSTGRES_VERSION_MIN,
)
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseErrors,
    DatabaseTooOld,
    MigrationFailed,
    SchemaOutOfDate,
)

FOLDER = Path(__file__).parent
_SCHEMA = "public"
_ONLY_ONE_MIGRATOR = 0x66756C6C686F7573
"""The key of the advisory lock: "fullhous" in ASCII."""


class Phase(enum.StrEnum):
    """When a step may be applied, relative to the deploy of the program it came with."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Step:
    """One migration and whether this database has it."""

    id: str
    phase: Phase
    message: str
    applied: bool


async def status(connection: asyncpg.Connection, *, folder: Path = FOLDER) -> list[Step]:
    """All steps in their order; changes nothing."""
    applied = await _applied(connection)
    return [
        Step(migration.id, phase, migration.__doc__.strip(), migration.id in applied)
        for phase in Phase
        for migration in await _load(folder / phase)
    ]


async def migrate(
    url: str, *, phases: tuple[Phase, ...] = (Phase.BEFORE,), folder: Path = FOLDER
) -> list[str]:
    """Apply what is missing, one transaction a step; the ids applied, in order.

    Waits up to two minutes for another migrator to finish. Raises `MigrationFailed` at the first
    step that is refused: it is undone and those before it stand. No step waits longer for a lock
    than `MIGRATION_LOCK_SECONDS_MAX`, because everybody else would queue up behind it.
    """
    connection = await connect(url, application_name="fullhouse migrate")
    try:
        await require_supported_server(connection)
        async with _only_migrator(connection):
            await ensure_pogo_sync(connection)
            await connection.execute("SELECT set_config('statement_timeout', '0', false)")
            await connection.execute(
                "SELECT set_config('lock_timeout', $1, false)",
                str(MIGRATION_LOCK_SECONDS_MAX * 1000),
            )
            return [id_ for phase in phases for id_ in await _apply(connection, folder / phase)]
    finally:
        await connection.close()


async def require_current_schema(connection: asyncpg.Connection, *, folder: Path = FOLDER) -> None:
    """Raise `SchemaOutOfDate` unless the database has every step of `before/`."""
    pending = [
        step.id
        for step in await status(connection, folder=folder)
        if step.phase is Phase.BEFORE and not step.applied
    ]
    if pending:
        detail = f"The database lacks {', '.join(pending)}: run `fullhouse migrate up`"
        raise SchemaOutOfDate(detail, pending=pending)


async def require_supported_server(connection: asyncpg.Connection) -> None:
    """Raise `DatabaseTooOld` for a PostgreSQL older than `POSTGRES_VERSION_MIN`."""
    version = connection.get_server_version()
    if version.major < POSTGRES_VERSION_MIN:
        detail = (
            f"This is PostgreSQL {version.major}; Fullhouse needs {POSTGRES_VERSION_MIN} or newer"
        )
        raise DatabaseTooOld(
            detail,
            version=version.major,
        )


async def _apply(connection: asyncpg.Connection, folder: Path) -> list[str]:
    applied = await _applied(connection)
    done: list[str] = []
    for migration in await _load(folder):
        if migration.id in applied:
            continue
        try:
            with DatabaseErrors(connection):
                async with transaction(connection, migration):
                    await migration.apply(connection)
                    await migration_applied(
                        connection, migration.id, migration.hash, schema_name=_SCHEMA
                    )
        except (asyncpg.PostgresError, DatabaseBusy) as error:
            detail = f"{migration.id} was refused: {error}"
            raise MigrationFailed(detail, migration=migration.id, applied=done) from error
        done.append(migration.id)
    return done


async def _load(folder: Path) -> list[Migration]:
    """The steps of one folder, each after those it depends on; names break ties."""
    if not _has_steps(folder):
        return []
    unordered = await read_migrations(folder, None, schema_name=_SCHEMA)
    try:
        return topological_sort(
            [migration.load() for migration in sorted(unordered, key=lambda each: each.id)]
        )
    except BadMigrationError as error:
        raise MigrationFailed(str(error)) from error


def _has_steps(folder: Path) -> bool:
    """A phase without steps has no folder: git keeps none that is empty."""
    return folder.is_dir()


async def _applied(connection: asyncpg.Connection) -> set[str]:
    with DatabaseErrors(connection):
        if await connection.fetchval("SELECT to_regclass('public._pogo_migration')") is None:
            return set()
        rows = await connection.fetch(
            "SELECT migration_id FROM public._pogo_migration WHERE schema_name = $1", _SCHEMA
        )
    return {row["migration_id"] for row in rows}


@asynccontextmanager
async def _only_migrator(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Hold the advisory lock of migrators.

    It is asked for again and again rather than waited for: a waiting statement holds a snapshot,
    and a `CREATE INDEX CONCURRENTLY` of the migrator at work would wait for that in turn.
    """
    try:
        async with asyncio.timeout(MIGRATORS_WAIT_SECONDS_MAX):
            while not await connection.fetchval(  # noqa: ASYNC110 - the event is in another process
                "SELECT pg_try_advisory_lock($1)", _ONLY_ONE_MIGRATOR
            ):
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        detail = "Another migrator has been at work for too long"
        raise DatabaseBusy(detail) from error
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _ONLY_ONE_MIGRATOR)

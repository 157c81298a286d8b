"""The database schema: numbered migrations and repeatable scripts, kept by the part that owns them.

`<part>/migrations/0001_name.sql` is an expand migration: it only adds, and runs before a deploy.
`0002_name.contract.sql` removes what old programs still read, and runs once no old program runs.
The first line is a comment that describes the file. A second line `-- transaction: none` allows
`CREATE INDEX CONCURRENTLY`; such a file holds one statement that may run again after a crash.

Repeatable scripts hold functions. All files of a part's scripts folder are one unit: it runs after
the expand migrations of its part, in their transaction, whenever its hash differs from the last one
applied. An old program accepts a hash that it finds among the earlier ones: a newer program has
replaced the functions, and keeps them callable for as long as old programs may run.
"""

import asyncio
import enum
import hashlib
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from itertools import groupby
from pathlib import Path
from typing import Final

import asyncpg
from msgspec import Struct

from fullhouse.storage.connection import TENANT_ROLE, connect
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseErrors,
    DatabaseTooOld,
    MigrationFailed,
    SchemaModified,
    SchemaOutOfDate,
    SchemaTooNew,
)
from fullhouse.storage.limits import (
    MIGRATION_LOCK_SECONDS_MAX,
    MIGRATORS_WAIT_SECONDS_MAX,
    POSTGRES_VERSION_MIN,
)

_MIGRATOR_LOCK: Final = 0x66756C6C686F7573
"""The key of the advisory lock that one migrator holds: "fullhous" in ASCII."""
_NO_TRANSACTION: Final = "-- transaction: none"
_RECORDS: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    id text NOT NULL,
    hash text NOT NULL,
    applied_at timestamptz NOT NULL,
    PRIMARY KEY (id, hash)
);
ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS is_contract boolean NOT NULL DEFAULT false"""
_ROW_SECURITY: Final = Path(__file__).parent / "row_security.sql"
_HAS_ROW_SECURITY: Final = """
SELECT count(rolname) > 0 AND bool_and(
    pg_has_role(current_user, rolname, 'MEMBER')
    AND has_table_privilege(rolname, table_of_part.oid, 'SELECT')
    AND (relrowsecurity OR NOT has_organisation))
FROM pg_roles,
    LATERAL (
        SELECT oid, relrowsecurity, EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'org_id'
        ) AS has_organisation
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    ) AS table_of_part
WHERE rolname = $1"""
_RECORDED: Final = "schema_migration"
_RECORD: Final = """
INSERT INTO schema_migration (id, hash, is_contract, applied_at)
VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (id, hash) DO UPDATE SET applied_at = excluded.applied_at"""


class SchemaPart(Struct, frozen=True):
    """A part that owns tables: its folder, and the folder of repeatable scripts below it."""

    name: str
    folder: Path
    scripts: str | None = None


class Phase(enum.StrEnum):
    """When a migration runs, relative to the deploy of the program that brings it."""

    EXPAND = "expand"
    CONTRACT = "contract"


class State(enum.StrEnum):
    """How a migration compares with the database.

    `MODIFIED`: applied with another text. `SUPERSEDED`: a script that a newer program has replaced.
    """

    APPLIED = "applied"
    PENDING = "pending"
    MODIFIED = "modified"
    SUPERSEDED = "superseded"


class Migration(Struct, frozen=True):
    """One numbered file, or all repeatable scripts of a part."""

    id: str
    part: str
    phase: Phase
    sql: str
    is_repeatable: bool = False

    @property
    def description(self) -> str:
        return self.sql.partition("\n")[0].removeprefix("--").strip()

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def is_transactional(self) -> bool:
        return self.sql.split("\n", 2)[1:2] != [_NO_TRANSACTION]

    def state(self, hashes: Sequence[str]) -> State:
        """Compare with the hashes that were applied under this id, oldest first."""
        if hashes and hashes[-1] == self.hash:
            return State.APPLIED
        if self.is_repeatable:
            return State.SUPERSEDED if self.hash in hashes else State.PENDING
        return State.MODIFIED if hashes else State.PENDING


class MigrationStatus(Struct, frozen=True):
    """One line of `fullhouse migrate status`."""

    id: str
    phase: Phase
    description: str
    state: State


async def status(
    connection: asyncpg.Connection, parts: Iterable[SchemaPart]
) -> list[MigrationStatus]:
    """Compare every migration with the database, in order; changes nothing."""
    hashes = await _applied_hashes(connection)
    return [
        MigrationStatus(each.id, each.phase, each.description, each.state(hashes.get(each.id, [])))
        for each in _load(parts)
    ]


async def migrate(
    url: str, parts: Iterable[SchemaPart], *, phases: Sequence[Phase] = (Phase.EXPAND,)
) -> list[str]:
    """Apply the pending migrations of these phases, one transaction a part; their ids, in order.

    Waits up to `MIGRATORS_WAIT_SECONDS_MAX` for another migrator. Raises `SchemaModified`,
    `SchemaTooNew`, and `SchemaOutOfDate` where contract migrations lack those of before, until then
    without a change, and `MigrationFailed` at the first migration that fails: the transaction of
    its part is rolled back, earlier parts stay. No migration waits longer for a lock than
    `MIGRATION_LOCK_SECONDS_MAX`, because all other statements on the table would queue behind it.
    """
    connection = await connect(url, application_name="fullhouse migrate")
    try:
        await require_supported_server(connection)
        async with _migrator_lock(connection):
            await _create_records(connection)
            await connection.execute("SELECT set_config('statement_timeout', '0', false)")
            await connection.execute(
                "SELECT set_config('lock_timeout', $1, false)",
                str(MIGRATION_LOCK_SECONDS_MAX * 1000),
            )
            applied = await _apply_pending(connection, parts, phases)
            await _secure_rows(connection, applied)
            return applied
    finally:
        await connection.close()


async def require_current_schema(
    connection: asyncpg.Connection, parts: Iterable[SchemaPart]
) -> None:
    """Raise unless the database has every expand migration and script of this program, unmodified.

    `SchemaOutOfDate` names what `fullhouse migrate up` would apply. `SchemaModified` names what was
    applied with another text. Expand migrations that only a newer program knows are accepted;
    `SchemaTooNew` names its contract migrations, which removed what this program may read.
    """
    found = await status(connection, parts)
    await _refuse_newer(connection, {each.id for each in found})
    _refuse_modified(each.id for each in found if each.state is State.MODIFIED)
    pending = [
        each.id for each in found if each.phase is Phase.EXPAND and each.state is State.PENDING
    ]
    if not pending and not await connection.fetchval(_HAS_ROW_SECURITY, TENANT_ROLE):
        pending = [_ROW_SECURITY.name]  # a dump was restored without its roles or privileges
    _refuse_older(pending)


async def require_supported_server(connection: asyncpg.Connection) -> None:
    """Raise `DatabaseTooOld` for a PostgreSQL older than `POSTGRES_VERSION_MIN`."""
    major = connection.get_server_version().major
    if major < POSTGRES_VERSION_MIN:
        detail = f"This is PostgreSQL {major}; Fullhouse needs {POSTGRES_VERSION_MIN} or newer"
        raise DatabaseTooOld(detail, version=major)


async def _create_records(connection: asyncpg.Connection) -> None:
    """Create the table of applied migrations; the first statement that needs rights."""
    try:
        await connection.execute(_RECORDS)
    except asyncpg.InsufficientPrivilegeError as error:
        database = await connection.fetchval("SELECT current_database()")
        user = await connection.fetchval("SELECT current_user")
        detail = (
            f"The user {user} may not create tables in the database {database}. As its "
            f'administrator run: ALTER DATABASE "{database}" OWNER TO "{user}"'
        )
        raise MigrationFailed(detail, migration=_RECORDED, applied=()) from error


async def _apply_pending(
    connection: asyncpg.Connection, parts: Iterable[SchemaPart], phases: Sequence[Phase]
) -> list[str]:
    hashes = await _applied_hashes(connection)
    states = [(each, each.state(hashes.get(each.id, []))) for each in _load(parts)]
    await _refuse_newer(connection, {each.id for each, _ in states})
    _refuse_modified(each.id for each, state in states if state is State.MODIFIED)
    pending = [
        each for each, state in states if state is not State.APPLIED and each.phase in phases
    ]
    if pending and Phase.EXPAND not in phases:
        _refuse_older(
            each.id
            for each, state in states
            if each.phase is Phase.EXPAND and state is State.PENDING
        )
    applied: list[str] = []
    for _, members in groupby(pending, key=_transaction_key):
        batch = list(members)
        await _apply(connection, batch, applied)
        applied.extend(each.id for each in batch)
    return applied


async def _secure_rows(connection: asyncpg.Connection, applied: Sequence[str]) -> None:
    """Apply row-level security to every table, those of a restored dump too."""
    try:
        async with connection.transaction():
            await connection.execute(_ROW_SECURITY.read_text(encoding="utf-8"))
    except asyncpg.InsufficientPrivilegeError as error:
        user = await connection.fetchval("SELECT current_user")
        detail = (
            f"The user {user} may not create the role of row-level security: {error}. As the "
            f'administrator run: CREATE ROLE {TENANT_ROLE} NOLOGIN; GRANT {TENANT_ROLE} TO "{user}"'
        )
        raise MigrationFailed(
            detail, migration=_ROW_SECURITY.name, applied=tuple(applied)
        ) from error


def _transaction_key(migration: Migration) -> tuple[str, str]:
    """Migrations of one part share a transaction, so that types and their functions agree."""
    alone = "" if migration.is_transactional else migration.id
    return migration.part, alone


async def _apply(
    connection: asyncpg.Connection, batch: Sequence[Migration], applied: Sequence[str]
) -> None:
    current = batch[0]
    try:
        with DatabaseErrors(connection):
            async with connection.transaction() if current.is_transactional else nullcontext():
                for current in batch:
                    await connection.execute(current.sql)
                    await connection.execute(
                        _RECORD, current.id, current.hash, current.phase is Phase.CONTRACT
                    )
    except (asyncpg.PostgresError, DatabaseBusy) as error:
        detail = f"{current.id} failed and was rolled back: {error}"
        raise MigrationFailed(detail, migration=current.id, applied=tuple(applied)) from error


async def _refuse_newer(connection: asyncpg.Connection, known: Collection[str]) -> None:
    if await connection.fetchval("SELECT to_regclass('schema_migration')") is None:
        return
    applied = await connection.fetch(
        # As JSON, because a table that no `migrate` of this version has seen lacks the column
        "SELECT id FROM schema_migration AS one WHERE to_jsonb(one) @> '{\"is_contract\": true}'"
    )
    newer = sorted({row["id"] for row in applied} - set(known))
    if newer:
        detail = (
            f"A newer version of Fullhouse has removed what this one may need ({', '.join(newer)}):"
            " install that version again, or go back to a copy from before the upgrade, as in"
            " docs/running.md"
        )
        raise SchemaTooNew(detail, newer=tuple(newer))


def _refuse_older(ids: Iterable[str]) -> None:
    pending = tuple(ids)
    if pending:
        detail = f"The database lacks {', '.join(pending)}: run `fullhouse migrate up`"
        raise SchemaOutOfDate(detail, pending=pending)


def _refuse_modified(ids: Iterable[str]) -> None:
    modified = sorted(ids)
    if modified:
        detail = (
            f"The database was made with another text of {', '.join(modified)} than this program "
            "has, so its tables may differ: run the version of Fullhouse that made it, or start "
            "with an empty database or another --data-dir"
        )
        raise SchemaModified(detail, modified=tuple(modified))


def _load(parts: Iterable[SchemaPart]) -> list[Migration]:
    """All migrations in the order they are applied: expand part by part, then contract."""
    loaded = [migration for part in parts for migration in _load_part(part)]
    return [each for phase in Phase for each in loaded if each.phase is phase]


def _load_part(part: SchemaPart) -> list[Migration]:
    numbered = [
        Migration(
            id=f"{part.name}/{path.name.partition('.')[0]}",
            part=part.name,
            phase=Phase.CONTRACT if path.suffixes == [".contract", ".sql"] else Phase.EXPAND,
            sql=path.read_text(encoding="utf-8"),
        )
        for path in sorted((part.folder / "migrations").glob("*.sql"))
    ]
    if part.scripts is None:
        return numbered
    paths = sorted((part.folder / part.scripts).glob("*.sql"))
    sql = "\n".join(
        [f"-- Functions of {part.name}", *(path.read_text(encoding="utf-8") for path in paths)]
    )
    scripts = Migration(
        f"{part.name}/{part.scripts}", part.name, Phase.EXPAND, sql, is_repeatable=True
    )
    return [*numbered, scripts]


async def _applied_hashes(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """The hashes applied under each id, oldest first."""
    hashes: dict[str, list[str]] = {}
    with DatabaseErrors(connection):
        if await connection.fetchval("SELECT to_regclass('schema_migration')") is not None:
            for id_, hash_ in await connection.fetch(
                "SELECT id, hash FROM schema_migration ORDER BY applied_at"
            ):
                hashes.setdefault(id_, []).append(hash_)
    return hashes


@asynccontextmanager
async def _migrator_lock(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Hold the advisory lock of migrators; raises `DatabaseBusy`.

    The lock is polled, not waited for: a waiting statement holds a snapshot, and a `CREATE INDEX
    CONCURRENTLY` of the other migrator would wait for that snapshot in turn.
    """
    try:
        async with asyncio.timeout(MIGRATORS_WAIT_SECONDS_MAX):
            while not await connection.fetchval(  # noqa: ASYNC110 - the event is in another process
                "SELECT pg_try_advisory_lock($1)", _MIGRATOR_LOCK
            ):
                await asyncio.sleep(0.1)
    except TimeoutError as error:
        detail = "Another migrator has been at work for too long"
        raise DatabaseBusy(detail) from error
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", _MIGRATOR_LOCK)

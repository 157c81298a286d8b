"""Tests that share a database see nothing of each other: what a test leaves is looked for here."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from tests.builders.kept_connections import KeptConnections, connect_anew
from tests.builders.kept_database import KeptDatabase, ServerOfKept
from tests.conftest import TestServers, own_database, run_on

from fullhouse.storage.connection import TENANT_ROLE
from fullhouse.storage.embedded.server import EmbeddedServer

ROWS = """
SELECT 'INSERT INTO seen SELECT ' || quote_literal(oid::regclass) || ', to_jsonb(one) FROM '
    || oid::regclass || ' AS one' AS sql
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
SEEN = """
SELECT 'row' AS kind, place || value::text AS what FROM seen WHERE place <> 'schema_migration'
UNION ALL SELECT 'migration', value->>'id' FROM seen WHERE place = 'schema_migration'
UNION ALL SELECT 'sequence', sequencename || coalesce(last_value, 0) FROM pg_sequences
UNION ALL SELECT 'class', concat_ws(' ', relname, relkind, relacl, relrowsecurity) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'column', concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint', conname FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    WHERE NOT tgisinternal
UNION ALL SELECT 'policy', concat_ws(' ', polrelid::regclass, polname) FROM pg_policy
UNION ALL SELECT 'function', concat_ws(' ', proname, md5(prosrc)) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'extension', extname FROM pg_extension
UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspname !~ '^(kept|pg_.*)$'
UNION ALL SELECT 'setting', setconfig::text FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'limit', datconnlimit::text FROM pg_database WHERE datname = current_database()
UNION ALL SELECT 'invalid index', indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'large object', oid::text FROM pg_largeobject_metadata
UNION ALL SELECT 'lock', locktype FROM pg_locks
    WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'in transaction', state FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""
pytestmark = pytest.mark.timeout(60)  # a database is made for most that is left

SESSION = """
SELECT name, setting FROM pg_settings
WHERE context IN ('user', 'superuser') AND name !~ '^plpgsql'
UNION ALL SELECT 'user', current_user
UNION ALL SELECT 'organisation', coalesce(current_setting('fullhouse.organisation', true), '')
UNION ALL SELECT 'cursor', name FROM pg_cursors WHERE name = 'left'
UNION ALL SELECT 'listens', pg_listening_channels()
UNION ALL SELECT 'lock', locktype FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'advisory'
UNION ALL SELECT 'table', relname FROM pg_class
    WHERE relpersistence = 't' AND pg_table_is_visible(oid)
"""
LEFT_IN_SESSION = f"""
SET work_mem = 99; SET fullhouse.organisation = '{UUID(int=1)}'; SET ROLE {TENANT_ROLE}; RESET ROLE;
LISTEN left_behind; SELECT pg_advisory_lock(1); CREATE TEMP TABLE left_behind (id integer);
DECLARE "left" CURSOR WITH HOLD FOR SELECT 1;
SET ROLE pg_monitor
"""
ROW = "INSERT INTO installation (secret) VALUES (repeat('left', 9)::bytea)"
LEFT = (
    ROW,
    "SELECT nextval((SELECT oid FROM pg_class WHERE relkind = 'S' LIMIT 1)::regclass)",
    "DELETE FROM schema_migration WHERE id = (SELECT max(id) FROM schema_migration)",
    "CREATE TABLE left_behind (id integer)",
    "ALTER TABLE organisation ADD COLUMN left_behind integer",
    "SET session_replication_role = replica; ALTER TABLE waiting_list_entry RENAME TO left_behind",
    "ALTER TABLE organisation DISABLE ROW LEVEL SECURITY",
    "CREATE INDEX left_behind ON organisation (name)",
    "DROP INDEX booking_ref",
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'booking_ref'::regclass",
    "CREATE OR REPLACE FUNCTION left_behind() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    f"GRANT TRUNCATE ON organisation TO {TENANT_ROLE}",
    "CREATE EXTENSION pg_stat_statements",
    "SELECT lo_create(0)",
    "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET work_mem = 99'; END $$",
    "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' CONNECTION LIMIT 9'; END $$",
    "SELECT pg_advisory_lock(7)",
    "BEGIN; LOCK TABLE organisation IN SHARE MODE; SELECT pg_advisory_xact_lock(7)",
)


@pytest.fixture
def connections() -> Iterator[KeptConnections]:
    connections = KeptConnections()
    with pytest.MonkeyPatch.context() as patch:
        connections.install(patch)
        yield connections


@pytest.fixture
async def kept(
    server: EmbeddedServer, servers: TestServers, connections: KeptConnections
) -> AsyncIterator[KeptDatabase]:
    made = ServerOfKept(partial(run_on, server), servers.creation_of, server.url_of)
    kept = KeptDatabase(made, connections, "tried")
    yield kept
    await kept.drop()


async def state(url: str) -> list[tuple[str, str]]:
    """Whatever a test could see in a database, but not what it is called."""
    connection = await connect_anew(url)
    try:
        await connection.execute("BEGIN; CREATE TEMP TABLE seen (place text, value jsonb)")
        await connection.execute(";".join(row["sql"] for row in await connection.fetch(ROWS)))
        seen = await connection.fetch(SEEN)
        await connection.execute("ROLLBACK")
    finally:
        await connection.close()
    return sorted((row["kind"], row["what"]) for row in seen)


async def test_next_test_finds_nothing_of_what_the_last_has_left(
    kept: KeptDatabase, server: EmbeddedServer, servers: TestServers
) -> None:
    async with own_database(server, servers) as url:
        fresh = await state(url)
    for statement in LEFT:
        async with kept.lease() as url:
            assert await state(url) == fresh, statement
            left = await asyncpg.connect(url)
            await left.execute(statement)
            assert await state(url) != fresh, f"{statement} would not be seen"
        left.terminate()
    async with kept.lease() as url:
        assert await state(url) == fresh


async def test_rows_are_deleted_without_making_a_database(kept: KeptDatabase) -> None:
    for _ in range(3):
        async with kept.lease() as url:
            connection = await asyncpg.connect(url)
            await connection.execute(ROW)
            await connection.close()
    assert kept.made == 1


@pytest.mark.parametrize("role", [None, TENANT_ROLE])
async def test_kept_connection_is_as_a_new_one(kept: KeptDatabase, role: str | None) -> None:
    settings = {"application_name": "left", **({"role": role} if role else {})}
    async with kept.lease() as url:
        anew = await connect_anew(url, server_settings=settings)
        fresh = await anew.fetch(SESSION)
        await anew.close()
        first = await asyncpg.connect(url, server_settings=settings)
        pid = first.get_server_pid()
        await first.execute(LEFT_IN_SESSION.replace("pg_monitor", role or "pg_monitor"))
        await first.execute("BEGIN")
        assert await first.fetch(SESSION) != fresh
        await first.close()
        assert first.is_closed()
        second = await asyncpg.connect(url, server_settings=settings)
        assert second.get_server_pid() == pid
        assert await second.fetch(SESSION) == fresh
        second.terminate()
        assert second.is_closed()
        third = await asyncpg.connect(url, server_settings=settings)
        assert third.get_server_pid() != pid, "it is not known to be clean"
        await third.close()

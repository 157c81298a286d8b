"""The second wall: a query that forgets its organisation still finds no foreign row."""

import re
from collections import Counter
from typing import Final

import asyncpg
import pytest
from tests.plans.parameters import ORG, values_of
from tests.plans.row_security import show_rows_of
from tests.plans.test_query_plans import QUERIES

from fullhouse.storage.queries import NamedQuery

pytestmark = pytest.mark.timeout(600)

OF_ORGANISATION: Final = re.compile(r"\b(?:\w+\.)?org_id = \$(\d+)")
ALL: Final = 1_000_000
GUARDED: Final = sorted(
    query.name
    for query in QUERIES
    if query.scope == "organisation" and OF_ORGANISATION.search(query.sql)
)


def without_organisation(query: NamedQuery) -> str:
    """The statement with every condition on the organisation taken out."""
    return OF_ORGANISATION.sub(r"$\1::uuid IS NOT NULL", query.sql)


async def rows(connection: asyncpg.Connection, query: NamedQuery, sql: str) -> Counter[str]:
    """What the statement returns, in any order, and how many rows it changes.

    One that a constraint refuses would say nothing of the rows it finds: its parameters are wrong.
    One that returns any few of the rows it finds returns all of them here.
    """
    values = values_of(query.name, query.parameters)
    if "limit" in query.parameters and "ORDER BY" not in sql:
        values[query.parameters.index("limit")] = ALL
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        statement = await connection.prepare(sql)
        found = await statement.fetch(*values)
        return Counter([*map(repr, found), str(statement.get_statusmsg())])
    finally:
        await savepoint.rollback()


@pytest.mark.parametrize("name", GUARDED)
async def test_no_foreign_row_comes_back_without_the_condition_on_the_organisation(
    name: str, large_database: asyncpg.Connection
) -> None:
    query = QUERIES[name]
    expected = await rows(large_database, query, query.sql)
    await show_rows_of(large_database, ORG)
    assert await rows(large_database, query, without_organisation(query)) == expected


@pytest.mark.parametrize("name", ["booking.offerings_of", "people.venues", "people.api_keys"])
async def test_without_row_level_security_foreign_rows_would_come_back(
    name: str, large_database: asyncpg.Connection
) -> None:
    query = QUERIES[name]
    expected = await rows(large_database, query, query.sql)
    assert await rows(large_database, query, without_organisation(query)) != expected


async def test_every_table_of_an_organisation_is_guarded(
    large_database: asyncpg.Connection,
) -> None:
    unguarded = await large_database.fetch(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE attname = 'org_id' AND relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity"
    )
    assert unguarded == []


@pytest.mark.parametrize("table", ["booking", "membership", "idempotency", "message", "effect"])
async def test_a_connection_that_names_no_organisation_sees_no_row(
    table: str, large_database: asyncpg.Connection
) -> None:
    await large_database.execute("SET LOCAL ROLE fullhouse_tenant")
    assert await large_database.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - listed above


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'nobody'",
        "DELETE FROM event",
        "TRUNCATE booking",
        "DELETE FROM relay_cursor",
        "UPDATE installation SET secret = secret",
        "DELETE FROM schema_migration",
        "DROP TABLE booking",
        "ALTER TABLE booking DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id integer)",
    ],
)
async def test_the_role_of_a_tenant_owns_nothing_and_rewrites_no_history(
    statement: str, large_database: asyncpg.Connection
) -> None:
    await show_rows_of(large_database, ORG)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await large_database.execute(statement)


async def test_no_row_is_written_for_another_organisation(
    large_database: asyncpg.Connection,
) -> None:
    await show_rows_of(large_database, ORG)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await large_database.execute(
            "INSERT INTO membership (org_id, account_id, role)"
            " SELECT '00000000-0000-0000-0000-000000000001', account_id, 'owner'"
            " FROM account LIMIT 1"
        )

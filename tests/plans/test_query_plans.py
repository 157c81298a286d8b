"""Every named query is explained on a million bookings: none reads a large table to its end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
import pytest
from tests.builders.commands import a_booking_row, a_change_command, a_create_command
from tests.plans.allowances import DEAR, WHOLE
from tests.plans.large_database import BOOKINGS, SLOTS, big_id
from tests.plans.parameters import OF_QUERY, ORG, VALUES, values_of
from tests.plans.row_security import show_rows_of

from fullhouse.booking.model.commands import ChangeBookingCommand, CreateBookingCommand
from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import open_database
from fullhouse.storage.queries import NamedQueries

pytestmark = pytest.mark.timeout(600)

SOURCE: Final = Path(__file__).parents[2] / "src" / "fullhouse"
QUERIES: Final = NamedQueries.load(
    {folder.parent.name: folder for folder in sorted(SOURCE.glob("*/queries"))}
)
NAMES: Final = sorted(query.name for query in QUERIES)
LARGE: Final = 10_000
COST_MAX: Final = 2_000.0
"""The planner's own unit: about what reading two thousand pages in a row costs."""

PLANNER_KILOBYTES_MAX: Final = 4_000


class Plan(msgspec.Struct):
    """A node of a plan, as EXPLAIN tells it."""

    node: str = msgspec.field(name="Node Type")
    cost: float = msgspec.field(name="Total Cost")
    plans: list["Plan"] = msgspec.field(default_factory=list, name="Plans")
    relation: str | None = msgspec.field(default=None, name="Relation Name")

    def nodes(self) -> Iterator["Plan"]:
        yield self
        for plan in self.plans:
            yield from plan.nodes()


async def explain(connection: asyncpg.Connection, name: str) -> Plan:
    """The plan in the role in which the query runs: row-level security adds conditions."""
    query = QUERIES[name]
    if query.scope == "organisation":
        await show_rows_of(connection, ORG)
    found = await connection.fetchval(
        f"EXPLAIN (FORMAT JSON) {query.sql}", *values_of(name, query.parameters)
    )
    return msgspec.convert(found[0]["Plan"], Plan)


async def planner_kilobytes(connection: asyncpg.Connection, sql: str, *values: object) -> int:
    """What the planner keeps while it compares the orders of joins: as much as it takes time."""
    found = await connection.fetchval(f"EXPLAIN (MEMORY, FORMAT JSON) {sql}", *values)
    return int(found[0]["Planning"]["Memory Used"])


async def large_tables(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= $1", float(LARGE)
    )
    return {row["relname"] for row in rows}


def read_whole(plan: Plan, large: set[str]) -> list[str]:
    return [
        node.relation
        for node in plan.nodes()
        if node.node == "Seq Scan" and node.relation is not None and node.relation in large
    ]


async def test_the_database_is_as_large_as_it_says(
    large_database: asyncpg.Connection,
) -> None:
    counts = await large_database.fetchrow(
        "SELECT (SELECT count(*) FROM slot), (SELECT count(*) FROM booking),"
        " (SELECT count(*) FROM event)"
    )
    assert counts is not None
    assert tuple(counts) == (SLOTS, BOOKINGS, BOOKINGS)
    assert {
        "slot",
        "booking",
        "slot_allocation",
        "event",
        "idempotency",
        "effect",
        "message",
        "waiting_list_entry",
    } <= (await large_tables(large_database))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WHOLE])
async def test_each_query_finds_its_rows_by_an_index(
    name: str, large_database: asyncpg.Connection
) -> None:
    plan = await explain(large_database, name)
    assert read_whole(plan, await large_tables(large_database)) == []
    assert name in DEAR or plan.cost <= COST_MAX


async def test_a_query_without_any_index_turns_this_test_red(
    large_database: asyncpg.Connection,
) -> None:
    await large_database.execute("DROP INDEX effect_dead")
    plan = await explain(large_database, "jobs.dead_letters")
    assert read_whole(plan, await large_tables(large_database)) == ["effect"]


async def test_a_query_with_the_wrong_index_turns_this_test_red(
    large_database: asyncpg.Connection,
) -> None:
    """Walking through all of a farm's bookings uses an index too, and is no good."""
    await large_database.execute("DROP INDEX booking_ref")
    plan = await explain(large_database, "booking.booking_by_ref")
    assert read_whole(plan, await large_tables(large_database)) == []
    assert plan.cost > COST_MAX


async def test_no_query_joins_more_than_the_planner_orders_soon(
    large_database: asyncpg.Connection,
) -> None:
    """Eight tables that are equal in one column took it 19 MB and a tenth of a second."""
    for query in QUERIES:
        values = values_of(query.name, query.parameters)
        used = await planner_kilobytes(large_database, query.sql, *values)
        assert used <= PLANNER_KILOBYTES_MAX, query.name
    tables = [f"booking AS b{number}" for number in range(8)]
    many = f"SELECT FROM {tables[0]} JOIN {' USING (org_id) JOIN '.join(tables[1:])} USING (org_id)"
    assert await planner_kilobytes(large_database, many) > PLANNER_KILOBYTES_MAX


def test_every_parameter_is_declared() -> None:
    for query in QUERIES:
        assert len(values_of(query.name, query.parameters)) == len(query.parameters)


def test_nothing_is_declared_that_no_query_takes() -> None:
    assert set(WHOLE) | set(DEAR) <= set(NAMES)
    assert set(OF_QUERY) <= set(NAMES)
    taken = {parameter for query in QUERIES for parameter in query.parameters}
    assert set(VALUES) <= taken


async def test_every_statement_of_the_ledger_finds_its_rows_by_an_index(
    large_database: asyncpg.Connection,
) -> None:
    """Its statements are planned inside its functions: the server itself tells their plans."""
    messages = await log_plans(large_database)
    for batch in (ledger_creates(), ledger_changes()):
        verdicts = await large_database.fetch(
            "SELECT verdict FROM ledger_commit($1, $2, $3, '15 minutes')",
            batch,
            ["{}" for _ in batch],
            VALUES["now"],
        )
        assert {row["verdict"] for row in verdicts} == {"done"}
    large = await large_tables(large_database)
    plans = [text for text in messages if "plan:" in text]
    assert len(plans) > 10, "the plans of nested statements were logged"
    whole = [text for text in plans for table in large if f"Seq Scan on {table} " in text]
    assert whole == []


async def test_secrets_are_found_by_an_index(large_database: asyncpg.Connection) -> None:
    """The look-ups that cross row-level security are functions, whose plans the server tells."""
    messages = await log_plans(large_database)
    for name in ("people.use_api_key", "people.organisation_of_link"):
        query = QUERIES[name]
        await large_database.fetch(query.sql, *values_of(name, query.parameters))
    large = await large_tables(large_database)
    plans = [text for text in messages if "plan:" in text]
    assert len(plans) >= 4, "the plans of nested statements were logged"
    assert [text for text in plans for table in large if f"Seq Scan on {table} " in text] == []


async def log_plans(connection: asyncpg.Connection) -> list[str]:
    """The list into which the server tells every plan from now on, of nested statements too."""
    messages: list[str] = []
    connection.add_log_listener(lambda _connection, message: messages.append(str(message)))
    for setting in (
        "LOAD 'auto_explain'",
        "SET auto_explain.log_min_duration = 0",
        "SET auto_explain.log_nested_statements = on",
        "SET auto_explain.log_level = notice",
        "SET client_min_messages = notice",
    ):
        await connection.execute(setting)
    return messages


def ledger_creates() -> list[CreateBookingCommand]:
    """Bookings on sixteen slots of one farm, as sixteen guests would make them at once."""
    return [
        a_create_command(
            a_booking_row(
                org_id=big_id("a", 1), booking_id=big_id("98", number), ref=f"NEW{number}",
                offering_id=big_id("c", 0), slots=(big_id("51", 50 * number),),
                customer_email=f"new-{number}@example.org",
            ),
            key_is_derived=True,
            duplicate_window_minutes=180,
            customer_bookings_max=5,
        )
        for number in range(16)
    ]  # fmt: skip


def ledger_changes() -> list[ChangeBookingCommand]:
    """Cancellations of sixteen confirmed bookings of one farm."""
    return [
        a_change_command(
            OrgId(big_id("a", 1)), big_id("b0", 100 * number), key=big_id("94", number)
        )
        for number in range(16)
    ]


async def test_the_check_proves_a_million_bookings_in_its_time(
    large_database_url: str, clock: ManualClock
) -> None:
    database = await open_database(large_database_url, catalogue=QUERIES, clock=clock)
    try:
        report = await build_consistency_checker(database.unrestricted, clock).check()
    finally:
        await database.close()
    assert report.ok, report.broken

"""Indexes are proposed for statements that take much time, and for no other."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from fullhouse.bootstrap.observability import build_recorder
from fullhouse.bootstrap.schema import named_queries
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.observability.index_advice import (
    advise,
    cost_by_server,
    hypothetical_cost,
    index_statement,
)
from fullhouse.observability.index_proposals import IndexProposer
from fullhouse.observability.optimisations import (
    Optimisation,
    OptimisationAct,
    act_on,
    recent_optimisations,
    steps_of,
)
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.queries import NamedQueries, NamedQuery
from fullhouse.telemetry.metrics import MetricRegistry

NEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "visit_by_guest": (
        "SELECT note FROM visit WHERE farm = $1 AND guest = $2",
        '"visit" ("farm", "guest")',
    ),
    "visits_to_do": (
        "SELECT note FROM visit WHERE state = 'open' AND farm = $1",
        '"visit" ("farm") WHERE (state = \'open\'::text)',
    ),
    "latest_visits": (
        "SELECT note FROM visit ORDER BY at DESC LIMIT 10",
        '"visit" ("at")',
    ),
    "guests_of_days": (
        "SELECT g.name FROM visit AS v JOIN guest AS g ON g.name = v.guest WHERE v.visit_id = $1",
        '"guest" ("name")',
    ),
}
NEEDS_NOTHING: Final[Mapping[str, str]] = {
    "visit": "SELECT note FROM visit WHERE visit_id = $1",
    "all_of_a_state": "SELECT note FROM visit WHERE state = 'done'",
    "of_one_of_two": "SELECT note FROM visit WHERE is_paid = $1",
    "part_of_a_text": "SELECT note FROM visit WHERE note LIKE '%' || $1",
    "counted": "SELECT count(*) FROM visit",
    "of_a_small_table": "SELECT name FROM farm WHERE name = $1",
    "by_the_index_there_is": "SELECT note FROM visit WHERE day = $2 AND farm = $1 AND note <> ''",
}


def a_query(name: str, sql: str) -> NamedQuery:
    parameters = tuple(f"p{number}" for number in range(1, 3) if f"${number}" in sql)
    return NamedQuery(f"test.{name}", sql, parameters, "", Path())


CATALOGUE: Final = NamedQueries(
    {
        f"test.{name}": a_query(name, sql)
        for name, sql in (
            *((name, sql) for name, (sql, _) in NEEDS.items()),
            *NEEDS_NOTHING.items(),
        )
    }
)


@pytest.fixture
async def visits(database: Database) -> Database:
    """Twenty thousand visits of two thousand guests to fifty farms."""
    async with database.unrestricted.session() as session:
        await session.connection.execute(
            """
            CREATE TABLE farm (name text);
            INSERT INTO farm SELECT 'farm ' || n FROM generate_series(1, 50) AS n;
            CREATE TABLE guest (number int, name text);
            INSERT INTO guest SELECT n, 'guest ' || n FROM generate_series(1, 20000) AS n;
            CREATE TABLE visit (
                farm int, visit_id int PRIMARY KEY, guest text, state text, is_paid boolean,
                day int, at timestamptz, note text
            );
            INSERT INTO visit SELECT
                n % 50, n, 'guest ' || n % 2000, CASE n % 400 WHEN 0 THEN 'open' ELSE 'done' END,
                n % 2 = 0, n / 100, timestamptz '2027-01-01Z' + n * interval '1 minute',
                repeat('x', 100)
            FROM generate_series(1, 20000) AS n;
            CREATE INDEX visit_day ON visit (day, farm);
            ANALYZE;
            """
        )
    return database


@pytest.mark.on_both_servers
async def test_each_statement_gets_the_index_it_needs_and_no_other(visits: Database) -> None:
    async with visits.unrestricted.transaction() as session:
        has_planner = await session.connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg')"
        )
        if has_planner:
            await session.connection.execute("CREATE EXTENSION hypopg")
        cost = await cost_by_server(session)
        assert (cost is hypothetical_cost) == has_planner
        advice = await advise(session, CATALOGUE, cost=cost)
    assert {
        one.query: index_statement(each.candidate).partition(" ON ")[2]
        for each in advice
        for one in each.opportunities
    } == {f"test.{name}": index for name, (_, index) in NEEDS.items()}


async def test_a_busy_statement_is_proposed_an_index_until_somebody_declines(
    visits: Database, clock: ManualClock, ids: Ids
) -> None:
    metrics = MetricRegistry()
    queries = metrics.get(QueryMetrics)
    proposer = IndexProposer(visits, CATALOGUE, clock, ids)

    async def proposed(**seconds: float) -> list[Optimisation]:
        for name, each in seconds.items():
            queries.observe(f"test.{name}", each, None)
        await build_recorder(visits, metrics, clock).write()
        clock.advance(timedelta(minutes=1))
        await proposer.run()
        async with visits.unrestricted.session() as session:
            return list(await recent_optimisations(session))

    queries.observe("booking.ledger_commit", 2.0, None)
    assert await proposed(visit_by_guest=0.2, visit=3.0) == []
    (found,) = await proposed(visit_by_guest=0.6)
    assert (found.state, found.subject, found.queries) == (
        "proposed",
        "visit",
        ["test.visit_by_guest"],
    )
    assert found.name.startswith("advised_visit_")
    assert found.action == (
        f'CREATE INDEX CONCURRENTLY "{found.name}" ON "visit" ("farm", "guest")'
    )
    assert found.before["cost"] > 10 * found.before["expected_cost"]
    assert len(await proposed(visit_by_guest=0.6)) == 1, "it is not proposed twice"
    async with visits.unrestricted.session() as session:
        with pytest.raises(InvalidInput):
            await act_on(session, "advised_other", OptimisationAct.APPLY, by="", now=clock.now())
        await act_on(session, found.name, OptimisationAct.UNDO, by="Ida", now=clock.now())
        steps = await steps_of(session, [found])
    assert [(step.state, step.done_by) for step in steps] == [("proposed", ""), ("undone", "Ida")]
    assert [one.state for one in await proposed(visit_by_guest=0.6)] == ["undone"]
    clock.advance(timedelta(days=31))
    again = await proposed(visit_by_guest=0.6)
    assert [one.state for one in again] == ["proposed", "undone"]
    clock.advance(timedelta(days=2))
    assert [one.state for one in await proposed()] == ["undone"], "nothing speaks for it any more"


async def test_the_schema_as_it_is_needs_nothing_while_it_is_small(database: Database) -> None:
    async with database.unrestricted.transaction() as session:
        assert await advise(session, named_queries(), cost=await cost_by_server(session)) == []

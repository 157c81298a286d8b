"""On a million bookings, with twelve indexes removed and six decoys: what does advice find?

As the worker does it: the best proposal for each table is tried, what PostgreSQL makes too little
of is dropped, and the rest is looked at again.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from msgspec import Struct
from tests.plans.allowances import DEAR, WHOLE

from fullhouse.bootstrap.schema import named_queries
from fullhouse.concurrency.turns import Turns
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability import index_candidates
from fullhouse.observability.index_advice import (
    IndexAdvice,
    advise,
    cost_by_server,
    index_statement,
)
from fullhouse.observability.limits import INDEX_COST_SHARE_MAX
from fullhouse.observability.query_plans import generic_plan
from fullhouse.storage.database import Session
from fullhouse.storage.queries import NamedQuery

pytestmark = pytest.mark.timeout(600)

EFFORT: Final = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
SERVERS: Final = ["embedded"] if EFFORT == 1 else ["embedded", "oldest-installed"]
"""The planner of the second costs indexes that there are not; another large database is filled."""
REMOVED: Final[Mapping[str, str]] = {
    "event_order": "jobs.last_event_position",
    "booking_ref": "booking.booking_by_ref",
    "effect_dead": "resilience.troubles",
    "booking_customer": "booking.tickets_of_email",
    "effect_due": "jobs.lease",
    "message_subject": "messages.earlier_recipient",
    "account_operator": "people.operator_addresses",
    "customer_tagged": "customers.tags_of_customers",
    "account_email": "people.has_account",
    "customer_person": "customers.delete_person",
    "account_national_id": "people.account_of_national_id",
    "account_sealed": "people.sealed_national_ids",
}
"""The twelve without which a statement becomes dearest by its share, each with that statement."""
DECOYS: Final[Mapping[str, str]] = {
    "nearly_all_rows": "SELECT count(*) FROM message WHERE status = 'sent'",
    "few_values": "SELECT max(created_at) FROM booking WHERE party = $1",
    "small_table": "SELECT slug FROM offering WHERE name = $1",
    "part_of_a_text": "SELECT ref FROM booking WHERE customer_name LIKE '%' || $1",
    "an_expression": "SELECT ref FROM booking WHERE lower(customer_name) = $1",
    "by_an_index_there_is": "SELECT * FROM slot WHERE starts_at = $2 AND offering_id = $1 AND "
    "org_id = $3",
}
RISEN: Final = {"booking.audit_events", "booking.mark_sales_of_offerings"}
"""Statements for which an index is advised, and PostgreSQL uses it, with no index removed."""
TAKEN_BACK_MIN: Final = 0.9
HAS_PLANNER: Final = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg')"


class Evaluation(Struct, frozen=True):
    """Shares: of proposals made, and kept, that were right; of removed indexes that are back."""

    precision: float
    precision_of_kept: float
    recall: float
    of_decoys: Sequence[str]


class Advised:
    """A large database on which all advice is followed, in a transaction that is rolled back."""

    def __init__(self, connection: asyncpg.Connection, clock: ManualClock) -> None:
        self.session = Session(connection, catalogue=named_queries(), clock=clock, turns=Turns())
        self.decoys = {f"decoy.{name}": _decoy(name, sql) for name, sql in DECOYS.items()}
        self.hurt: dict[str, float] = {}
        self.made: list[IndexAdvice] = []
        self.kept: list[IndexAdvice] = []

    async def evaluate(self, queries: Sequence[NamedQuery]) -> Evaluation:
        connection = self.session.connection
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        if await connection.fetchval(HAS_PLANNER):
            await connection.execute("CREATE EXTENSION hypopg")
        base = await self._costs(REMOVED.values())
        for index in REMOVED:
            await connection.execute(f"DROP INDEX {index}")
        hurt = await self._costs(REMOVED.values())
        await self._follow([*queries, *self.decoys.values()])
        now = await self._costs(REMOVED.values())
        back = [
            hurt[name] - now[name] >= TAKEN_BACK_MIN * (hurt[name] - base[name]) for name in hurt
        ]
        return Evaluation(
            precision=_share([self._is_right(one) for one in self.made]),
            precision_of_kept=_share([self._is_right(one) for one in self.kept]),
            recall=sum(back) / len(REMOVED),
            of_decoys=[
                one.query for each in self.made for one in each.opportunities
                if one.query in self.decoys
            ],
        )  # fmt: skip

    def _is_right(self, one: IndexAdvice) -> bool:
        """Whether it helps a statement that needed one of those that were removed."""
        return one in self.kept and not {each.query for each in one.opportunities} <= set(
            self.decoys
        )

    async def _follow(self, queries: Sequence[NamedQuery]) -> None:
        declined: set[str] = set()
        cost = await cost_by_server(self.session)
        sys.stdout.write(f"by {cost.__name__}\n")
        while True:
            advice = [
                one
                for one in await advise(self.session, queries, cost=cost)
                if index_statement(one.candidate) not in declined
            ]
            if not advice:
                return
            # An index more makes no other statement dearer
            wanting = {each.query for one in advice for each in one.opportunities}
            queries = [named for named in queries if named.name in wanting]
            tables: set[str] = set()
            for one in advice:
                if one.candidate.table not in tables:
                    tables.add(one.candidate.table)
                    self.made.append(one)
                    declined.add(index_statement(one.candidate))
                    if await self._is_kept(one):
                        self.kept.append(one)

    async def _is_kept(self, one: IndexAdvice) -> bool:
        """Try it; what the planner makes too little of is dropped."""
        savepoint = self.session.connection.transaction()
        await savepoint.start()
        await self.session.connection.execute(index_statement(one.candidate), timeout=120)
        costs = await self._costs([each.query for each in one.opportunities])
        before = sum(each.cost_before for each in one.opportunities)
        if sum(costs.values()) <= INDEX_COST_SHARE_MAX * before:
            await savepoint.commit()
            return True
        await savepoint.rollback()
        return False

    async def _costs(self, names: Iterable[str]) -> dict[str, float]:
        catalogue = named_queries()
        return {
            name: (await generic_plan(self.session, self.decoys.get(name) or catalogue[name])).cost
            for name in names
        }


def _decoy(name: str, sql: str) -> NamedQuery:
    return NamedQuery(
        f"decoy.{name}", sql, tuple(f"p{n}" for n in range(sql.count("$"))), "", Path()
    )


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("large_database_url", SERVERS, indirect=True)
async def test_advice_finds_what_was_removed_and_no_decoy(
    large_database: asyncpg.Connection, clock: ManualClock
) -> None:
    advised = Advised(large_database, clock)
    queries = [named for named in named_queries() if named.name not in {*WHOLE, *DEAR, *RISEN}]
    found = await advised.evaluate(queries)
    lines = [
        f"{'kept ' if one in advised.kept else 'tried'} {index_statement(one.candidate)}"
        for one in advised.made
    ]
    sys.stdout.write("\n".join([repr(found), *lines, ""]))
    assert found.of_decoys == []
    assert found.precision >= 0.95
    assert found.precision_of_kept >= 0.95
    assert found.recall >= 0.9


async def test_a_wrong_generator_of_candidates_turns_it_red(
    large_database: asyncpg.Connection, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns in the wrong order, and any constant as a predicate."""
    monkeypatch.setattr(index_candidates, "INDEX_PREDICATE_SHARE_MAX", 1.0)
    monkeypatch.setattr(index_candidates, "INDEX_VALUES_MIN", 1_000_000_000)
    queries = [named_queries()[name] for name in REMOVED.values()]
    found = await Advised(large_database, clock).evaluate(queries)
    assert found.recall < 0.9

"""Statements that took long, with the plan that PostgreSQL makes for them.

The plan is that for parameters unknown, so it quotes no data. It is read at most once an hour for
each statement, on a connection of its own turn, and never by the request that was slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.observability.limits import (
    PLAN_CHARACTERS_MAX,
    PLAN_EVERY_SECONDS,
    SLOW_QUERIES_SHOWN_MAX,
)
from fullhouse.observability.query_plans import plan_text
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import UnknownQuery
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.queries import NamedQueries
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")


class SlowQuery(Struct, frozen=True):
    """A statement that took long; `plan` is empty for most, see `SlowQueryLog`."""

    query: str
    at: datetime
    seconds: float
    outcome: str
    plan: str


@dataclass(frozen=True, slots=True)
class SlowQueryLog:
    """Writes slow statements of this process, with a plan now and then."""

    metrics: QueryMetrics
    catalogue: NamedQueries
    clock: Clock

    async def write(self, database: Database) -> None:
        """Write what was slow since the last time."""
        slow = self.metrics.take_slow()
        for statement in slow:
            plan = await self._plan(database, statement.query)
            async with database.unrestricted.session() as session:
                await session.execute(
                    "observability.add_slow_query",
                    query=statement.query,
                    at=self.clock.now(),
                    seconds=statement.seconds,
                    outcome=statement.outcome,
                    plan=plan,
                )

    async def _plan(self, database: Database, query: str) -> str:
        """The plan, empty when it was read lately or the statement has none."""
        try:
            named = self.catalogue[query]
        except UnknownQuery:
            return ""
        every = timedelta(seconds=PLAN_EVERY_SECONDS)
        async with database.unrestricted.session() as session:
            latest = await session.fetch_value(
                "observability.latest_plan_at", datetime, query=query
            )
        if latest is not None and self.clock.now() - latest < every:
            return ""
        return await explained(database, named.sql, len(named.parameters))


async def explained(database: Database, sql: str, parameters: int) -> str:
    """The plan of a statement for parameters unknown; why there is none, if there is none."""
    try:
        async with database.unrestricted.transaction() as session:
            plan = await plan_text(session, sql, parameters)
    except Exception as error:  # noqa: BLE001 - a plan is worth having, and nothing waits for it
        _LOG.warning("slow_query.not_explained", error=error)
        return ""
    return plan[:PLAN_CHARACTERS_MAX]


async def slow_queries(session: Session) -> Sequence[SlowQuery]:
    """The latest slow statements, the newest first."""
    return await session.fetch(
        "observability.slow_queries", SlowQuery, rows_max=SLOW_QUERIES_SHOWN_MAX
    )

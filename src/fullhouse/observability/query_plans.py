"""The plan of a statement for parameters unknown, as text for people and as a tree for programs."""

from collections.abc import Iterator, Sequence
from itertools import chain

import asyncpg
import msgspec
from msgspec import Struct, field

from fullhouse.observability.limits import PLAN_SECONDS_MAX
from fullhouse.storage.database import Session
from fullhouse.storage.queries import NamedQuery


class PlanNode(Struct, frozen=True):
    """A node of a plan. The cost is the planner's own unit, for one run of the node."""

    kind: str = field(name="Node Type")
    cost: float = field(name="Total Cost")
    rows: float = field(name="Plan Rows")
    relationship: str = field(name="Parent Relationship", default="")
    relation: str = field(name="Relation Name", default="")
    alias: str = field(name="Alias", default="")
    index: str = field(name="Index Name", default="")
    sort_keys: tuple[str, ...] = field(name="Sort Key", default=())
    filter: str = field(name="Filter", default="")
    index_condition: str = field(name="Index Cond", default="")
    recheck_condition: str = field(name="Recheck Cond", default="")
    hash_condition: str = field(name="Hash Cond", default="")
    merge_condition: str = field(name="Merge Cond", default="")
    join_filter: str = field(name="Join Filter", default="")
    plans: tuple["PlanNode", ...] = field(name="Plans", default=())

    @property
    def is_subquery(self) -> bool:
        """Whether it is run for a value of another node, beside what that reads."""
        return self.relationship in {"InitPlan", "SubPlan"}

    @property
    def own_conditions(self) -> Sequence[str]:
        """What limits the rows of a table."""
        found = (self.index_condition, self.recheck_condition, self.filter)
        return [condition for condition in found if condition]

    @property
    def join_conditions(self) -> Sequence[str]:
        found = (self.hash_condition, self.merge_condition, self.join_filter)
        return [condition for condition in found if condition]

    def nodes(self) -> Iterator["PlanNode"]:
        """Itself and all below."""
        return chain((self,), *(plan.nodes() for plan in self.plans))


class _Explained(Struct, frozen=True):
    plan: PlanNode = field(name="Plan")


async def plan_text(session: Session, sql: str, parameters: int) -> str:
    """The plan as PostgreSQL shows it; in an open transaction, which `explain` leaves as it was."""
    return "\n".join(row[0] for row in await _explain(session, sql, parameters, form="TEXT"))


async def generic_plan(session: Session, named: NamedQuery) -> PlanNode:
    """The plan as a tree; in an open transaction."""
    rows = await _explain(session, named.sql, len(named.parameters), form="JSON")
    return msgspec.convert(rows[0][0], tuple[_Explained, ...])[0].plan


async def _explain(
    session: Session, sql: str, parameters: int, *, form: str
) -> Sequence[asyncpg.Record]:
    nulls = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    async with session.rolled_back():
        await session.execute_script("observability.explain", f"PREPARE fullhouse_plan AS {sql}")
    try:
        async with session.rolled_back():
            await session.execute_script(
                "observability.explain",
                f"SET LOCAL statement_timeout = '{PLAN_SECONDS_MAX:.0f}s';"
                "SET LOCAL plan_cache_mode = force_generic_plan",
            )
            rows: list[asyncpg.Record] = await session.connection.fetch(
                f"EXPLAIN (FORMAT {form}) EXECUTE fullhouse_plan{nulls}"
            )
            return rows
    finally:
        # No rollback takes a prepared statement away
        await session.execute_script("observability.explain", "DEALLOCATE fullhouse_plan")

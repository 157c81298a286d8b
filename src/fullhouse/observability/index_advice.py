"""Index advice: which indexes would make the statements cheaper that take much time.

Each candidate is costed by PostgreSQL's own planner where HypoPG is installed, otherwise by the
planner's arithmetic on its statistics; a trial with measurements decides in either case.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from fullhouse.observability.index_candidates import (
    IndexCandidate,
    Opportunity,
    opportunities,
)
from fullhouse.observability.limits import INDEX_COST_SHARE_MAX
from fullhouse.observability.query_plans import generic_plan
from fullhouse.observability.table_facts import table_facts
from fullhouse.storage.database import Session
from fullhouse.storage.queries import NamedQuery
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")
_AS_GOOD: Final = 1.1
"""Of two candidates for a statement the smaller one is taken if it is nearly as good."""


class IndexAdvice(Struct, frozen=True):
    """An index to try, and the statements that it is for."""

    candidate: IndexCandidate
    opportunities: Sequence[Opportunity]

    @property
    def saved(self) -> float:
        """The cost that it saves, once for each statement."""
        return sum(one.cost_before - one.cost_after for one in self.opportunities)


Cost = Callable[[Session, NamedQuery, Opportunity], Awaitable[float]]
"""Says what a statement would cost with an index."""


async def advise(
    session: Session, queries: Iterable[NamedQuery], *, cost: Cost
) -> Sequence[IndexAdvice]:
    """The indexes that are worth a trial, what saves most first; in an open transaction."""
    tables = await table_facts(session)
    page_cost = await session.fetch_value("observability.page_cost", float) or 1.0
    found: list[Opportunity] = []
    for named in queries:
        try:
            plan = await generic_plan(session, named)
        except Exception as error:  # noqa: BLE001 - one that has no plan keeps no other from its own
            _LOG.warning("index_advice.not_explained", query=named.name, error=error)
            continue
        possible = opportunities(named.name, plan, tables, page_cost=page_cost)
        costed = [
            structs.replace(one, cost_after=await cost(session, named, one)) for one in possible
        ]
        found.extend(_best(costed))
    return combined(found)


def _best(possible: Sequence[Opportunity]) -> Sequence[Opportunity]:
    """The smallest index of those that are nearly as good as the best one."""
    worth = [one for one in possible if one.cost_after <= INDEX_COST_SHARE_MAX * one.cost_before]
    if not worth:
        return ()
    least = min(one.cost_after for one in worth)
    good = [one for one in worth if one.cost_after <= _AS_GOOD * least]
    return (min(good, key=lambda one: (len(one.candidate.columns), one.cost_after, one.candidate)),)


def combined(found: Sequence[Opportunity]) -> Sequence[IndexAdvice]:
    """One index for all statements that it serves: those that begin another are left out."""
    by_candidate: Mapping[IndexCandidate, list[Opportunity]] = defaultdict(list)
    for one in sorted(found, key=lambda each: (-len(each.candidate.columns), each.candidate)):
        serving = next((made for made in by_candidate if made.serves(one.candidate)), one.candidate)
        by_candidate[serving].append(one)
    advice = [IndexAdvice(candidate, served) for candidate, served in by_candidate.items()]
    return sorted(advice, key=lambda each: -each.saved)


async def estimated_cost(_session: Session, _named: NamedQuery, one: Opportunity) -> float:
    """What statistics say, where no planner can be asked."""
    return one.cost_after


async def hypothetical_cost(session: Session, named: NamedQuery, one: Opportunity) -> float:
    """What the planner says, of an index that HypoPG lets it believe in."""
    await session.connection.fetch("SELECT hypopg_create_index($1)", index_statement(one.candidate))
    try:
        return (await generic_plan(session, named)).cost
    finally:
        await session.connection.fetch("SELECT hypopg_reset()")


async def cost_by_server(session: Session) -> Cost:
    """By HypoPG where the database has the extension."""
    has_it = await session.fetch_value("observability.has_hypothetical_indexes", bool)
    return hypothetical_cost if has_it else estimated_cost


def index_statement(candidate: IndexCandidate, name: str = "") -> str:
    """The statement that makes it, without CONCURRENTLY where it has no name."""
    columns = ", ".join(quoted(column) for column in candidate.columns)
    made = f"CREATE INDEX CONCURRENTLY {quoted(name)}" if name else "CREATE INDEX"
    where = f" WHERE {candidate.predicate}" if candidate.predicate else ""
    return f"{made} ON {quoted(candidate.table)} ({columns}){where}"


def quoted(identifier: str) -> str:
    """An identifier as PostgreSQL reads it literally."""
    return '"' + identifier.replace('"', '""') + '"'

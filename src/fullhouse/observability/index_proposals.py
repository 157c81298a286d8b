"""Proposes indexes for the statements that took most time lately."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.observability.index_advice import (
    IndexAdvice,
    advise,
    cost_by_server,
    index_statement,
    quoted,
)
from fullhouse.observability.limits import (
    ADVICE_HOURS,
    ADVICE_SECONDS_MIN,
    ADVISED_QUERIES_MAX,
    PROPOSALS_MAX,
)
from fullhouse.observability.optimisations import Proposal, propose
from fullhouse.observability.summaries import LATENCY_SOURCES, summaries
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import UnknownQuery
from fullhouse.storage.queries import NamedQueries, NamedQuery

INDEX_PREFIX: Final = "advised_"
"""What the names of indexes begin with that were made by advice; no migration's index does."""


@dataclass(frozen=True, slots=True)
class IndexProposer:
    """Looks at what was measured in the last day; of the queries in `catalogue` alone."""

    database: Database
    catalogue: NamedQueries
    clock: Clock
    ids: Ids

    def job(self) -> RecurringJob:
        return RecurringJob(
            "propose optimisations",
            self.run,
            every=timedelta(hours=1),
            shift=timedelta(minutes=41),
        )

    async def run(self) -> None:
        """Renew the proposals, and withdraw those that nothing speaks for any more."""
        async with self.database.unrestricted.session() as session:
            busy = await self._busy_queries(session)
        async with self.database.unrestricted.transaction() as session:
            advice = await advise(session, busy, cost=await cost_by_server(session))
        proposals = [proposal_of(one) for one in advice[:PROPOSALS_MAX]]
        now = self.clock.now()
        async with self.database.unrestricted.transaction() as session:
            names = [proposal.name for proposal in proposals]
            await session.execute("observability.withdraw_proposals", kind="index", names=names)
            for proposal in proposals:
                await propose(session, proposal, optimisation_id=self.ids.uuid(), now=now)

    async def _busy_queries(self, session: Session) -> Sequence[NamedQuery]:
        """Those that were slow once, or took much time in all; the busiest first."""
        now = self.clock.now()
        measured = await summaries(
            session,
            LATENCY_SOURCES["queries"],
            since=now - timedelta(hours=ADVICE_HOURS),
            until=now,
        )
        names = [one.name for one in measured if one.slow or one.total >= ADVICE_SECONDS_MIN]
        return [named for name in names[:ADVISED_QUERIES_MAX] for named in self._known(name)]

    def _known(self, name: str) -> Sequence[NamedQuery]:
        try:
            return (self.catalogue[name],)
        except UnknownQuery:
            return ()  # a statement that is written in code, such as a commit of the ledger


def proposal_of(advice: IndexAdvice) -> Proposal:
    """What to make, what undoes it, and why."""
    candidate = advice.candidate
    plain = index_statement(candidate)
    name = f"{INDEX_PREFIX}{candidate.table[:30]}_{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
    before = sum(one.cost_before for one in advice.opportunities)
    after = sum(one.cost_after for one in advice.opportunities)
    queries = [one.query for one in advice.opportunities]
    return Proposal(
        kind="index",
        name=name,
        subject=candidate.table,
        reason=f"{', '.join(queries)}: cost {before:,.0f}, with the index about {after:,.0f}",
        action=index_statement(candidate, name),
        undo=f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",
        queries=queries,
        before={"cost": before, "expected_cost": after},
    )

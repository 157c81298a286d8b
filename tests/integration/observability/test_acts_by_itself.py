"""With `FULLHOUSE_OPTIMISE=act`, beside guests who book: what it does is tried, kept, or undone.

Time between phases passes as the test says. Statements are counted as they run, and take what the
planner reckons or what an index is said to cost: a busy machine changes neither.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import a_business

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.observability import build_recorder
from fullhouse.bootstrap.optimisation import WRITERS, optimisation_jobs
from fullhouse.bootstrap.schema import named_queries
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.ids import Ids
from fullhouse.observability import index_proposals, pool_tuner
from fullhouse.observability.optimisation_mode import OptimisationMode
from fullhouse.observability.optimisations import (
    Optimisation,
    Proposal,
    propose,
    recent_optimisations,
    steps_of,
)
from fullhouse.observability.pool_tuner import PoolTuner
from fullhouse.observability.query_plans import generic_plan
from fullhouse.settings import Settings
from fullhouse.storage import connection
from fullhouse.storage.database import open_database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.queries import NamedQueries, NamedQuery
from fullhouse.telemetry.metrics import MetricRegistry

pytestmark = pytest.mark.timeout(120)

DONE: Final = """
    SET LOCAL statement_timeout = 0;
    DROP INDEX effect_dead;
    INSERT INTO effect (org_id, key, kind, subject, status, due_at, ended_at, correlation_id,
        created_at)
    SELECT org_id, 'k' || n, 'message', org_id, 'completed', now(), now(), org_id, now()
    FROM organisation CROSS JOIN generate_series(1, 20000) AS n;
    ANALYZE effect
"""
HARM: Final = """
    CREATE FUNCTION slowly(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
        'BEGIN RETURN $1; END'
"""
HARMFUL: Final = "advised_booking_slow"
READ: Final = "jobs.dead_letters_of"
SECONDS_OF_COST: Final = 1e-5
SECONDS: Final = 0.001
"""Of each statement of which nothing else is said."""
LOCK_SECONDS_MAX: Final = 1
"""A booking that waits longer for a lock fails, and with it the test."""


@dataclass(slots=True)
class ShiftedClock:
    """The clocks of the system, set forward by the test."""

    shift: timedelta = timedelta(0)
    _system: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self._system.now() + self.shift

    def monotonic(self) -> float:
        return self._system.monotonic() + self.shift.total_seconds()


@dataclass(slots=True)
class ActingSite:
    """An installation that may act, its guests and its worker's two jobs."""

    api: ApiClient
    clock: ShiftedClock
    slot: SlotId
    seconds: dict[str, float]
    """What statements take, by their names."""
    booked: int = 0

    async def sql(self, statement: str) -> None:
        async with self.api.app.database.unrestricted.session() as session:
            await session.connection.execute(statement)

    async def book(self, count: int) -> None:
        for _ in range(count):
            await self.api.book(self.slot, party=1, name=f"Guest {self.booked}")
            self.booked += 1

    async def use(self, *, reads: int, bookings: int) -> None:
        """Staff look and guests book; then some minutes pass."""
        database = self.api.app.database
        async with database.unrestricted.transaction() as session:
            plan = await generic_plan(session, named_queries()[READ])
        self.seconds[READ] = plan.cost * SECONDS_OF_COST
        written = SECONDS * (2 if await self.has_index(HARMFUL) else 1)
        self.seconds |= dict.fromkeys(WRITERS, written)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.book(bookings))
            for _ in range(reads):
                answer = await self.api.get("/dead-letters", key=self.api.key)
                assert answer.status == 200
        await self.pass_minutes(2)

    async def pass_minutes(self, minutes: float) -> None:
        app = self.api.app
        await build_recorder(app.database, app.metrics, self.clock).write()
        self.clock.shift += timedelta(minutes=minutes)

    async def work(self) -> None:
        """The worker comes to both jobs while guests book."""
        for job in optimisation_jobs(self.api.app):
            running = asyncio.ensure_future(job.run())
            while not running.done():
                await self.book(1)
            await running

    async def found(self) -> Optimisation:
        async with self.api.app.database.unrestricted.session() as session:
            return (await recent_optimisations(session))[0]

    async def log(self) -> list[str]:
        async with self.api.app.database.unrestricted.session() as session:
            return [step.state for step in await steps_of(session, [await self.found()])]

    async def has_index(self, name: str) -> bool:
        async with self.api.app.database.unrestricted.session() as session:
            return bool(await session.connection.fetchval("SELECT to_regclass($1)", name))


@asynccontextmanager
async def an_acting_site(database_url: str, seconds: dict[str, float]) -> AsyncIterator[ActingSite]:
    clock = ShiftedClock()
    settings = Settings(
        database_url=database_url,
        optimise=OptimisationMode.ACT,
        writes_burst=100_000,
        reads_burst=100_000,
    )
    async with open_application(settings, database_url, name="test", clock=clock) as app:
        business = await a_business(app.database, clock, app.ids)
        api = await an_api_client(app, business)
        async with api.client:
            yield ActingSite(api, clock, await business.a_slot(capacity=10_000), seconds)


@pytest.fixture
async def site(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ActingSite]:
    monkeypatch.setattr(index_proposals, "ADVICE_SECONDS_MIN", 0.01)
    monkeypatch.setattr(connection, "LOCK_SECONDS_MAX", LOCK_SECONDS_MAX)
    seconds: dict[str, float] = {}
    counted = QueryMetrics.observe

    def observe(metrics: QueryMetrics, query: str, _: float, error: BaseException | None) -> None:
        counted(metrics, query, seconds.get(query, SECONDS), error)

    monkeypatch.setattr(QueryMetrics, "observe", observe)
    async with an_acting_site(database_url, seconds) as site:
        yield site


async def test_a_missing_index_is_tried_kept_and_logged_and_no_booking_waits(
    site: ActingSite,
) -> None:
    await site.sql(DONE)
    await site.use(reads=25, bookings=40)
    await site.work()
    found = await site.found()
    assert (found.state, found.subject) == ("measuring", "effect")
    assert READ in found.queries
    await site.pass_minutes(1)
    await site.use(reads=25, bookings=40)
    await site.pass_minutes(26)
    await site.work()
    kept = await site.found()
    assert kept.state == "kept", kept.note
    assert await site.has_index(kept.name)
    assert await site.log() == ["proposed", "building", "measuring", "kept"]


async def test_an_index_that_makes_bookings_slower_is_gone_after_minutes(site: ActingSite) -> None:
    await site.sql(HARM)
    made = Proposal(
        "index",
        HARMFUL,
        "booking",
        "Slow.",
        f"CREATE INDEX CONCURRENTLY {HARMFUL} ON booking (slowly(status))",
        f"DROP INDEX CONCURRENTLY IF EXISTS {HARMFUL}",
        [READ],
        {"cost": 1e9},
    )
    await site.use(reads=0, bookings=105)
    async with site.api.app.database.unrestricted.session() as session:
        now, made_id = site.clock.now(), site.api.app.ids.uuid()
        await propose(session, made, optimisation_id=made_id, now=now)
    _, trials = optimisation_jobs(site.api.app)
    await trials.run()
    assert (await site.found()).state == "measuring"
    await site.pass_minutes(1)
    await site.use(reads=0, bookings=105)
    await site.pass_minutes(5)
    await trials.run()
    found = await site.found()
    assert (found.state, found.note[:19]) == ("undone", "Undone: writes took")
    assert not await site.has_index(HARMFUL)
    assert await site.log() == ["proposed", "building", "measuring", "undoing", "undone"]


SLEEPS: Final = "SELECT pg_sleep(0.01)"
"""Of eight at a time by two connections and then by four, half of the time is waiting that goes."""
DISTURBS_OTHERS: Final = """
    SELECT pg_sleep(0.0015 * (SELECT count(*) * count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active'))
"""


@pytest.mark.parametrize(
    ("sql", "state", "size"), [(SLEEPS, "kept", 4), (DISTURBS_OTHERS, "undone", 2)]
)
async def test_a_pool_that_is_waited_for_grows_where_that_helps_and_not_where_it_does_not(
    database_url: str, ids: Ids, monkeypatch: pytest.MonkeyPatch, *, sql: str, state: str, size: int
) -> None:
    monkeypatch.setattr(pool_tuner, "POOL_LEASES_MIN", 20)
    queries = MetricRegistry().get(QueryMetrics)
    clock: Clock = SystemClock()
    busy = NamedQuery("test.busy", sql, (), "", Path())
    folder = Path(index_proposals.__file__).parent / "queries"
    own = NamedQueries.load({"observability": folder})
    database = await open_database(
        database_url,
        catalogue=NamedQueries({**{one.name: one for one in own}, busy.name: busy}),
        clock=clock,
        connections_max=16,
        observe=queries.observe,
    )
    database.resize(2)
    tuner = PoolTuner(database, queries, clock, ids, "web 1", 16)

    async def ask() -> None:
        for _ in range(4):
            async with database.unrestricted.session() as session:
                await session.execute(busy.name)

    async def window() -> None:
        queries.seconds.take()
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(ask())

    await window()  # connections are opened
    for _ in range(12):
        await window()
        await tuner.look()
    async with database.unrestricted.session() as session:
        found = await recent_optimisations(session)
    assert [(one.kind, one.state) for one in found] == [("pool", state)]
    assert database.statistics.permits == size
    await database.close()

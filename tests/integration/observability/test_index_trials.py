"""An index is built beside the running business, measured, and kept or dropped."""

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import Final

import asyncpg
import pytest

from fullhouse.bootstrap.observability import build_recorder
from fullhouse.bootstrap.schema import named_queries
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import Ids
from fullhouse.observability import index_builder
from fullhouse.observability.index_builder import IndexBuilder
from fullhouse.observability.index_trials import IndexTrials
from fullhouse.observability.optimisation_mode import OptimisationMode
from fullhouse.observability.optimisations import (
    Optimisation,
    OptimisationAct,
    Proposal,
    act_on,
    propose,
    recent_optimisations,
    steps_of,
)
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DatabaseBusy
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry

NAME: Final = "advised_effect_1"
QUERY: Final = "jobs.dead_letters"
WRITER: Final = "booking.ledger_commit"
HELPS: Final = "effect (org_id, created_at) WHERE status = 'dead'"
HELPS_NOT: Final = "effect (attempts)"


class Installation:
    """One on which indexes are tried by hand, minute by minute."""

    def __init__(self, database: Database, url: str, clock: ManualClock, ids: Ids) -> None:
        self.database, self.clock, self.ids = database, clock, ids
        self.metrics = MetricRegistry()
        self.name = NAME
        self.busy_day: date | None = None
        self.free: int | None = None
        self.connect = partial(connect, url, application_name="trial")

    def trials(self, mode: OptimisationMode = OptimisationMode.PROPOSE) -> IndexTrials:
        async def next_busy_day() -> date | None:
            return self.busy_day

        builder = IndexBuilder(
            self.database, self.connect, self.clock, next_busy_day, lambda: self.free
        )
        return IndexTrials(builder, named_queries(), mode, frozenset({WRITER}))

    async def propose(self, columns: str = HELPS, name: str = NAME) -> None:
        action = f"CREATE INDEX CONCURRENTLY {name} ON {columns}"
        undo = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
        made = Proposal("index", name, "effect", "Slow.", action, undo, [QUERY], {"cost": 1e6})
        async with self.database.unrestricted.session() as session:
            now = self.clock.now()
            assert await propose(session, made, optimisation_id=self.ids.uuid(), now=now)

    async def act(self, act: OptimisationAct) -> None:
        async with self.database.unrestricted.session() as session:
            await act_on(session, self.name, act, by="Ida", now=self.clock.now())

    async def use(self, minutes: int, *, read: float, write: float = 0.01) -> None:
        """Twenty statements a minute of each kind."""
        queries = self.metrics.get(QueryMetrics)
        for _ in range(minutes):
            for _ in range(20):
                queries.observe(QUERY, read, None)
                queries.observe(WRITER, write, None)
            self.clock.advance(timedelta(minutes=1))
            await build_recorder(self.database, self.metrics, self.clock).write()

    async def run(self, mode: OptimisationMode = OptimisationMode.PROPOSE) -> Optimisation:
        self.clock.advance(timedelta(seconds=1))
        await self.trials(mode).run()
        async with self.database.unrestricted.session() as session:
            return (await recent_optimisations(session))[0]

    async def states(self) -> list[str]:
        async with self.database.unrestricted.session() as session:
            found = await recent_optimisations(session)
            return [step.state for step in await steps_of(session, found)]

    async def has_index(self, name: str = NAME) -> bool:
        async with self.database.unrestricted.session() as session:
            return bool(await session.connection.fetchval("SELECT to_regclass($1)", name))


@pytest.fixture
def installation(
    database: Database, database_url: str, clock: ManualClock, ids: Ids
) -> Installation:
    return Installation(database, database_url, clock, ids)


async def test_a_good_index_is_kept_until_somebody_undoes_it(installation: Installation) -> None:
    await installation.propose()
    await installation.use(30, read=0.5)
    assert (await installation.run()).state == "proposed", "nobody has asked for it"
    await installation.act(OptimisationAct.APPLY)
    assert (await installation.run(OptimisationMode.OFF)).state == "approved"
    assert (await installation.run()).state == "measuring"
    assert await installation.has_index()
    await installation.use(20, read=0.1)
    assert (await installation.run()).state == "measuring"
    await installation.use(6, read=0.1)
    found = await installation.run()
    assert (found.state, found.note) == ("kept", "Kept: its statements take 80% less time.")
    assert found.before["read_seconds"] == pytest.approx(0.5, rel=0.01)
    assert found.after["read_seconds"] == pytest.approx(0.1, rel=0.01)
    assert await installation.has_index()
    await installation.act(OptimisationAct.UNDO)
    assert (await installation.run(OptimisationMode.OFF)).state == "undone"
    assert not await installation.has_index()
    assert await installation.states() == [
        "proposed",
        "approved",
        "building",
        "measuring",
        "kept",
        "undoing",
        "undone",
    ]


async def test_a_harmful_index_is_gone_within_35_minutes(installation: Installation) -> None:
    await installation.propose()
    await installation.use(60, read=0.5)
    began = installation.clock.now()
    assert (await installation.run(OptimisationMode.ACT)).state == "measuring"
    found = None
    while installation.clock.now() - began < timedelta(minutes=35):
        await installation.use(5, read=0.1, write=0.0107)
        found = await installation.run(OptimisationMode.ACT)
    assert found is not None
    assert (found.state, found.note[:19]) == ("undone", "Undone: writes took")
    assert not await installation.has_index()


async def test_what_the_planner_does_not_use_is_dropped_at_once(
    installation: Installation,
) -> None:
    await installation.propose(HELPS_NOT)
    async with installation.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE optimisation SET before = '{\"cost\": 1}'")
    found = await installation.run(OptimisationMode.ACT)
    assert (found.state, found.note) == ("undone", "Undone: PostgreSQL makes too little of it.")
    assert not await installation.has_index()


async def test_limits_let_it_wait(installation: Installation) -> None:
    today = installation.clock.now().date()
    await installation.propose()
    installation.busy_day = today + timedelta(days=1)
    found = await installation.run(OptimisationMode.ACT)
    assert found.state == "proposed"
    assert found.note.startswith("It waits: a busy day is near")
    installation.busy_day, installation.free = today + timedelta(days=2), 1_000
    assert "too large" in (await installation.run(OptimisationMode.ACT)).note
    installation.free = None
    assert (await installation.run(OptimisationMode.ACT)).state == "measuring"
    for number in (2, 3, 4):
        await installation.act(OptimisationAct.UNDO)
        await installation.run()
        await installation.propose(name=f"advised_effect_{number}")
        installation.name = f"advised_effect_{number}"
        found = await installation.run(OptimisationMode.ACT)
        assert found.state == ("measuring" if number < 4 else "proposed")
    assert found.note == "It waits: 3 were built in the last day."


async def test_what_fails_or_is_interrupted_leaves_nothing(installation: Installation) -> None:
    await installation.propose("effect (no_such_column)")
    assert (await installation.run(OptimisationMode.ACT)).state == "failed"
    installation.clock.advance(timedelta(minutes=5))
    await installation.propose(name="advised_effect_2")
    async with installation.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE optimisation SET state = 'building' WHERE ended_at IS NULL"
        )
        await session.connection.execute("CREATE INDEX advised_effect_2 ON effect (attempts)")
    found = await installation.run()
    assert (found.name, found.state) == ("advised_effect_2", "proposed")
    assert not await installation.has_index("advised_effect_2")


async def test_while_it_is_built_no_write_waits(
    installation: Installation, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that holds the table: building waits for it and gives up, writes go on."""
    monkeypatch.setattr(index_builder, "INDEX_LOCK_SECONDS_MAX", 1.0)
    await installation.propose("effect (attempts)")
    holding = await asyncpg.connect(database_url)
    transaction = holding.transaction()
    await transaction.start()
    await holding.execute("UPDATE effect SET attempts = 0")
    building = asyncio.create_task(installation.run(OptimisationMode.ACT))
    slowest = 0.0
    async with installation.database.unrestricted.session() as session:
        loop = asyncio.get_running_loop()
        while not building.done():
            began = loop.time()
            await session.connection.execute("UPDATE effect SET attempts = 0")
            slowest = max(slowest, loop.time() - began)
            await asyncio.sleep(0.01)
    with pytest.raises(DatabaseBusy):
        await building
    assert await installation.states() == ["proposed", "building"]
    assert await installation.has_index(), "it is not valid, and could not be dropped"
    await transaction.rollback()
    await holding.close()
    found = await installation.run()
    assert (found.state, found.note) == ("proposed", "It was interrupted while it was built.")
    assert not await installation.has_index()
    assert slowest < 1.0

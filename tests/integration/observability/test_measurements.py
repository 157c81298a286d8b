"""What processes measure becomes rows, which are merged and read without losing a duration."""

import asyncio
from datetime import datetime, timedelta

import pytest

from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.observability import WatchedProcess, build_recorder, watching
from fullhouse.bootstrap.schema import named_queries
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability import recorder as recorder_module
from fullhouse.observability.limits import KEPT_DAYS
from fullhouse.observability.measurements import durations_of, durations_over_time
from fullhouse.observability.recorder import MeasurementRecorder
from fullhouse.observability.slow_queries import explained, slow_queries
from fullhouse.observability.upkeep import ObservabilityUpkeep
from fullhouse.settings import Settings
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry

QUERY = "booking.slots_between"


class Process:
    """The measurements of one process."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.metrics = MetricRegistry()
        self.queries = self.metrics.get(QueryMetrics)
        self.recorder = build_recorder(database, self.metrics, clock)

    async def measure(self, *seconds: float) -> None:
        for each in seconds:
            self.queries.observe(QUERY, each, None)
        await self.recorder.write()


@pytest.fixture
def process(database: Database, clock: ManualClock) -> Process:
    return Process(database, clock)


async def _count(database: Database, since: datetime, until: datetime) -> int:
    async with database.session() as session:
        found = await durations_of(session, "query_seconds", since=since, until=until)
    return found[QUERY, "ok"].count if found else 0


async def _rows(database: Database) -> dict[int, int]:
    async with database.session() as session:
        rows = await session.connection.fetch(
            "SELECT period_seconds, count(*) FROM measurement GROUP BY 1 ORDER BY 1"
        )
    return {row[0]: row[1] for row in rows}


async def test_durations_of_all_processes_are_read_as_one_whatever_was_merged(
    process: Process, database: Database, clock: ManualClock
) -> None:
    other, began = Process(database, clock), clock.now()
    clock.advance(timedelta(seconds=20))
    await process.measure(*[0.010] * 94)
    await other.measure(0.2, 0.2, 0.2, 0.2, 0.3, 2.0)
    upkeep = ObservabilityUpkeep(database, clock)
    for waited in (timedelta(), timedelta(minutes=3), timedelta(hours=3), timedelta(days=2)):
        clock.advance(waited)
        await upkeep.merge()
        async with database.session() as session:
            found = await durations_of(
                session, "query_seconds", since=began, until=clock.now() + timedelta(seconds=1)
            )
        sketch = found[QUERY, "ok"]
        assert sketch.count == 100
        assert sketch.seconds == pytest.approx(94 * 0.01 + 3.1)
        assert sketch.quantile(0.5) == pytest.approx(0.010, rel=0.01)
        assert sketch.quantile(0.98) == pytest.approx(0.2, rel=0.01)
        assert sketch.quantile(1.0) == pytest.approx(2.0, rel=0.01)
    assert await _rows(database) == {10: 2, 60: 1, 3600: 1, 86400: 1}


async def test_what_comes_late_is_merged_later_and_counted_once(
    process: Process, database: Database, clock: ManualClock
) -> None:
    began, late = clock.now(), ManualClock(clock.now() + timedelta(seconds=20))
    clock.advance(timedelta(seconds=20))
    await process.measure(0.1)
    upkeep = ObservabilityUpkeep(database, clock)
    clock.advance(timedelta(hours=2))
    await upkeep.merge()
    await Process(database, late).measure(0.1)
    assert await _count(database, began, clock.now()) == 2
    await upkeep.merge()
    await upkeep.merge()
    assert await _count(database, began, clock.now()) == 2
    assert await _rows(database) == {10: 2, 60: 2, 3600: 2}


async def test_a_chart_has_each_duration_in_its_step(
    process: Process, database: Database, clock: ManualClock
) -> None:
    began = clock.now()
    for seconds in (0.1, 0.2, 0.4):
        clock.advance(timedelta(minutes=20))
        await process.measure(seconds)
    async with database.session() as session:
        points = await durations_over_time(
            session,
            "query_seconds",
            since=began,
            until=began + timedelta(hours=10),
            step_seconds=180,
        )
    asked = [point for point in points if point.labels == (QUERY, "ok")]
    assert [point.at - began for point in asked] == [
        timedelta(minutes=minutes) for minutes in (18, 39, 57)
    ]
    assert [point.sketch.quantile(0.95) for point in asked] == [
        pytest.approx(seconds, rel=0.01) for seconds in (0.1, 0.2, 0.4)
    ]


async def test_old_periods_are_forgotten_and_the_longer_ones_still_tell(
    process: Process, database: Database, clock: ManualClock
) -> None:
    began, upkeep = clock.now(), ObservabilityUpkeep(database, clock)
    clock.advance(timedelta(seconds=20))
    await process.measure(0.1)
    await upkeep.prune()
    assert await _rows(database) == {10: 1}
    clock.advance(timedelta(days=KEPT_DAYS[1] + 2))
    await upkeep.prune()
    assert await _rows(database) == {10: 1}, "nothing goes that is not merged"
    await upkeep.merge()
    await upkeep.prune()
    assert await _rows(database) == {3600: 1, 86400: 1}
    assert await _count(database, began, clock.now()) == 1
    clock.advance(timedelta(days=KEPT_DAYS[-1]))
    await upkeep.prune()
    assert await _rows(database) == {}


async def test_what_could_not_be_written_is_written_with_the_next(
    process: Process, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()
    clock.advance(timedelta(seconds=20))
    with monkeypatch.context() as patch:
        patch.setattr(Database, "session", _refuse)
        with pytest.raises(DatabaseUnavailable):
            await process.measure(0.1)
    await process.measure(0.1)
    await process.measure()
    assert await _count(database, began, clock.now()) == 2


def _refuse(_self: Database, **_options: object) -> None:
    raise DatabaseUnavailable


async def test_more_series_than_the_bound_are_not_kept(
    process: Process, database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "MEASURED_SERIES_MAX", 1)
    began = clock.now()
    clock.advance(timedelta(seconds=20))
    await process.measure(0.1)
    process.queries.observe("booking.other", 0.1, None)
    await process.measure(0.1)
    assert await _count(database, began, clock.now()) == 2
    assert await _rows(database) == {10: 2}


async def test_a_slow_statement_is_kept_with_its_plan_once_an_hour(
    process: Process, database: Database, clock: ManualClock
) -> None:
    for seconds in (0.49, 0.5, 1.5):
        await process.measure(seconds)
    process.queries.observe("ledger.commit", 0.7, DatabaseUnavailable())
    await process.measure()
    clock.advance(timedelta(hours=1))
    await process.measure(0.8)
    async with database.session() as session:
        found = await slow_queries(session)
    assert [(row.query, row.seconds, row.outcome) for row in found] == [
        (QUERY, 0.8, "ok"),
        ("ledger.commit", 0.7, "database_unavailable"),
        (QUERY, 1.5, "ok"),
        (QUERY, 0.5, "ok"),
    ]
    assert ["Scan" in row.plan for row in found] == [True, False, False, True]


@pytest.mark.on_both_servers
async def test_every_statement_can_be_explained_without_its_parameters(database: Database) -> None:
    plans = {
        named.name: await explained(database, named.sql, len(named.parameters))
        for named in named_queries()
    }
    assert [name for name, plan in plans.items() if "cost=" not in plan] == []


async def test_a_process_writes_what_it_has_measured_when_it_stops(
    database: Database, database_url: str, clock: ManualClock
) -> None:
    async with (
        open_application(Settings(), database_url, name="test", clock=clock) as app,
        watching(app, WatchedProcess("web")),
    ):
        async with app.database.session() as session:
            await session.fetch_value("resilience.database_identity", str)
        clock.advance(timedelta(seconds=20))
    async with database.session() as session:
        found = await durations_of(
            session, "query_seconds", since=clock.now() - timedelta(minutes=5), until=clock.now()
        )
    assert found["resilience.database_identity", "ok"].count == 1


async def test_nothing_that_goes_wrong_with_it_ends_the_process(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = asyncio.Event()

    async def fail(_self: MeasurementRecorder) -> None:
        written.set()
        raise ZeroDivisionError

    monkeypatch.setattr(recorder_module, "MEASURED_SECONDS", 0.01)
    monkeypatch.setattr(MeasurementRecorder, "write", fail)
    running = asyncio.create_task(process.recorder.run())
    await written.wait()
    process.recorder.stop()
    await running
    assert running.exception() is None

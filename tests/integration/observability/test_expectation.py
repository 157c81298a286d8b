"""Bookings a minute are counted, and compared with what is usual at that hour of the week."""

import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fullhouse.bootstrap.observability import build_recorder, is_booked
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.kernel.clock import ManualClock
from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.gauge_watch import GaugeWatch, SeenAnyway
from fullhouse.observability.gauges import (
    HOUR,
    MINUTE,
    TEN_MINUTES,
    GaugeName,
    Sighting,
    gauge_values,
    observe,
)
from fullhouse.observability.limits import GAUGE_MINUTES_KEPT_DAYS
from fullhouse.observability.model import HealthReport, Measurement
from fullhouse.observability.request_hour import BookingRoutes, RequestHourReader
from fullhouse.observability.signals import Requests
from fullhouse.observability.system_health import SystemHealth
from fullhouse.observability.unusual import UnusualWatch
from fullhouse.observability.upkeep import ObservabilityUpkeep
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import MetricRegistry

SATURDAY = datetime(2027, 6, 12, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


async def test_hour_of_bookings_stands_beside_what_is_usual(
    database: Database, clock: ManualClock
) -> None:
    opening = SATURDAY + timedelta(hours=10)
    clock.advance(opening + timedelta(minutes=59) - clock.now())
    routes = BookingRoutes(lambda *_: False, lambda _: False)
    reader = RequestHourReader(database, clock, routes)
    assert (await reader.read()).usual == (), "nothing was seen yet"
    async with database.session() as session:
        for hour in range(-5 * 168, 11):
            at = SATURDAY + timedelta(hours=hour)
            bookings = 40.0 if at.hour == 10 and at.weekday() == 5 else 4.0
            # What is shown is not learnt from
            seen = 4_000.0 if at == opening else bookings
            await observe(session, [Sighting(GaugeName.BOOKINGS, seen)], at=at)
    assert (await reader.read()).usual == (), "it is learnt once an hour"
    clock.advance(2 * A_MINUTE)
    shown = await RequestHourReader(database, clock, routes).read()
    assert [one.at for one in shown.usual] == [one.at for one in shown.minutes]
    at_opening, after = shown.usual[0], shown.usual[-1]
    assert 20 < at_opening.value <= 40
    assert 2 < at_opening.low < at_opening.value < at_opening.high < 100
    assert after.at == opening + timedelta(hours=1, minutes=1)
    assert 0 <= after.low < 4 < after.high < 20


async def test_each_minute_is_looked_at_once_and_kept_by_minute_and_hour(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    await _measure_requests(database, clock)
    clock.advance(A_MINUTE)
    watch, sketch = GaugeWatch(is_booked), QuantileSketch()
    for _ in range(20):
        sketch.add(0.2)
    machine = HealthReport(await SystemHealth(tmp_path).measure())
    seen = SeenAnyway(Requests(sketch, 0), 7.0, machine)
    first, most = clock.now(), {}
    async with database.session() as session:
        looked = []
        for _ in range(4):
            looked.append(await watch.look(session, clock.now(), seen))
            clock.advance(timedelta(seconds=30))
        assert looked == [True, True, False, True], "a minute is over when all have written it"
        until = clock.now() + A_MINUTE
        for name in set(GaugeName) - {GaugeName.MEMORY_OF_PROCESS, GaugeName.WEB_MACHINE}:
            since = first - 3 * A_MINUTE
            minutes = await gauge_values(
                session, name, since=since, until=until, period_seconds=MINUTE
            )
            hours = await gauge_values(session, name, since=first - timedelta(hours=2), until=until)
            assert len(minutes) == 3, name
            assert len(hours) == 1, name
            assert bool(hours[0].subject) == (name in {GaugeName.DISK_FREE, GaugeName.MEMORY_FREE})
            most[name] = hours[0].most
    assert most[GaugeName.REQUESTS] == 3
    assert most[GaugeName.ERRORS] == most[GaugeName.BOOKINGS] == 1
    assert most[GaugeName.QUEUE_AGE] == 7
    clock.advance(timedelta(days=GAUGE_MINUTES_KEPT_DAYS))
    await ObservabilityUpkeep(database, clock).prune()
    async with database.session() as session:
        periods = await session.connection.fetch("SELECT DISTINCT period_seconds FROM gauge")
    assert sorted(row[0] for row in periods) == [TEN_MINUTES, HOUR]


async def _measure_requests(database: Database, clock: ManualClock) -> None:
    metrics = MetricRegistry()
    for route, status in (("/api/v1/{org}/bookings", 201), ("/{org}", 200), ("/{org}", 500)):
        metrics.get(RequestMetrics).observe(method="POST", route=route, status=status, seconds=0.1)
    clock.advance(4 * A_MINUTE)
    await build_recorder(database, metrics, clock).write()


async def test_what_will_run_out_is_found_in_the_rows_and_forgotten_when_averted(
    database: Database, clock: ManualClock
) -> None:
    gib, watch = 1024**3, GaugeWatch(is_booked)

    def with_disk(free: int) -> SeenAnyway:
        machine = HealthReport((Measurement("disk_free", free, "B"),))
        return SeenAnyway(Requests(QuantileSketch(), 0), 0.0, machine)

    async with database.session() as session:
        for hour in range(96, 0, -1):
            free = 9.5 * gib + hour * gib / 8
            at = clock.now() - timedelta(hours=hour)
            disk = Sighting(GaugeName.DISK_FREE, free, platform.node())
            await observe(session, [disk], at=at)
        await watch.look(session, clock.now(), with_disk(9 * gib))
        assert [one.text for one in watch.trends] == [
            f"The disk of {platform.node()} is full in about 3 days."
        ]
        clock.advance(timedelta(minutes=10))
        await watch.look(session, clock.now(), with_disk(30 * gib))
        assert watch.trends == []


async def test_what_is_unusual_is_learnt_from_the_rows_and_over_an_hour_later(
    database: Database, clock: ManualClock
) -> None:
    watch = UnusualWatch()
    async with database.session() as session:
        # As if somebody had watched for three weeks: 100 bookings a minute by day, 1 at night
        await session.connection.execute(
            "INSERT INTO gauge SELECT $1, '', 600, at, 1, v, v, v FROM ("
            " SELECT at, CASE WHEN extract(hour FROM at) BETWEEN 7 AND 18 THEN 100 + n % 7"
            "     ELSE 1 END AS v"
            " FROM generate_series(1, 3024) AS n, "
            " LATERAL (SELECT $2::timestamptz - n * interval '10 min' AS at)"
            " ) AS seen",
            GaugeName.BOOKINGS,
            clock.now(),
        )
        await watch.look(session, clock.now())
        assert watch.findings == []
        for bookings in (2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0):
            await observe(session, [Sighting(GaugeName.BOOKINGS, bookings)], at=clock.now())
            clock.advance(timedelta(minutes=10))
        await watch.look(session, clock.now())
        (found,) = watch.findings
        assert found.subject == GaugeName.BOOKINGS
        assert found.text.startswith("Unusually few bookings: 0.0 a minute, where 10")
        clock.advance(timedelta(minutes=50))
        await watch.look(session, clock.now())
        assert len(watch.findings) == 1
        clock.advance(timedelta(minutes=20))
        await watch.look(session, clock.now())
        assert watch.findings == []

"""What the rules of alerts look at is what stands in the rows of all processes."""

from datetime import timedelta
from math import inf
from pathlib import Path

from fullhouse.bootstrap.observability import BOOKING_ROUTES, build_recorder, is_booked
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability.alert_signals import SignalReader
from fullhouse.observability.gauge_watch import GaugeWatch
from fullhouse.observability.system_health import SystemHealth
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import MetricRegistry


async def test_signals_are_read_from_what_was_measured_and_from_rows(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    metrics = MetricRegistry()
    requests = metrics.get(RequestMetrics)
    for route in BOOKING_ROUTES:
        for status in (201, 409, 503):
            requests.observe(method="POST", route=route, status=status, seconds=0.1)
        requests.observe(method="GET", route=route, status=500, seconds=0.1)
    clock.advance(timedelta(seconds=20))
    await build_recorder(database, metrics, clock).write()
    reader = SignalReader(
        database,
        clock,
        SystemHealth(tmp_path),
        lambda method, route: method == "POST" and route in BOOKING_ROUTES,
        GaugeWatch(is_booked),
    )
    clock.advance(timedelta(seconds=20))
    signals = await reader.read()
    recent = signals.bookings[300]
    assert (recent.sketch.count, recent.failed) == (12, 4)
    assert signals.bookings[3_600].sketch.count == 12
    assert signals.requests_failed == 8
    assert (signals.dead_letters, signals.inconsistencies, signals.mode_seconds) == (0, 0, inf)
    assert signals.open_circuits == {}
    clock.advance(timedelta(minutes=6))
    signals = await reader.read()
    assert signals.bookings[300].sketch.count == 0
    assert signals.bookings[3_600].sketch.count == 12


async def test_it_is_known_since_when_bookings_were_not_refused_by_choice(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async def seconds_with(mode: str, ends_in: timedelta | None) -> float:
        async with database.session() as session:
            await session.connection.execute("DELETE FROM operating_mode")
            await session.connection.execute(
                "INSERT INTO operating_mode (mode, reason, ends_at, changed_at)"
                " VALUES ($1, 'x', now() + $2::interval, now() - interval '2 hours')",
                mode,
                ends_in,
            )
        return (await reader.read()).mode_seconds

    gauges = GaugeWatch(is_booked)
    machine = SystemHealth(tmp_path)
    reader = SignalReader(database, clock, machine, lambda _method, _route: False, gauges)
    hour, over = timedelta(hours=1), timedelta(minutes=-1)
    assert await seconds_with("maintenance", None) == 0
    assert await seconds_with("read-only", hour) == 0
    assert 60 <= await seconds_with("read-only", over) < 120
    assert 7_200 <= await seconds_with("essential", hour) < 7_260
    assert 7_200 <= await seconds_with("full", None) < 7_260

"""What the rules of alerts look at is what stands in the rows of all processes."""

from datetime import timedelta
from math import inf
from pathlib import Path

import pytest

from fullhouse.bootstrap.checks.watched import watched_checks
from fullhouse.bootstrap.observability import BOOKING_ROUTES, build_recorder, is_booked
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.jobs.metrics import JobMetrics
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.kernel.errors import NotFound
from fullhouse.observability.alert_signals import SignalReader
from fullhouse.observability.gauge_watch import GaugeWatch
from fullhouse.observability.metrics import CheckMetrics, MachineMetrics
from fullhouse.observability.objectives import CLOCK_SECONDS
from fullhouse.observability.signals import InstallationChecks, Tally
from fullhouse.observability.system_health import SystemHealth
from fullhouse.people.metrics import SignInMetrics
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.settings import Settings
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DatabaseBusy, DatabaseFull
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry


async def test_signals_are_read_from_what_was_measured_and_from_rows(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    metrics = MetricRegistry()
    requests = metrics.get(RequestMetrics)
    for route in BOOKING_ROUTES.routes:
        for status in (201, 409, 503):
            requests.observe(method="POST", route=route, status=status, seconds=0.1)
        requests.observe(method="GET", route=route, status=500, seconds=0.1)
    clock.advance(timedelta(seconds=20))
    await build_recorder(database, metrics, clock).write()
    reader = SignalReader(
        database,
        clock,
        SystemHealth(tmp_path),
        BOOKING_ROUTES.match,
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
    assert signals.grown_processes == {}
    async with database.session() as session:
        await session.connection.execute(
            "INSERT INTO memory_growth (found_at, process, used, grown, is_replaced)"
            " VALUES ($1, 'web 7 on barn', 500, '[]', true)",
            clock.now(),
        )
    assert (await reader.read()).grown_processes == {"web 7 on barn": 500}
    clock.advance(timedelta(minutes=6))
    signals = await reader.read()
    assert signals.bookings[300].sketch.count == 0
    assert signals.bookings[3_600].sketch.count == 12


async def test_what_fails_is_counted_by_what_it_means(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    metrics = MetricRegistry()
    caches, jobs = metrics.get(CacheMetrics), metrics.get(JobMetrics)
    queries, sign_ins = metrics.get(QueryMetrics), metrics.get(SignInMetrics)
    for outcome, count in {"hit": 6, "miss": 2, "error": 1, "stale": 1, "shared_hit": 9}.items():
        caches.count("days", outcome, count)
    for kind in ("mail", "other"):
        for outcome in ("completed", "completed", "rescheduled", "dead", "postponed"):
            jobs.outcomes.labels(kind, outcome).inc()
    for error in (None, DatabaseBusy(), DatabaseFull(), ValueError(), NotFound()):
        queries.observe("part.query", 0.01, error)
    for refused in ("wrong", "locked", "signed_in", "busy"):
        sign_ins.ended(refused)
    reader = SignalReader(
        database,
        clock,
        SystemHealth(tmp_path),
        BOOKING_ROUTES.match,
        GaugeWatch(is_booked),
        ["mail"],
    )
    recorder = build_recorder(database, metrics, clock)
    clock.advance(timedelta(seconds=20))
    await recorder.write()
    signals = await reader.read()
    assert signals.caches == {"days": Tally(10, 3)}
    assert signals.deliveries == {"mail": Tally(4, 2)}
    assert (signals.statements_failed, signals.statements_busy) == (2, 1)
    assert signals.sign_ins_refused == 2
    caches.count("days", "miss")
    clock.advance(timedelta(seconds=20))
    await recorder.write()
    assert (await reader.read()).caches == {"days": Tally(11, 4)}, "what was counted is taken once"
    clock.advance(timedelta(minutes=6))
    signals = await reader.read()
    assert (signals.caches, signals.statements_failed) == ({}, 0)


async def test_what_changes_in_days_is_looked_at_every_hour_and_hides_nothing_else(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    found = [
        InstallationChecks(certificate_days=5),
        InstallationChecks(certificate_days=80, is_busy_day=True),
    ]

    async def check() -> InstallationChecks:
        return found.pop(0)

    reader = SignalReader(
        database,
        clock,
        SystemHealth(tmp_path),
        BOOKING_ROUTES.match,
        GaugeWatch(is_booked),
        check=check,
    )
    for minutes, days in ((0, 5), (59, 5), (1, 80), (60, 80)):
        clock.advance(timedelta(minutes=minutes))
        signals = await reader.read()
        assert signals.checks.certificate_days == days
        assert (60 in signals.bookings) is (days == 80), "of a busy day each minute is judged"
    assert not found, "the last look failed, and what was known stays"


async def test_clock_and_archived_logs_are_read_from_the_database(database: Database) -> None:
    clock = SystemClock()
    ahead = ManualClock(clock.now() + timedelta(minutes=2))
    metrics = MetricRegistry()
    shown = metrics.get(CheckMetrics)
    checks = await watched_checks(Settings(), database, clock, metrics=shown)
    assert (checks.certificate_days, checks.backup_days) == (None, None)
    assert checks.clock_seconds is not None
    assert not CLOCK_SECONDS.severity(checks.clock_seconds)
    assert metrics.registry.get_sample_value("fullhouse_certificate_days") == -1
    assert metrics.registry.get_sample_value("fullhouse_backup_age_days") == -1
    checks = await watched_checks(Settings(), database, ahead, metrics=shown)
    assert checks.clock_seconds is not None
    assert CLOCK_SECONDS.severity(checks.clock_seconds) == "critical"
    difference = metrics.registry.get_sample_value("fullhouse_clock_difference_seconds")
    assert difference == checks.clock_seconds


async def test_the_machine_is_published_as_it_is_measured(tmp_path: Path) -> None:
    metrics = MetricRegistry()
    machine = SystemHealth(tmp_path, metrics=metrics.get(MachineMetrics))
    await machine.measure()
    measured = {one.name: one.value for one in await machine.measure()}
    value = metrics.registry.get_sample_value
    assert value("fullhouse_machine_memory_bytes") == measured["memory_total"]
    assert value("fullhouse_machine_disk_bytes") == measured["disk_total"]
    assert value("fullhouse_machine_processors") == measured["processors"]
    assert value("fullhouse_process_memory_bytes") == measured["memory_of_process"]
    taken = value("fullhouse_process_processor_seconds_total")
    assert taken == pytest.approx(measured["processor_seconds"], abs=0.1)


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

"""A month is read from rows of requests, gauges and alerts, right at its ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fullhouse.bootstrap.observability import BOOKING_ROUTES, ROUTES_OF, build_recorder
from fullhouse.entrypoints.cli.service_level import format_level
from fullhouse.entrypoints.web.service_level_presenter import ServiceLevelPresenter
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import INSTALLATION, derived_id
from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.gauges import GaugeName
from fullhouse.observability.service_level import ServiceLevel, month_named, rows_of
from fullhouse.observability.service_level_report import service_level
from fullhouse.observability.upkeep import ObservabilityUpkeep
from fullhouse.resilience.events import OPERATING_MODE
from fullhouse.resilience.metrics import ModeMetrics
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import MetricRegistry

ROUTE = min(BOOKING_ROUTES.routes)
BEGAN = datetime(2026, 10, 31, 20, 40, tzinfo=UTC)


class Months:
    """An installation that was set up on the last evening of October."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def request(self, at: datetime, *, count: int, status: int, seconds: float) -> None:
        """So many attempts to book ended then."""
        metrics = MetricRegistry()
        for _ in range(count):
            metrics.get(RequestMetrics).observe(
                method="POST", route=ROUTE, status=status, seconds=seconds
            )
        clock = ManualClock(at + timedelta(seconds=10))
        await build_recorder(self.database, metrics, clock).write()

    async def refuse(self, at: datetime, *, count: int) -> None:
        """So many attempts to book were told to come back, as an operator had announced."""
        metrics = MetricRegistry()
        metrics.get(ModeMetrics).refused.labels("POST", ROUTE).inc(count)
        metrics.get(ModeMetrics).refused.labels("POST", "/elsewhere").inc(count)
        clock = ManualClock(at + timedelta(seconds=10))
        await build_recorder(self.database, metrics, clock).write()
        await self.request(at, count=count, status=503, seconds=0.1)

    async def watch(self, *, until: datetime) -> None:
        async with self.database.unrestricted.session() as session:
            await session.connection.execute(
                "INSERT INTO gauge (name, subject, period_seconds, starts_at, observed, total,"
                " least, most) SELECT $1, '', 3600, at, 60, 60, 1, 1"
                " FROM generate_series($2::timestamptz, $3::timestamptz, interval '1 hour') AS at",
                GaugeName.REQUESTS,
                BEGAN.replace(minute=0),
                until - timedelta(seconds=1),
            )

    async def fire(self, rule: str, since: datetime, minutes: int) -> None:
        async with self.database.unrestricted.session() as session:
            await session.connection.execute(
                "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at,"
                " resolved_at) VALUES (gen_random_uuid(), $1, '', 'critical', 'It was down.',"
                " $2::timestamptz, $2::timestamptz + make_interval(mins => $3 + 1))",
                rule,
                since,
                minutes,
            )

    async def announce(self, at: datetime, mode: str, seconds: float | None = None) -> None:
        """An operator set the mode then."""
        data = {"mode": mode, "reason": "New disks", "seconds": seconds}
        async with self.database.unrestricted.session() as session:
            await session.connection.execute(
                "INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)"
                " VALUES ($1, 'OperatingModeChanged', $2, $3, 'operator', $1, $4)",
                INSTALLATION,
                derived_id(OPERATING_MODE, str(INSTALLATION)),
                data,
                at,
            )

    async def level(self, month: str, now: datetime) -> ServiceLevel:
        async with self.database.unrestricted.session() as session:
            return await service_level(session, month_named(month), ROUTES_OF, now=now)


@pytest.fixture
def months(database: Database) -> Months:
    return Months(database)


def values(level: ServiceLevel) -> dict[str, float | None]:
    return {each.objective.name: each.value for each in level.results}


async def test_months_are_told_apart_at_their_ends_whatever_was_merged(months: Months) -> None:
    december = datetime(2026, 12, 1, tzinfo=UTC)
    now = december + timedelta(days=2, minutes=40)
    await months.watch(until=now)
    await months.request(BEGAN + timedelta(hours=1), count=9, status=503, seconds=0.1)
    await months.request(december - timedelta(seconds=20), count=199, status=201, seconds=0.1)
    await months.request(december - timedelta(seconds=20), count=1, status=503, seconds=0.1)
    await months.request(december, count=50, status=201, seconds=0.4)
    await months.fire("database-down", december - timedelta(minutes=15), 36)
    await months.fire("jobs-failed", december - timedelta(hours=2), 30)
    for _ in range(2):
        october, november = await months.level("2026-10", now), await months.level("2026-11", now)
        current = await months.level("2026-12", now)
        assert (october.attempts, october.attempts_failed, october.minutes) == (9, 9, 180)
        assert (november.attempts, november.attempts_failed) == (200, 1)
        assert november.minutes == 30 * 24 * 60
        assert [(each.reason, each.minutes) for each in november.lost] == [("database-down", 15)]
        assert values(november)["uptime"] == 1 - 15 / (30 * 24 * 60)
        assert values(november)["booking-success"] == 1 - 1 / 200
        assert values(november)["booking-p95"] == pytest.approx(0.1, rel=0.01)
        assert values(november)["admin-p95"] is None
        assert [(each.rule, each.minutes) for each in november.alerts] == [
            ("jobs-failed", 30),
            ("database-down", 15),
        ]
        assert (current.attempts, current.minutes_lost, current.is_over) == (50, 21, False)
        assert values(current)["booking-p95"] == pytest.approx(0.4, rel=0.01)
        await ObservabilityUpkeep(months.database, ManualClock(now)).merge()
    november = await months.level("2026-11", now)
    table = rows_of(november)
    assert ["2026-11", "lost", "database-down", "2026-11-30T23:45Z", "15.0"] in [
        list(row[:5]) for row in table
    ]
    text = format_level(november)
    assert "Minutes lost: 15 of 43200" in text
    assert "MISSED" in text


async def test_announced_maintenance_is_told_apart_and_held_against_nobody(
    months: Months,
) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    began = datetime(2026, 11, 10, 10, 30, tzinfo=UTC)
    await months.watch(until=now)
    await months.announce(began, "maintenance", 1_800)
    await months.fire("database-down", began + timedelta(minutes=10), 40)
    await months.refuse(began + timedelta(minutes=5), count=7)
    for minutes, status, count in ((6, 500, 1), (-5, 201, 99), (-5, 503, 1)):
        at = began + timedelta(minutes=minutes)
        await months.request(at, count=count, status=status, seconds=0.1)
    level = await months.level("2026-11", now)
    for _ in range(2):
        assert (level.attempts, level.attempts_failed) == (101, 2), (
            "an overload five minutes before is not announced"
        )
        assert (level.minutes_planned, level.minutes_lost) == (30, 20)
        assert values(level)["uptime"] == 1 - 20 / (30 * 24 * 60 - 30)
        await ObservabilityUpkeep(months.database, ManualClock(now)).merge()
        level = await months.level("2026-11", now)
    planned = ["2026-11", "planned", "maintenance", "2026-11-10T10:30Z", "30.0"]
    assert planned in [list(row[:5]) for row in rows_of(level)]
    assert "Minutes planned, not held against it: 30" in format_level(level)
    view = ServiceLevelPresenter(utc_english(), level, now).view()
    assert view.planned_sentence == "This leaves out 30 minutes that were announced."
    assert [(each.minutes, each.why) for each in view.planned] == [("30", "New disks")]


async def test_of_months_without_data_nothing_is_said(months: Months) -> None:
    now = datetime(2026, 12, 3, tzinfo=UTC)
    empty = await months.level("2026-11", now)
    assert (empty.minutes, empty.requests, empty.lost) == (0, 0, [])
    assert format_level(empty) == "  Nothing is known of 2026-11."
    await months.watch(until=now)
    for month in ("2026-09", "2027-01"):
        level = await months.level(month, now)
        assert (level.minutes, level.lost, values(level)["uptime"]) == (0, [], None)
    assert empty.month == date(2026, 11, 1)

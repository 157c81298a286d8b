"""What is a busy day: the operator's machinery leaves it alone, and alerts are told sooner."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.builders.business import Business

from fullhouse.booking.reads.sales import next_busy_day
from fullhouse.bootstrap.checks.watched import watched_checks
from fullhouse.kernel.clock import ManualClock
from fullhouse.observability.metrics import CheckMetrics
from fullhouse.settings import Settings
from fullhouse.storage.database import Database
from fullhouse.telemetry.metrics import MetricRegistry

TODAY = date(2027, 6, 12)


@pytest.mark.parametrize(
    ("places", "ahead", "is_busy"),
    [(400, 1, True), (400, -1, True), (400, -2, False), (400, 8, False), (199, 1, False)],
)
async def test_a_day_is_busy_with_twice_the_places_of_a_usual_one(
    business: Business, database: Database, places: int, ahead: int, *, is_busy: bool
) -> None:
    day = TODAY + timedelta(days=ahead)
    async with database.unrestricted.session() as session:
        await session.connection.executemany(
            "INSERT INTO sales_day VALUES ($1, $2, gen_random_uuid(), $2, 1, $3, 0, 0)",
            [
                *((business.org_id, TODAY - timedelta(days=each), 40) for each in range(3, 20)),
                (business.org_id, day, places),
            ],
        )
        found = await next_busy_day(session, today=TODAY)
    assert found == (day if is_busy else None)
    metrics = MetricRegistry()
    clock = ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))
    checks = await watched_checks(Settings(), database, clock, metrics=metrics.get(CheckMetrics))
    assert checks.is_busy_day is is_busy
    assert metrics.registry.get_sample_value("fullhouse_busy_day") == is_busy

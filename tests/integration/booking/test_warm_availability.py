"""The next days of offerings in demand are in memory before a guest asks."""

from datetime import timedelta

from tests.builders.business import Business

from fullhouse.booking.availability.shared_days import CACHE_NAME
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.optimisation import build_cache_warming
from fullhouse.observability.gauges import GaugeName, Sighting, observe


def counted(app: Application, outcome: str) -> float:
    """How many days memory was asked for, with this outcome."""
    labels = {"cache": CACHE_NAME, "outcome": outcome}
    return app.metrics.registry.get_sample_value("fullhouse_cache_lookups_total", labels) or 0.0


async def test_days_of_what_sells_are_read_before_they_are_asked_for(
    app: Application, business: Business
) -> None:
    warming = build_cache_warming(app)
    await business.slots(3)
    assert await warming.warm() == 0, "nothing has sold"
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO sales_day VALUES ($1, $3, $2, $3, 1, 2, 0, 0),"
            " ($1, $3, gen_random_uuid(), $3, 9, 9, 0, 0)",
            business.org_id,
            business.offering.offering_id,
            app.clock.now().date(),
        )
    assert await warming.warm() == 1, "an offering that there is no more is passed over"
    missed = counted(app, "miss")
    now = app.clock.now()
    found = await app.availability.between(business.offering, now, now + timedelta(days=10))
    assert found.slots
    assert counted(app, "hit") >= 10
    assert counted(app, "miss") == missed


async def test_busy_hours_are_learnt_from_the_weeks_before(app: Application) -> None:
    warming = build_cache_warming(app)
    now = app.clock.now()
    assert not await warming.is_busy(now)
    async with app.database.unrestricted.session() as session:
        for back in range(24 * 7 * 2):
            at = now - timedelta(hours=back)
            requests = 500.0 if at.hour == 18 else 100.0
            await observe(session, [Sighting(GaugeName.REQUESTS, requests)], at=at)
    busy = [hour for hour in range(24) if await warming.is_busy(now.replace(hour=hour))]
    assert busy == [18]

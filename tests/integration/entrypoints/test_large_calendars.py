"""Pages of an offering with thousands of slots leave the event loop to others."""

import asyncio
from datetime import date
from zoneinfo import ZoneInfo

from tests.builders.business import Business

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.limits import CALENDAR_SLOTS_PER_TURN
from fullhouse.entrypoints.web.pages.offering_loader import OfferingContext, OfferingPageLoader
from fullhouse.localisation.formatter import formatter_for

MONTHS = (date(2027, 6, 1), date(2028, 4, 1))
"""The month of the test's today, and one without slots."""


async def test_one_large_calendar_is_begun_in_a_turn_and_small_ones_pass(
    app: Application, business: Business
) -> None:
    await business.slots(CALENDAR_SLOTS_PER_TURN + 100, minutes=30)
    loader = OfferingPageLoader(app.catalogue, app.availability, app.clock)
    offering = business.offering
    venue = await app.catalogue.venue(offering.org_id, offering.venue_id)
    context = OfferingContext(offering, venue, formatter_for("en", ZoneInfo(venue.zone)))
    begun = list[str]()

    async def begin(name: str, month: date) -> None:
        await loader.calendar(context, month=month, party=2)
        begun.append(name)

    await loader.calendar(context, month=MONTHS[0], party=2)  # reads the days
    await loader.calendar(context, month=MONTHS[1], party=2)
    async with asyncio.TaskGroup() as group:
        async with loader.large_calendars:
            large = group.create_task(begin("large", MONTHS[0]))
            await group.create_task(begin("small", MONTHS[1]))
            assert begun == ["small"]
        await large
    assert begun == ["small", "large"]

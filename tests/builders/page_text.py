"""What a app shows its guests of a business, now or within a moment."""

import asyncio
from datetime import timedelta

from tests.builders.business import Business

from fullhouse.booking.availability.availability import AvailabilitySnapshot
from fullhouse.bootstrap.application import Application


async def picture(
    app: Application, business: Business, *, after: timedelta = timedelta(0)
) -> AvailabilitySnapshot:
    """Ten days, from now or later on."""
    first = app.clock.now() + after
    return await app.availability.between(business.offering, first, first + timedelta(days=10))


async def remaining(app: Application, business: Business) -> list[int]:
    """The places left in each slot of the next ten days."""
    return [slot.remaining for slot in (await picture(app, business)).slots]


async def becomes(app: Application, business: Business, expected: list[int]) -> None:
    """Within a moment, these are the places left that the app shows."""
    async with asyncio.timeout(5):
        while await remaining(app, business) != expected:  # noqa: ASYNC110 - as a guest would
            await asyncio.sleep(0.01)

"""What is sold: places by day from the slots as they stand, money from the counted days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.limits import (
    BUSY_DAY_AHEAD_DAYS,
    BUSY_DAY_PLACES_MIN,
    BUSY_DAY_USUAL_DAYS,
    SALES_AMOUNT_MAX,
)
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.sales import (
    YEAR,
    BookedOn,
    Days,
    GuestsOfDay,
    PlacesOfDay,
    SalesOfDay,
    SeasonFacts,
    WaitingOfDay,
    shifted,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


async def places_between(session: Session, org_id: OrgId, *spans: Days) -> list[PlacesOfDay]:
    """The days on which there is a slot, in order."""
    return await session.fetch(
        "booking.places_between",
        PlacesOfDay,
        org_id=org_id,
        firsts=[span.first for span in spans],
        lasts=[span.last for span in spans],
    )


async def guests_on(session: Session, org_id: OrgId, day: date) -> GuestsOfDay:
    found = await session.fetch_one("booking.guests_on", GuestsOfDay, org_id=org_id, day=day)
    assert found is not None, "the query always returns a row"
    return found


async def waiting_that_fit(session: Session, org_id: OrgId, *, now: datetime) -> int:
    """How many wait although there are places for them."""
    found = await session.fetch_value("booking.waiting_that_fit", int, org_id=org_id, now=now)
    return found or 0


async def waiting_between(session: Session, org_id: OrgId, days: Days) -> list[WaitingOfDay]:
    return await session.fetch(
        "booking.waiting_between", WaitingOfDay, org_id=org_id, first=days.first, last=days.last
    )


async def sales_between(session: Session, org_id: OrgId, days: Days) -> list[SalesOfDay]:
    """As they were counted, within a minute."""
    return await session.fetch(
        "booking.sales_between",
        SalesOfDay,
        org_id=org_id,
        first=days.first,
        last=days.last,
        amount_max=SALES_AMOUNT_MAX,
    )


async def sales_by_booking_day(
    session: Session, org_id: OrgId, days: Days, *, offering_id: OfferingId | None = None
) -> list[BookedOn]:
    """When the places of these days were booked, the earliest first."""
    return await session.fetch(
        "booking.sales_by_booking_day",
        BookedOn,
        org_id=org_id,
        first=days.first,
        last=days.last,
        offering_id=offering_id,
    )


async def places_booked_on(
    session: Session, org_id: OrgId, days: Sequence[date]
) -> dict[date, int]:
    """The places that were booked on these days, for any day."""
    found = await session.fetch(
        "booking.places_booked_on", BookedOn, org_id=org_id, days=list(days)
    )
    return {row.booked_on: row.places for row in found}


async def season_facts(
    session: Session,
    org_id: OrgId,
    span: Days,
    *,
    today: date,
    offering_id: OfferingId | None = None,
) -> SeasonFacts:
    """All that there is to say of these days, of one offering or of all, in six statements."""
    places = await places_between(session, org_id, span)
    waiting = await waiting_between(session, org_id, span)
    sales = await sales_between(session, org_id, span)
    before = shifted(span, YEAR)
    return SeasonFacts(
        today=today,
        span=span,
        offering_id=offering_id,
        offerings=await offerings_of(session, org_id),
        places=[row for row in places if offering_id in {None, row.offering_id}],
        waiting=[row for row in waiting if offering_id in {None, row.offering_id}],
        sales=[row for row in sales if offering_id in {None, row.offering_id}],
        pace=await sales_by_booking_day(session, org_id, span, offering_id=offering_id),
        pace_before=await sales_by_booking_day(session, org_id, before, offering_id=offering_id),
    )


async def next_busy_day(session: Session, *, today: date) -> date | None:
    """The first day from yesterday to a week ahead with twice the places of a usual one.

    Of all businesses, as their sales were counted; the venues' yesterday may be today's.
    """
    return await session.fetch_value(
        "booking.next_busy_day",
        date,
        since=today - timedelta(days=BUSY_DAY_USUAL_DAYS),
        first=today - timedelta(days=1),
        last=today + timedelta(days=BUSY_DAY_AHEAD_DAYS),
        places_min=BUSY_DAY_PLACES_MIN,
    )

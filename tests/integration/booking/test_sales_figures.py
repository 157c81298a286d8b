"""The figures of sales are those of the bookings, whatever happened to them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_business,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
    commit,
    save,
)
from tests.builders.zones import NEW_ZONE

from fullhouse.booking.actions.count_sales import CountSales
from fullhouse.booking.limits import SALES_AMOUNT_MAX
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.sales import Days, SalesOfDay
from fullhouse.booking.reactions.sales import sales_subscriber
from fullhouse.booking.reads.sales import (
    guests_on,
    places_between,
    places_booked_on,
    sales_between,
    sales_by_booking_day,
    waiting_between,
    waiting_that_fit,
)
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.model import NewVenue

ALWAYS = Days(date(2000, 1, 1), date(2100, 1, 1))
COUNTED = """
SELECT org_id, day, offering_id, booked_on, bookings, places, amount, fees FROM sales_day
ORDER BY 1, 2, 3, 4
"""
EXPECTED = """
SELECT b.org_id, (b.starts_at AT TIME ZONE v.zone)::date AS day, b.offering_id,
    (b.created_at AT TIME ZONE v.zone)::date AS booked_on,
    count(*) FILTER (WHERE status <> 'cancelled')::integer AS bookings,
    coalesce(sum(places) FILTER (WHERE status <> 'cancelled'), 0)::integer AS places,
    coalesce(sum(b.price_amount) FILTER (WHERE status <> 'cancelled'), 0)::bigint AS amount,
    coalesce(sum(fee_amount) FILTER (WHERE status = 'cancelled'), 0)::bigint AS fees
FROM booking b JOIN offering o USING (org_id, offering_id) JOIN venue v USING (org_id, venue_id)
WHERE status IN ('confirmed', 'checked_in', 'no_show', 'cancelled')
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


async def count(app: Application) -> int:
    """Relay what happened, and count; the number of days that were counted anew."""
    relay = Relay(
        app.database,
        (sales_subscriber(),),
        NotificationListener(app.connect),
        LoadMonitor(app.clock),
        app.metrics.get(RelayMetrics),
    )
    await relay.catch_up()
    return await CountSales(app.database)()


async def agree(app: Application) -> list[tuple[object, ...]]:
    """The figures, which are those of the bookings."""
    async with app.database.unrestricted.session() as session:
        counted = [tuple(row) for row in await session.connection.fetch(COUNTED)]
        expected = [tuple(row) for row in await session.connection.fetch(EXPECTED)]
    assert counted == expected
    return counted


@pytest.mark.on_both_servers
async def test_figures_follow_every_change_of_a_booking(
    app: Application, business: Business, clock: ManualClock
) -> None:
    org_id, staff = business.org_id, a_member_of_staff()
    early, late = await business.slots(2, minutes=60 * 30)
    first = (
        await app.booking.place_booking(org_id, a_booking_of(early, party=3), context=a_guest())
    ).outcome
    clock.advance(timedelta(days=1))
    second = (
        await app.booking.place_booking(
            org_id, a_booking_of(early, party=2, name="Emmy Noether"), context=a_guest()
        )
    ).outcome
    await app.booking.place_hold(org_id, a_hold_of(late), context=a_guest())
    assert await count(app) == 1
    assert [row[4:7] for row in await agree(app)] == [(1, 3, 3600), (1, 2, 2400)]
    await app.booking.move_booking(org_id, first.booking_id, (late,), party=4, context=staff)
    assert await count(app) == 2
    assert len(await agree(app)) == 2
    await app.booking.cancel_booking(org_id, second.booking_id, context=staff)
    assert await count(app) == 1
    await agree(app)
    await app.booking.restore_booking(org_id, second.booking_id, context=staff)
    await count(app)
    assert sum(int(str(row[5])) for row in await agree(app)) == 6
    assert await count(app) == 0


async def test_days_begin_elsewhen_at_another_venue(app: Application, business: Business) -> None:
    """A booking for the afternoon in London is one of the next day in Tokyo."""
    start = timedelta(days=7, hours=8)  # the clock stands at 8:00 in UTC
    slot = await business.a_slot(starts_in=start)
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    await count(app)
    ((_, before, *_),) = await agree(app)
    venue = NewVenue("Garden", "Asia/Tokyo", "JP")
    staff = a_member_of_staff()
    added = await commit(app, app.people.add_venue, business.org_id, venue, context=staff)
    await save(app, replace(business.offering, venue_id=added.venue_id))
    assert await count(app) > 0
    ((_, after, *_),) = await agree(app)
    assert isinstance(before, date)
    assert after == before + timedelta(days=1)


async def test_an_offering_that_says_something_else_is_not_counted_anew(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    await count(app)
    await save(app, replace(business.offering, summary="Tulips"))
    assert await count(app) == 0


async def test_a_day_of_more_money_than_there_is_keeps_nobody_elses_from_being_counted(
    app: Application, business: Business
) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    for farm in (business, other):
        for slot in await farm.slots(2, minutes=60):
            booking = a_booking_of(slot, allow_duplicate=True)
            await app.booking.place_booking(farm.org_id, booking, context=a_guest())
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE booking SET price_amount = 9e18 WHERE org_id = $1", business.org_id
        )
    assert await count(app) == 2
    async with app.database.session() as session:
        (sales,) = await sales_between(session, business.org_id, ALWAYS)
        assert sales.amount == SALES_AMOUNT_MAX
        (sales,) = await sales_between(session, other.org_id, ALWAYS)
        assert sales.bookings == 2


async def test_a_zone_that_the_database_does_not_know_keeps_nobody_elses_day_from_being_counted(
    app: Application, business: Business
) -> None:
    """The days of such a venue are those of UTC."""
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    for farm in (business, other):
        slot = await farm.a_slot()
        await app.booking.place_booking(farm.org_id, a_booking_of(slot), context=a_guest())
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE venue SET zone = $2 WHERE org_id = $1", business.org_id, NEW_ZONE
        )
    assert await count(app) == 2
    for farm in (business, other):
        async with app.database.session() as session:
            (sales,) = await sales_between(session, farm.org_id, ALWAYS)
        assert sales.bookings == 1


async def test_reads_give_places_money_and_pace(
    app: Application, business: Business, clock: ManualClock
) -> None:
    org_id = business.org_id
    slot = await business.a_slot(capacity=10)
    today = clock.now().date()
    await app.booking.place_booking(org_id, a_booking_of(slot, party=3), context=a_guest())
    await count(app)
    async with app.database.session() as session:
        (places,) = await places_between(session, org_id, ALWAYS)
        assert (places.capacity, places.sold) == (10, 3)
        offering_id = business.offering.offering_id
        sales = await sales_between(session, org_id, ALWAYS)
        assert sales == [SalesOfDay(places.day, offering_id, 1, 3600, 0)]
        (pace,) = await sales_by_booking_day(session, org_id, ALWAYS, offering_id=offering_id)
        assert (pace.booked_on, pace.places) == (today, 3)
        assert await places_booked_on(session, org_id, [today, date(2001, 1, 1)]) == {today: 3}
        guests = await guests_on(session, org_id, places.day)
        assert (guests.expected, guests.arrived) == (3, 0)
        assert await waiting_that_fit(session, org_id, now=clock.now()) == 0
        assert await waiting_between(session, org_id, ALWAYS) == []
        yesterday = Days(ALWAYS.first, places.day - timedelta(days=1))
        assert await places_between(session, org_id, yesterday) == []


async def test_who_waits_although_there_is_room_is_counted(
    app: Application, business: Business, clock: ManualClock
) -> None:
    full, other = await business.slots(2, capacity=2)
    for slot in (full, other):
        request = a_booking_of(slot, party=2, allow_duplicate=True)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    day = clock.now().date() + timedelta(days=7)
    for name, any_time in (("Emmy Noether", False), ("Grace Hopper", True)):
        waiting = WaitingRequest(full, 2, a_customer(name), any_time=any_time)
        await app.booking.join_waiting_list(business.org_id, waiting, context=a_guest())

    async def fitting() -> int:
        async with app.database.unrestricted.session() as session:
            return await waiting_that_fit(session, business.org_id, now=clock.now())

    assert await fitting() == 0
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE slot SET capacity = 4 WHERE slot_id = $1", other)
    assert await fitting() == 1
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE slot SET capacity = 4")
        (waiting_day,) = await waiting_between(session, business.org_id, ALWAYS)
        assert (waiting_day.day, waiting_day.guests) == (day, 4)
    assert await fitting() == 2
    clock.advance(timedelta(days=8))
    assert await fitting() == 0

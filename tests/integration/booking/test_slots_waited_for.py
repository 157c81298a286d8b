"""Who waits hears of it when a schedule, a closure or a calendar makes room where it was full."""

from dataclasses import replace
from datetime import datetime

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
    commit,
    minute_of_undo_passes,
    save,
)
from tests.builders.schedules import imported

from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.model.schedule import ScheduleSpec

STAFF = a_member_of_staff()
THREE_DAYS = ScheduleSpec(
    starts_at=datetime(2027, 6, 14, 10),  # noqa: DTZ001 - wall time
    rule="FREQ=DAILY;COUNT=3",
    duration_minutes=60,
    capacity=2,
)
SECOND_DAY = b"""BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:fair@town\nDTSTART;VALUE=DATE:20270615
SUMMARY:Fair\nEND:VEVENT\nEND:VCALENDAR\n"""


async def three_days(app: Application, business: Business) -> tuple[ScheduleId, list[SlotId]]:
    """A schedule, and its slots in order of time; somebody has all places of the first two."""
    schedule_id, _ = await commit(
        app,
        app.scheduling.add_schedule,
        business.org_id,
        business.offering.offering_id,
        THREE_DAYS,
        context=STAFF,
    )
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT slot_id FROM slot ORDER BY starts_at")
    slots = [SlotId(row["slot_id"]) for row in rows]
    for slot in slots[:2]:
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot, name=f"Guest {slot}"), context=a_guest()
        )
    return schedule_id, slots


async def wait_for(app: Application, business: Business, slot: SlotId) -> None:
    request = WaitingRequest(slot, 2, a_customer("Emmy Noether"))
    await app.booking.join_waiting_list(business.org_id, request, context=a_guest())


async def offers_asked_for(app: Application) -> list[SlotId]:
    """The slots whose places shall be offered, as the events since the last look would have it."""
    relay = Relay(
        app.database,
        (waiting_list_subscriber(),),
        NotificationListener(app.connect),
        LoadMonitor(app.clock),
        app.metrics.get(RelayMetrics),
    )
    await relay.catch_up()
    async with app.database.unrestricted.transaction() as session:
        rows = await session.connection.fetch("DELETE FROM effect RETURNING kind, subject")
    assert {row["kind"] for row in rows} <= {OFFER_PLACES}
    return [SlotId(row["subject"]) for row in rows]


@pytest.mark.on_both_servers
async def test_a_schedule_that_grows_makes_offers_to_those_who_wait(
    app: Application, business: Business
) -> None:
    schedule_id, (full, also_full, _) = await three_days(app, business)
    await wait_for(app, business, full)
    await offers_asked_for(app)
    larger = replace(THREE_DAYS, capacity=5)
    await commit(
        app, app.scheduling.change_schedule, business.org_id, schedule_id, larger, context=STAFF
    )
    assert await offers_asked_for(app) == [full]
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, full, context=STAFF) == 1
    assert await offer(business.org_id, also_full, context=STAFF) == 0


async def test_a_schedule_that_shrinks_makes_none(app: Application, business: Business) -> None:
    schedule_id, (full, *_) = await three_days(app, business)
    await wait_for(app, business, full)
    await offers_asked_for(app)
    smaller = replace(THREE_DAYS, capacity=1)
    await commit(
        app,
        app.scheduling.change_schedule,
        business.org_id,
        schedule_id,
        smaller,
        context=STAFF,
    )
    assert await offers_asked_for(app) == []


async def test_places_freed_behind_a_closure_are_offered_once_it_is_taken_back(
    app: Application, business: Business
) -> None:
    _, (full, *_) = await three_days(app, business)
    await wait_for(app, business, full)
    new = NewClosure(datetime(2027, 6, 14), datetime(2027, 6, 15), "Storm")  # noqa: DTZ001 - wall
    venue_id = VenueId(business.offering.venue_id)
    closed = await commit(
        app, app.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF
    )
    async with app.database.unrestricted.session() as session:
        booking_id = await session.connection.fetchval(
            "SELECT booking_id FROM booking WHERE $1 = ANY (slots)", full
        )
    await offers_asked_for(app)
    await app.booking.cancel_booking(business.org_id, booking_id, context=STAFF)
    assert await offers_asked_for(app) == []
    await minute_of_undo_passes(app)
    assert await offers_asked_for(app) == [full]
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, full, context=STAFF) == 0, "it is closed"
    await commit(
        app, app.scheduling.reopen_venue, business.org_id, closed.closure_id, context=STAFF
    )
    assert await offers_asked_for(app) == [full]
    assert await offer(business.org_id, full, context=STAFF) == 1


async def test_a_day_that_vanishes_from_a_calendar_is_offered_to_those_who_wait_for_it(
    app: Application, business: Business
) -> None:
    _, (_, second, _) = await three_days(app, business)
    await wait_for(app, business, second)
    await imported(app, business, SECOND_DAY)
    await offers_asked_for(app)
    empty = b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"
    await imported(app, business, empty)
    assert await offers_asked_for(app) == [second]


async def test_an_offering_that_is_on_sale_again_makes_offers_to_those_who_wait(
    app: Application, business: Business
) -> None:
    _, (full, *_) = await three_days(app, business)
    await wait_for(app, business, full)
    hidden = await save(app, replace(business.offering, published=False))
    await offers_asked_for(app)
    renamed = await save(app, replace(hidden, name="Sunflowers at noon"))
    assert await offers_asked_for(app) == []
    await save(app, replace(renamed, published=True))
    assert await offers_asked_for(app) == [full]

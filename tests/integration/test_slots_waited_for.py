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
)

from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.bootstrap.application import House
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


async def three_days(house: House, business: Business) -> tuple[ScheduleId, list[SlotId]]:
    """A schedule, and its slots in order of time; somebody has all places of the first two."""
    schedule_id, _ = await commit(
        house,
        house.scheduling.add_schedule,
        business.org_id,
        business.offering.offering_id,
        THREE_DAYS,
        context=STAFF,
    )
    async with house.database.session() as session:
        rows = await session.connection.fetch("SELECT slot_id FROM slot ORDER BY starts_at")
    slots = [SlotId(row["slot_id"]) for row in rows]
    for slot in slots[:2]:
        await house.booking.place_booking(
            business.org_id, a_booking_of(slot, name=f"Guest {slot}"), context=a_guest()
        )
    return schedule_id, slots


async def wait_for(house: House, business: Business, slot: SlotId) -> None:
    wish = WaitingRequest(slot, 2, a_customer("Emmy Noether"))
    await house.booking.join_waiting_list(business.org_id, wish, context=a_guest())


async def offers_asked_for(house: House) -> list[SlotId]:
    """The slots whose places shall be offered, as the events since the last look would have it."""
    relay = Relay(
        house.database,
        (waiting_list_subscriber(),),
        NotificationListener(house.connect),
        LoadMonitor(house.clock),
        house.metrics.get(RelayMetrics),
    )
    await relay.catch_up()
    async with house.database.transaction() as session:
        rows = await session.connection.fetch("DELETE FROM effect RETURNING kind, subject")
    assert {row["kind"] for row in rows} <= {OFFER_PLACES}
    return [SlotId(row["subject"]) for row in rows]


@pytest.mark.on_both_servers
async def test_a_schedule_that_grows_makes_offers_to_those_who_wait(
    house: House, business: Business
) -> None:
    schedule_id, (full, also_full, _) = await three_days(house, business)
    await wait_for(house, business, full)
    await offers_asked_for(house)
    larger = replace(THREE_DAYS, capacity=5)
    await commit(
        house, house.scheduling.change_schedule, business.org_id, schedule_id, larger, context=STAFF
    )
    assert await offers_asked_for(house) == [full]
    offer = house.booking.offer_freed_places
    assert await offer(business.org_id, full, context=STAFF) == 1
    assert await offer(business.org_id, also_full, context=STAFF) == 0


async def test_a_schedule_that_shrinks_makes_none(house: House, business: Business) -> None:
    schedule_id, (full, *_) = await three_days(house, business)
    await wait_for(house, business, full)
    await offers_asked_for(house)
    smaller = replace(THREE_DAYS, capacity=1)
    await commit(
        house,
        house.scheduling.change_schedule,
        business.org_id,
        schedule_id,
        smaller,
        context=STAFF,
    )
    assert await offers_asked_for(house) == []


async def test_places_freed_behind_a_closure_are_offered_once_it_is_taken_back(
    house: House, business: Business
) -> None:
    _, (full, *_) = await three_days(house, business)
    await wait_for(house, business, full)
    new = NewClosure(datetime(2027, 6, 14), datetime(2027, 6, 15), "Storm")  # noqa: DTZ001 - wall
    venue_id = VenueId(business.offering.venue_id)
    closure_id, _ = await commit(
        house, house.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF
    )
    async with house.database.session() as session:
        booking_id = await session.connection.fetchval(
            "SELECT booking_id FROM booking WHERE $1 = ANY (slots)", full
        )
    await house.booking.cancel_booking(business.org_id, booking_id, context=STAFF)
    assert await offers_asked_for(house) == [full]
    offer = house.booking.offer_freed_places
    assert await offer(business.org_id, full, context=STAFF) == 0, "it is closed"
    await commit(house, house.scheduling.reopen_venue, business.org_id, closure_id, context=STAFF)
    assert await offers_asked_for(house) == [full]
    assert await offer(business.org_id, full, context=STAFF) == 1


async def test_a_day_that_vanishes_from_a_calendar_is_offered_to_those_who_wait_for_it(
    house: House, business: Business
) -> None:
    _, (_, second, _) = await three_days(house, business)
    await wait_for(house, business, second)
    given = (business.org_id, VenueId(business.offering.venue_id))
    await commit(house, house.scheduling.import_closures, *given, SECOND_DAY, context=STAFF)
    await offers_asked_for(house)
    empty = b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"
    await commit(house, house.scheduling.import_closures, *given, empty, context=STAFF)
    assert await offers_asked_for(house) == [second]

"""One entry waits for any time of a day: it is offered the first that fits, in fair turn."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from msgspec import structs
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
    the_worker,
)
from tests.integration.booking.test_slots_waited_for import offers_asked_for
from tests.integration.booking.test_waiting_list import statuses

from fullhouse.booking import errors
from fullhouse.booking.limits import UNDO_PLACES_SECONDS
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import ManualClock

pytestmark = pytest.mark.on_both_servers


async def waits(
    app: Application,
    business: Business,
    slot: SlotId,
    name: str,
    *,
    party: int = 2,
    any_time: bool = True,
) -> None:
    request = WaitingRequest(slot, party, a_customer(name), any_time=any_time)
    await app.booking.join_waiting_list(business.org_id, request, context=a_guest())


async def a_full_day(app: Application, business: Business) -> tuple[list[SlotId], list[BookingId]]:
    slots = await business.slots(4, capacity=2)
    taken = []
    for slot in slots:
        request = a_booking_of(slot, name=f"Guest {slot}"[:30], allow_duplicate=True)
        made = await app.booking.place_booking(
            business.org_id, request, context=a_member_of_staff()
        )
        taken.append(made.outcome.booking_id)
    return slots, taken


async def freed(
    app: Application, business: Business, bookings: Sequence[BookingId], clock: ManualClock
) -> None:
    for booking in bookings:
        await app.booking.cancel_booking(business.org_id, booking, context=a_guest())
    clock.advance(timedelta(seconds=UNDO_PLACES_SECONDS))
    await app.booking.expire_holds()


async def offered_slots(app: Application) -> dict[str, SlotId]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            """SELECT w.customer_name, b.slots[1] AS slot FROM waiting_list_entry w
            JOIN booking b USING (org_id, booking_id)
            WHERE w.status = 'offered' AND w.slot_id = b.slots[1]"""
        )
    return {row["customer_name"]: row["slot"] for row in rows}


async def test_any_time_is_offered_the_first_slot_that_fits(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots, taken = await a_full_day(app, business)
    await waits(app, business, slots[0], "Any Time")
    await freed(app, business, [taken[3], taken[1]], clock)
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, slots[3], context=the_worker()) == 1
    assert await offered_slots(app) == {"Any Time": slots[1]}
    assert await offer(business.org_id, slots[1], context=the_worker()) == 0


async def test_one_line_for_the_time_and_for_the_day_in_order_of_arrival(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots, taken = await a_full_day(app, business)
    await waits(app, business, slots[2], "One Time First", any_time=False)
    await waits(app, business, slots[0], "Any Time")
    await waits(app, business, slots[2], "One Time Last", any_time=False)
    offer = app.booking.offer_freed_places
    await freed(app, business, [taken[2]], clock)
    assert await offer(business.org_id, slots[2], context=the_worker()) == 1
    assert await offered_slots(app) == {"One Time First": slots[2]}
    clock.advance(timedelta(hours=6))
    await app.booking.expire_holds()
    assert await offer(business.org_id, slots[2], context=the_worker()) == 1
    assert await offered_slots(app) == {"Any Time": slots[2]}
    assert await statuses(app) == {
        "One Time First": "lapsed",
        "Any Time": "offered",
        "One Time Last": "waiting",
    }


async def test_nobody_is_offered_two_times_and_nobody_behind_is_forgotten(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots, taken = await a_full_day(app, business)
    names = ["Ada", "Grace", "Barbara", "Edsger", "Donald"]
    for number, name in enumerate(names):
        await waits(app, business, slots[number % 4], name)
    await freed(app, business, taken, clock)
    offer = app.booking.offer_freed_places
    async with asyncio.TaskGroup() as group:
        for slot in slots:
            group.create_task(offer(business.org_id, slot, context=the_worker()))
    offered = await offered_slots(app)
    assert (set(offered), set(offered.values())) == (set(names[:4]), set(slots))
    assert (await statuses(app))["Donald"] == "waiting"
    report = await build_consistency_checker(app.database, clock).check()
    assert report.ok, report.broken


@pytest.mark.parametrize(
    "starts_in", [timedelta(days=8), timedelta(days=7, hours=15, minutes=30)], ids=["day", "night"]
)
async def test_a_slot_of_another_day_is_not_offered(
    starts_in: timedelta, app: Application, business: Business
) -> None:
    slots, _ = await a_full_day(app, business)
    other_day = await business.a_slot(starts_in=starts_in)
    await waits(app, business, slots[0], "Any Time")
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, other_day, context=the_worker()) == 0
    assert (await statuses(app))["Any Time"] == "waiting"


async def test_the_same_day_is_waited_for_once(app: Application, business: Business) -> None:
    slots, _ = await a_full_day(app, business)
    await waits(app, business, slots[0], "Any Time")
    await waits(app, business, slots[1], "Any Time")
    assert len(await statuses(app)) == 1
    request = WaitingRequest(slots[2], 2, a_customer("Any Time"), any_time=True)
    stranger = structs.replace(a_guest(), client="192.0.2.9")
    with pytest.raises(errors.AlreadyWaiting):
        await app.booking.join_waiting_list(business.org_id, request, context=stranger)


async def test_room_at_any_time_of_the_day_is_heard_of(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots, taken = await a_full_day(app, business)
    with_room = await business.a_slot(starts_in=timedelta(days=7, hours=3))
    await waits(app, business, slots[0], "Joins Beside Room")
    assert set(await offers_asked_for(app)) == {slots[0], with_room}
    await app.booking.offer_freed_places(business.org_id, with_room, context=the_worker())
    await waits(app, business, slots[0], "Any Time", party=1)
    await offers_asked_for(app)
    await freed(app, business, [taken[2]], clock)
    assert slots[2] in await offers_asked_for(app)


async def test_who_leaves_is_offered_nothing_on_any_slot(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots, taken = await a_full_day(app, business)
    request = WaitingRequest(slots[0], 2, a_customer("Any Time"), any_time=True)
    joined = await app.booking.join_waiting_list(business.org_id, request, context=a_guest())
    await app.booking.leave_waiting_list(
        business.org_id, joined.outcome.entry_id, context=a_guest()
    )
    await freed(app, business, taken[:2], clock)
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, slots[1], context=the_worker()) == 0

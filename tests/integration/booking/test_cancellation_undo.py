"""A cancelled booking keeps its places for the minute of undo; then they are free for others."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
    minute_of_undo_passes,
    the_worker,
)
from tests.integration.booking.test_booking_actions import counters, kinds_told

from fullhouse.booking import errors, limits
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import RequestContext

pytestmark = pytest.mark.on_both_servers


async def booked(app: Application, business: Business, *slots: SlotId) -> BookingId:
    made = await app.booking.place_booking(business.org_id, a_booking_of(*slots), context=a_guest())
    return made.outcome.booking_id


@pytest.mark.parametrize("by", [a_guest(), a_member_of_staff()], ids=["guest", "staff"])
async def test_places_are_kept_for_undo_and_then_sold(
    by: RequestContext, app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=2)
    booking_id = await booked(app, business, slot)
    cancel = partial(app.booking.cancel_booking, business.org_id, booking_id, context=by)
    another = a_booking_of(slot, name="Grace Hopper")
    for _ in range(2):
        await cancel()
        clock.advance(timedelta(seconds=limits.UNDO_SECONDS))
        with pytest.raises(errors.SlotFull):
            await app.booking.place_booking(business.org_id, another, context=a_guest())
        back = await app.booking.restore_booking(business.org_id, booking_id, context=by)
        assert back.outcome.status == "confirmed"
        assert await counters(app, slot) == (2, 2, 0)
    await cancel()
    assert await counters(app, slot) == (2, 0, 2)
    clock.advance(timedelta(seconds=limits.UNDO_PLACES_SECONDS))
    await app.booking.place_booking(business.org_id, another, context=a_guest())
    with pytest.raises(errors.TooLateToUndo):
        await app.booking.restore_booking(business.org_id, booking_id, context=by)
    assert await counters(app, slot) == (2, 2, 0)


async def test_the_waiting_list_is_offered_the_places_once_undo_has_ended(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=2)
    booking_id = await booked(app, business, slot)
    await app.booking.join_waiting_list(
        business.org_id, WaitingRequest(slot, 2, a_customer("Grace")), context=a_guest()
    )
    offer = partial(app.booking.offer_freed_places, business.org_id, slot, context=the_worker())
    await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    assert await offer() == 0
    await minute_of_undo_passes(app)
    assert (await kinds_told(app))[-2:] == ["Cancelled", "PlacesReleased"]
    assert await offer() == 1


async def test_a_second_press_of_cancel_keeps_the_places_no_longer(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=2)
    booking_id = await booked(app, business, slot)
    for _ in range(4):
        await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
        clock.advance(timedelta(seconds=limits.UNDO_PLACES_SECONDS) / 4)
    await app.booking.expire_holds()
    assert await counters(app, slot) == (2, 0, 0)


async def test_a_guest_undoes_a_few_cancellations_and_then_no_more(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=2)
    booking_id = await booked(app, business, slot)
    cancel = partial(app.booking.cancel_booking, business.org_id, booking_id)
    restore = partial(app.booking.restore_booking, business.org_id, booking_id)
    for _ in range(limits.UNDOS_MAX):
        await cancel(context=a_guest())
        await restore(context=a_guest())
    await cancel(context=a_guest())
    with pytest.raises(errors.TooLateToUndo):
        await restore(context=a_guest())
    await restore(context=a_member_of_staff())
    await cancel(context=a_guest())
    await minute_of_undo_passes(app)
    assert await counters(app, slot) == (2, 0, 0)


async def test_a_booking_on_a_closed_slot_is_cancelled_and_restored(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=2)
    booking_id = await booked(app, business, slot)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET state = 'closed'")
    await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    back = await app.booking.restore_booking(business.org_id, booking_id, context=a_guest())
    assert back.outcome.status == "confirmed"


async def test_places_on_several_slots_are_released_each_once(
    app: Application, business: Business, clock: ManualClock
) -> None:
    first, second = await business.slots(2, capacity=2)
    booking_id = await booked(app, business, first, second)
    await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    clock.advance(timedelta(seconds=limits.UNDO_PLACES_SECONDS))
    await booked(app, business, second)
    assert await counters(app, first) == (2, 0, 2)
    await app.booking.expire_holds()
    assert await counters(app, first) == (2, 0, 0)
    async with app.database.unrestricted.session() as session:
        released = await session.connection.fetch(
            "SELECT jsonb_array_elements_text(data->'slots') AS slot FROM event"
            " WHERE kind = 'PlacesReleased'"
        )
    assert Counter(row["slot"] for row in released) == {str(first): 1, str(second): 1}

"""What cancelling costs: nothing for an hour after booking, and no move gets around a fee."""

from datetime import timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
)

from fullhouse.booking import errors
from fullhouse.booking.limits import GRACE_MINUTES
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock

pytestmark = pytest.mark.on_both_servers
GRACE = timedelta(minutes=GRACE_MINUTES)
SECOND = timedelta(seconds=1)


async def booked(app: Application, business: Business, slot: SlotId) -> BookingId:
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    return made.outcome.booking_id


async def fee(app: Application, business: Business, booking_id: BookingId) -> int:
    done = await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    return done.outcome.fee_amount


@pytest.mark.parametrize(("late", "costs"), [(GRACE, 0), (GRACE + SECOND, 1200)])
async def test_who_books_late_cancels_free_for_an_hour(
    late: timedelta, costs: int, app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(starts_in=timedelta(hours=8))
    booking_id = await booked(app, business, slot)
    clock.advance(late)
    assert await fee(app, business, booking_id) == costs


async def test_hour_begins_when_a_hold_is_confirmed(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(starts_in=timedelta(hours=8))
    hold = await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    clock.advance(timedelta(minutes=9))
    confirm = ConfirmRequest(a_customer())
    hold_id = hold.outcome.booking_id
    await app.booking.confirm_hold(business.org_id, hold_id, confirm, context=a_guest())
    clock.advance(GRACE)
    assert await fee(app, business, hold_id) == 0


async def test_within_the_hour_it_is_never_too_late_before_the_start(
    app: Application, business: Business, clock: ManualClock
) -> None:
    near, nearer = await business.slots(2, starts_in=timedelta(minutes=50))
    first = await booked(app, business, near)
    clock.advance(timedelta(minutes=50))
    assert await fee(app, business, first) == 0
    second = await booked(app, business, nearer)
    clock.advance(timedelta(minutes=30, seconds=1))
    with pytest.raises(errors.TooLateToCancel):
        await fee(app, business, second)


async def test_fee_that_is_due_stays_due_after_a_move(
    app: Application, business: Business, clock: ManualClock
) -> None:
    business = await business.change(move_until_minutes=60)
    soon = await business.a_slot(starts_in=timedelta(days=2))
    later, latest = await business.slots(2, starts_in=timedelta(days=20))
    booking_id = await booked(app, business, soon)
    clock.advance(timedelta(days=1, seconds=1))
    move = app.booking.move_booking
    for slot in (later, latest):
        await move(business.org_id, booking_id, (slot,), context=a_guest())
        clock.advance(timedelta(days=1))
    assert await fee(app, business, booking_id) == 1200


@pytest.mark.parametrize(
    "starts_in",
    [timedelta(days=2), timedelta(hours=8)],
    ids=["before a fee is due", "within the hour after booking"],
)
async def test_free_move_to_a_time_far_ahead_has_the_terms_of_the_new_time(
    app: Application, business: Business, clock: ManualClock, starts_in: timedelta
) -> None:
    business = await business.change(move_until_minutes=60)
    soon = await business.a_slot(starts_in=starts_in)
    later = await business.a_slot(starts_in=timedelta(days=20))
    booking_id = await booked(app, business, soon)
    move = app.booking.move_booking
    await move(business.org_id, booking_id, (later,), context=a_guest())
    clock.advance(timedelta(days=18))
    assert await fee(app, business, booking_id) == 0


async def test_booking_that_staff_move_has_the_terms_of_the_new_time(
    app: Application, business: Business, clock: ManualClock
) -> None:
    soon = await business.a_slot(starts_in=timedelta(days=2))
    later = await business.a_slot(starts_in=timedelta(days=20))
    booking_id = await booked(app, business, soon)
    clock.advance(timedelta(days=1, hours=2))
    move = app.booking.move_booking
    await move(business.org_id, booking_id, (later,), context=a_member_of_staff())
    assert await fee(app, business, booking_id) == 0


async def test_move_within_the_hour_keeps_the_rest_of_it(
    app: Application, business: Business, clock: ManualClock
) -> None:
    business = await business.change(move_until_minutes=60)
    one, other = await business.slots(2, starts_in=timedelta(hours=8))
    booking_id = await booked(app, business, one)
    clock.advance(GRACE / 2)
    move = app.booking.move_booking
    await move(business.org_id, booking_id, (other,), context=a_guest())
    clock.advance(GRACE / 2)
    assert await fee(app, business, booking_id) == 0


async def test_hour_stays_when_the_party_changes(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(starts_in=timedelta(hours=8))
    booking_id = await booked(app, business, slot)
    await app.booking.move_booking(business.org_id, booking_id, party=3, context=a_guest())
    clock.advance(GRACE)
    assert await fee(app, business, booking_id) == 0

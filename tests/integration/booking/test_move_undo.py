"""Undoing a move by staff: the booking is on the terms that it had before."""

from datetime import timedelta

import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff

from fullhouse.booking.model.booking import Booking
from fullhouse.bootstrap.application import Application


async def stored(app: Application, booking: Booking) -> Booking:
    view = await app.bookings.by_id(booking.org_id, booking.booking_id)
    assert view is not None
    return view.booking


async def booked(app: Application, business: Business, *, starts_in: timedelta) -> Booking:
    slot = await business.a_slot(starts_in=starts_in)
    placed = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    view = await app.bookings.by_id(business.org_id, placed.outcome.booking_id)
    assert view is not None
    return view.booking


@pytest.mark.parametrize("party", [2, 3])
async def test_free_cancellation_is_until_when_it_was(
    app: Application, business: Business, party: int
) -> None:
    """A booking shortly before its time can be cancelled for free for an hour after it was made."""
    before = await booked(app, business, starts_in=timedelta(hours=10))
    assert before.free_until is not None
    other = await business.a_slot(starts_in=timedelta(days=9))
    staff, move = a_member_of_staff(), app.booking.move_booking
    await move(before.org_id, before.booking_id, (other,), context=staff, party=party)
    moved = await stored(app, before)
    assert moved.free_until is None
    await app.booking.undo_change(moved, context=staff)
    undone = await stored(app, before)
    assert (undone.free_until, undone.move_until) == (before.free_until, before.move_until)
    assert list(undone.slots) == list(before.slots)
    assert undone.party == before.party


async def test_another_number_of_guests_undone_keeps_the_terms(
    app: Application, business: Business
) -> None:
    before = await booked(app, business, starts_in=timedelta(hours=10))
    staff = a_member_of_staff()
    await app.booking.move_booking(before.org_id, before.booking_id, context=staff, party=4)
    await app.booking.undo_change(await stored(app, before), context=staff)
    assert (await stored(app, before)).free_until == before.free_until


async def test_time_until_which_a_guest_may_move_comes_back(
    app: Application, business: Business
) -> None:
    before = await booked(app, business, starts_in=timedelta(days=5))
    until = before.starts_at - timedelta(hours=1)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE booking SET move_until = $1", until)
    other = await business.a_slot(starts_in=timedelta(days=9))
    staff = a_member_of_staff()
    await app.booking.move_booking(before.org_id, before.booking_id, (other,), context=staff)
    moved = await stored(app, before)
    assert moved.move_until is None
    await app.booking.undo_change(moved, context=staff)
    assert (await stored(app, before)).move_until == until

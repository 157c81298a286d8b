"""Guests of a closed time are told once, of what is true, until it is taken back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
    minute_of_undo_passes,
)
from tests.builders.closures import close, notices, reopen, tell
from tests.builders.schedules import ONE_WEEK, added, book, events_of, slots_of, wall

from fullhouse.booking import errors
from fullhouse.booking.limits import CLOSED_CHANGE_DAYS
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.model import VenueId
from fullhouse.scheduling import closure_notices
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.errors import TooManyToTell
from fullhouse.scheduling.limits import CLOSURE_NOTICES_PER_SECOND, CLOSURE_UNDO_SECONDS


async def booking_of(app: Application, business: Business, booking_id: BookingId) -> Booking:
    view = await app.bookings.by_id(business.org_id, booking_id)
    assert view is not None
    return view.booking


async def test_nobody_is_told_before_the_time_for_undo_and_then_one_after_the_other(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business, replace(ONE_WEEK, capacity=100))
    slot, *_ = await slots_of(app)
    for number in range(CLOSURE_NOTICES_PER_SECOND + 1):
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot[0], name=f"Guest {number}"), context=a_guest()
        )
    await close(app, business, "move")
    async with app.database.unrestricted.session() as session:
        due = await session.connection.fetch(
            "SELECT due_at FROM effect WHERE kind = 'closure_notice' ORDER BY due_at"
        )
    first = clock.now() + timedelta(seconds=CLOSURE_UNDO_SECONDS)
    assert due[0]["due_at"] == first
    assert due[-1]["due_at"] == first + timedelta(seconds=1)
    assert await events_of(app, "TimeClosed") == []


async def test_guest_who_is_told_moves_without_lead_time_and_fee(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    closed, later = (await slots_of(app))[0][0], (await slots_of(app))[4][0]
    booking_id = await book(app, business, closed)
    clock.advance(timedelta(days=2) - timedelta(minutes=30))  # 90 minutes before the start
    move = app.booking.move_booking
    with pytest.raises(errors.TooLateToMove):
        await move(business.org_id, booking_id, (later,), context=a_guest())
    await close(app, business, "move")
    await tell(app)
    (event,) = await events_of(app, "TimeClosed")
    assert event["reason"] == "Thunderstorm"
    clock.advance(timedelta(days=1))  # the guest reads the e-mail a day later
    moved = await move(business.org_id, booking_id, (later,), context=a_guest())
    assert moved.outcome.status == "confirmed"
    booking = await booking_of(app, business, booking_id)
    assert (booking.move_until, booking.slots) == (None, [later])
    assert booking.free_until is None or booking.free_until <= booking.starts_at


async def test_guest_who_is_told_cancels_without_a_fee_for_days(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    await close(app, business, "move")
    await tell(app)
    clock.advance(timedelta(days=CLOSED_CHANGE_DAYS))
    cancelled = await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    assert cancelled.outcome.status == "cancelled"
    assert (await booking_of(app, business, booking_id)).fee_amount == 0


@pytest.mark.parametrize(("remedy", "fee"), [("cancel", 0), ("cancel_with_fee", 1200)])
async def test_booking_of_a_closed_time_is_cancelled_with_its_reason(
    app: Application, business: Business, clock: ManualClock, remedy: str, fee: int
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    clock.advance(timedelta(days=2) - timedelta(minutes=30))
    await close(app, business, remedy)  # type: ignore[arg-type]  # one of the remedies
    await tell(app)
    booking = await booking_of(app, business, booking_id)
    assert (booking.status, booking.fee_amount) == ("cancelled", fee)
    (event,) = await events_of(app, "Cancelled")
    assert (event["reason"], event["fee"]) == ("Thunderstorm", fee)
    assert await notices(app) == {"told": 1}
    with pytest.raises(errors.CancelledByStaff):
        await app.booking.restore_booking(business.org_id, booking_id, context=a_guest())


@pytest.mark.parametrize("remedy", ["move", "cancel", "cancel_with_fee"])
async def test_a_repeated_job_tells_once(app: Application, business: Business, remedy: str) -> None:
    await added(app, business)
    await book(app, business, (await slots_of(app))[0][0])
    await close(app, business, remedy)  # type: ignore[arg-type]  # one of the remedies
    for _ in range(3):
        await tell(app)
    events = await events_of(app, "TimeClosed") + await events_of(app, "Cancelled")
    assert len(events) == 1


async def test_a_job_that_died_after_the_cancellation_settles_its_notice(
    app: Application, business: Business
) -> None:
    await added(app, business)
    await book(app, business, (await slots_of(app))[0][0])
    await close(app, business, "cancel")
    await tell(app)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE closure_notice SET status = 'claimed'")
    await tell(app)
    assert await notices(app) == {"told": 1}
    assert len(await events_of(app, "Cancelled")) == 1


async def test_a_guest_who_cancelled_before_the_job_is_told_nothing(
    app: Application, business: Business
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    await close(app, business, "cancel")
    await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    assert await tell(app) == 1, "the guest may still undo it"
    await minute_of_undo_passes(app)
    assert await tell(app) == 0
    assert await notices(app) == {"over": 1}
    assert [event["reason"] for event in await events_of(app, "Cancelled")] == [""]


async def test_a_cancellation_undone_after_the_closure_is_told(
    app: Application, business: Business
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    await app.booking.cancel_booking(business.org_id, booking_id, context=a_guest())
    await close(app, business, "move")
    await app.booking.restore_booking(business.org_id, booking_id, context=a_guest())
    await tell(app)
    assert len(await events_of(app, "TimeClosed")) == 1


async def test_a_hold_of_a_closed_time_becomes_no_booking(
    app: Application, business: Business
) -> None:
    await added(app, business)
    slot, *_ = await slots_of(app)
    held = await app.booking.place_hold(business.org_id, a_hold_of(slot[0]), context=a_guest())
    closed = await close(app, business, "move")
    assert closed.told == ()
    with pytest.raises(errors.SlotClosed):
        await app.booking.confirm_hold(
            business.org_id,
            held.outcome.booking_id,
            ConfirmRequest(a_customer()),
            context=a_guest(),
        )


@pytest.mark.on_both_servers
async def test_no_booking_is_left_untold_when_guests_book_while_it_closes(
    app: Application, business: Business
) -> None:
    await added(app, business, replace(ONE_WEEK, capacity=10_000))
    slot, *_ = await slots_of(app)
    booked = 0
    begun = asyncio.Event()

    async def guests(name: str) -> None:
        """One books after the other, until it is closed."""
        nonlocal booked
        for number in count():
            request = a_booking_of(slot[0], name=f"{name} {number}")
            try:
                await app.booking.place_booking(business.org_id, request, context=a_guest())
            except errors.SlotClosed:
                return
            booked += 1
            if booked == 30:
                begun.set()

    async with asyncio.TaskGroup() as group:
        for name in ("Ada", "Emmy", "Grace", "Maria"):
            group.create_task(guests(name))
        await begun.wait()
        group.create_task(close(app, business, "move"))
    await tell(app)
    assert await notices(app) == {"told": booked}


async def test_undo_before_the_first_e_mail_leaves_no_trace_on_bookings(
    app: Application, business: Business
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    before = await booking_of(app, business, booking_id)
    closed = await close(app, business, "cancel")
    reopened = await reopen(app, business, closed)
    assert (reopened.stopped, reopened.told) == (1, 0)
    await tell(app)
    assert await booking_of(app, business, booking_id) == before
    assert [state for *_, state, _ in await slots_of(app)] == ["open"] * 14
    assert await notices(app) == {}


async def test_undo_tells_those_who_were_told_and_restores_their_terms(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    slots = await slots_of(app)
    stays = await book(app, business, slots[0][0])
    moves = await book(app, business, slots[1][0], name="Emmy Noether")
    closed = await close(app, business, "move")
    await tell(app)
    await app.booking.move_booking(business.org_id, moves, (slots[4][0],), context=a_guest())
    reopened = await reopen(app, business, closed)
    assert (reopened.stopped, reopened.told) == (0, 1)
    (event,) = await events_of(app, "TimeReopened")
    assert event["slots"] == [str(slots[0][0])]
    booking = await booking_of(app, business, stays)
    assert (booking.free_until, booking.move_until) == (None, None)
    clock.advance(timedelta(days=2) - timedelta(minutes=30))
    with pytest.raises(errors.TooLateToMove):
        await app.booking.move_booking(business.org_id, stays, (slots[6][0],), context=a_guest())


async def test_a_time_that_another_closure_keeps_closed_is_not_called_open(
    app: Application, business: Business
) -> None:
    await added(app, business)
    await book(app, business, (await slots_of(app))[0][0])
    closed = await close(app, business, "move")
    await close(app, business, last=wall("2027-06-15T00:00"))
    await tell(app)
    assert (await reopen(app, business, closed)).told == 0


async def test_a_second_closure_tells_nobody_twice_but_cancels_whom_it_must(
    app: Application, business: Business
) -> None:
    await added(app, business)
    await book(app, business, (await slots_of(app))[0][0])
    await close(app, business, "move")
    await tell(app)
    again = await close(app, business, "move", last=wall("2027-06-15T00:00"))
    assert again.told == ()
    cancels = await close(app, business, "cancel", last=wall("2027-06-16T00:00"))
    assert len(cancels.told) == 1
    await tell(app)
    assert len(await events_of(app, "TimeClosed")) == 1
    assert len(await events_of(app, "Cancelled")) == 1


async def test_an_arrived_guest_is_told_nothing(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    booking_id = await book(app, business, (await slots_of(app))[0][0])
    clock.advance(timedelta(days=2) - timedelta(minutes=30))
    staff = a_member_of_staff()
    closed = await close(app, business, "move")
    await app.booking.check_in(business.org_id, booking_id, context=staff)
    assert len(closed.told) == 1
    await tell(app)
    assert await notices(app) == {"over": 1}


async def test_closing_one_offering_leaves_the_others_of_the_venue(
    app: Application, business: Business
) -> None:
    await added(app, business)
    venue_id = VenueId(business.offering.venue_id)
    other = replace(business.offering, offering_id=OfferingId(app.ids.uuid()), slug="picnic")
    async with app.unit_of_work(a_member_of_staff(), business.org_id) as uow:
        await app.booking.save_offering(uow, other)
        await app.scheduling.add_schedule(uow, other.offering_id, ONE_WEEK)
    new = NewClosure(
        wall("2027-06-14"), wall("2027-06-15"), "No blankets", offerings=(other.offering_id,)
    )
    async with app.unit_of_work(a_member_of_staff(), business.org_id) as uow:
        await app.scheduling.close_venue(uow, venue_id, new)
    reasons = [reason for *_, reason in await slots_of(app)]
    assert sorted(reasons[:4]) == ["", "", "No blankets", "No blankets"]
    await app.scheduling.materialise_slots(business.org_id, business.offering.offering_id)
    assert [reason for *_, reason in await slots_of(app)] == reasons


async def test_more_guests_than_can_be_told_are_refused(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    await added(app, business)
    slots = await slots_of(app)
    await book(app, business, slots[0][0])
    await book(app, business, slots[1][0], name="Emmy Noether")
    monkeypatch.setattr(closure_notices, "CLOSURE_NOTICES_MAX", 1)
    with pytest.raises(TooManyToTell):
        await close(app, business, "move")
    assert [state for *_, state, _ in await slots_of(app)] == ["open"] * 14

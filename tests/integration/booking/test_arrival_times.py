"""Check-in around the time of a booking, no-show once it has begun, undo at any time."""

from datetime import timedelta
from functools import partial

import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff

from fullhouse.booking import errors, limits
from fullhouse.booking.model.booking import BookingId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock

EARLY = timedelta(minutes=limits.ARRIVAL_EARLY_MINUTES)
LATE = timedelta(minutes=limits.ARRIVAL_LATE_MINUTES)
SECOND = timedelta(seconds=1)
START, LENGTH = timedelta(days=2), timedelta(minutes=30)


async def booked(app: Application, business: Business) -> BookingId:
    slot = await business.a_slot(starts_in=START)
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    return made.outcome.booking_id


@pytest.mark.parametrize("at", [START - EARLY, START + LENGTH + LATE])
async def test_party_is_checked_in_around_its_time(
    at: timedelta, app: Application, business: Business, clock: ManualClock
) -> None:
    booking_id = await booked(app, business)
    clock.advance(at)
    done = await app.booking.check_in(business.org_id, booking_id, context=a_member_of_staff())
    assert done.outcome.status == "checked_in"


@pytest.mark.parametrize("at", [START - EARLY - SECOND, START + LENGTH + LATE + SECOND])
async def test_ticket_for_another_time_is_refused_unless_staff_insist(
    at: timedelta, app: Application, business: Business, clock: ManualClock
) -> None:
    booking_id, starts_at = await booked(app, business), clock.now() + START
    clock.advance(at)
    check_in = partial(
        app.booking.check_in, business.org_id, booking_id, context=a_member_of_staff()
    )
    with pytest.raises(errors.NotArrivalTime) as refused:
        await check_in()
    assert refused.value.starts_at == starts_at
    assert (await check_in(any_time=True)).outcome.status == "checked_in"
    with pytest.raises(errors.AlreadyCheckedIn):
        await check_in()


async def test_nobody_is_a_no_show_before_the_start(
    app: Application, business: Business, clock: ManualClock
) -> None:
    booking_id = await booked(app, business)
    miss = partial(
        app.booking.mark_no_show, business.org_id, booking_id, context=a_member_of_staff()
    )
    clock.advance(START - SECOND)
    with pytest.raises(errors.NotArrivalTime):
        await miss()
    clock.advance(timedelta(days=3))
    assert (await miss()).outcome.status == "no_show"


async def test_check_in_and_no_show_are_undone_at_any_time(
    app: Application, business: Business, clock: ManualClock
) -> None:
    booking_id = await booked(app, business)
    clock.advance(START)
    for record in (app.booking.check_in, app.booking.mark_no_show):
        await record(business.org_id, booking_id, context=a_member_of_staff())
        clock.advance(timedelta(minutes=50))
        undone = await app.booking.undo_check_in(
            business.org_id, booking_id, context=a_member_of_staff()
        )
        assert undone.outcome.status == "confirmed"

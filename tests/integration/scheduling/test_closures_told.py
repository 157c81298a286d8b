"""Guests of a closed time are told: ticket and run sheet say so, with the reason."""

from datetime import timedelta

from tests.builders.api_client import ApiClient, token_of
from tests.builders.business import Business, a_booking_of, a_member_of_staff, commit
from tests.builders.closures import close
from tests.builders.schedules import STAFF, added, slots_of, wall

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock


async def ticket(api: ApiClient, ref: object, token: str) -> str:
    return (await api.client.get(f"/{api.org}/b/{ref}?t={token}")).text


async def test_ticket_of_a_closed_time_says_why(
    api: ApiClient, app: Application, business: Business
) -> None:
    await added(app, business)
    slot, *_ = await slots_of(app)
    booking = await api.book(slot[0])
    ref, token = booking.json["ref"], token_of(booking)
    assert "Thunderstorm" not in await ticket(api, ref, token)
    await close(app, business)
    page = await ticket(api, ref, token)
    assert "Closed: Thunderstorm" in page
    assert "We are closed at this time: Thunderstorm" in page


async def test_run_sheet_of_a_closed_time_says_why(
    api: ApiClient, app: Application, business: Business
) -> None:
    await added(app, business)
    closed, opened, *_ = await slots_of(app)
    await api.book(closed[0])
    await api.book(opened[0], name="Emmy Noether")
    await close(app, business, last=wall("2027-06-14T10:30"))
    cookie = await api.staff_cookie()
    sheet = await api.ask("GET", f"//admin/{api.org}/today?date=2027-06-14", headers=cookie)
    assert sheet.body.decode().count("Closed: Thunderstorm") == 1


async def test_ticket_of_guests_whom_staff_admit_to_a_closed_time_is_valid(
    api: ApiClient, app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business)
    slot, *_ = await slots_of(app)
    await api.book(slot[0])
    await close(app, business)
    clock.advance(timedelta(minutes=10))
    request = a_booking_of(slot[0], name="Emmy Noether")
    made = await app.booking.place_booking(business.org_id, request, context=a_member_of_staff())
    view = await app.bookings.by_ref(business.org_id, made.outcome.ref)
    assert view is not None
    booking = view.booking
    token = app.tokens.token(
        "manage", booking.org_id, booking.booking_id, version=booking.link_version
    )
    page = await ticket(api, made.outcome.ref, token)
    assert made.outcome.ref in page
    assert "Thunderstorm" not in page


async def test_ticket_of_a_time_that_left_its_schedule_stays_valid(
    api: ApiClient, app: Application, business: Business
) -> None:
    schedule_id = await added(app, business)
    slot, *_ = await slots_of(app)
    booking = await api.book(slot[0])
    await commit(app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF)
    assert "Closed" not in await ticket(api, booking.json["ref"], token_of(booking))

"""A form of a booking or a waiting list that comes when its step is over leads to what is."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from tests.builders.business import a_member_of_staff, the_worker
from tests.builders.guest_visit import (
    AHEAD,
    BOOKED,
    Expected,
    Step,
    Visit,
    Visits,
    booked,
    cancelled,
    moved,
)

from fullhouse.booking.limits import UNDO_PLACES_SECONDS


async def _arrived(visit: Visit) -> None:
    await visit.book()
    booking_id = (await visit.view()).booking.booking_id
    await visit.api.app.booking.check_in(
        visit.api.business.org_id, booking_id, context=a_member_of_staff(), any_time=True
    )


async def _restored(visit: Visit) -> None:
    await cancelled(visit)
    await visit.browser.send(visit.forms["undo"])


async def _cancelled_by_staff(visit: Visit) -> None:
    await visit.book()
    booking_id = (await visit.view()).booking.booking_id
    await visit.api.app.booking.cancel_booking(
        visit.api.business.org_id, booking_id, context=a_member_of_staff()
    )


async def _renewed(visit: Visit) -> None:
    await visit.book()
    await visit.browser.send(visit.forms["renew"])


async def _over(visit: Visit) -> None:
    await visit.book()
    visit.clock.advance(AHEAD + timedelta(minutes=10))


CANCELLED = (200, "booking is cancelled")
RENEWED = (200, "No e-mail was sent: this site has no mail server.")
NO_LINK = (404, "This link does not open a booking")
BOOKING_TABLE: Mapping[Step, Mapping[str, Expected]] = {
    booked: {
        "cancel": CANCELLED,
        "move": (200, "Moved to"),
        "undo": BOOKED,
        "renew": RENEWED,
    },
    moved: {"cancel": CANCELLED, "move": (200, "Moved to"), "undo": BOOKED, "renew": RENEWED},
    _restored: {"cancel": CANCELLED, "move": (200, "Moved to"), "undo": BOOKED, "renew": RENEWED},
    cancelled: {
        "cancel": CANCELLED,
        "move": CANCELLED,
        "undo": (200, "is restored"),
        "renew": RENEWED,
    },
    _cancelled_by_staff: {
        "cancel": CANCELLED,
        "move": CANCELLED,
        "undo": (409, "cancelled by the business"),
        "renew": RENEWED,
    },
    _arrived: dict.fromkeys(("cancel", "move", "undo"), (200, "You have arrived")),
    _over: {
        "cancel": (409, "could be cancelled until"),
        "move": (409, "too late to change the time"),
        "undo": BOOKED,
        "renew": RENEWED,
    },
    _renewed: dict.fromkeys(("cancel", "move", "undo", "renew"), NO_LINK),
}


@pytest.mark.parametrize("state", BOOKING_TABLE, ids=lambda step: step.__name__.strip("_"))
async def test_form_of_a_booking_leads_to_what_became_of_it(visits: Visits, state: Step) -> None:
    for form, (status, words) in BOOKING_TABLE[state].items():
        visit = await visits.begin()
        await visit.hold()
        await state(visit)
        page = await visit.browser.send(visit.forms[form])
        assert (page.status, words in page.text) == (status, True), (form, page.text)


async def _waiting(visit: Visit) -> None:
    """On the waiting list of the first time, which somebody else has booked."""
    await visit.sell(visit.slots[0])
    chosen = await visit.choose(visit.slots[0])
    visit.forms["join"] = chosen.form("/waiting")
    entry = await visit.browser.send(visit.forms["join"], visit.ana)
    visit.forms["leave"] = entry.forms[0]


async def _left(visit: Visit) -> None:
    await _waiting(visit)
    await visit.browser.send(visit.forms["leave"])


async def _offered(visit: Visit) -> None:
    await _waiting(visit)
    async with visit.api.app.database.unrestricted.session() as session:
        ref = await session.connection.fetchval(
            "SELECT ref FROM booking WHERE status = 'confirmed' AND $1 = ANY (slots)",
            visit.slots[0],
        )
    view = await visit.api.app.bookings.by_ref(visit.api.business.org_id, ref)
    assert view is not None
    org_id = visit.api.business.org_id
    await visit.api.app.booking.cancel_booking(
        org_id, view.booking.booking_id, context=a_member_of_staff()
    )
    visit.clock.advance(timedelta(seconds=UNDO_PLACES_SECONDS + 1))
    offers = await visit.api.app.booking.offer_freed_places(
        org_id, visit.slots[0], context=the_worker()
    )
    assert offers == 1


async def _offer_lapsed(visit: Visit) -> None:
    await _offered(visit)
    visit.clock.advance(timedelta(minutes=31))


WAITING = (200, "You are on the waiting list")
WAITING_TABLE: Mapping[Step, Mapping[str, Expected]] = {
    _waiting: {"join": WAITING, "leave": (410, "You have left the waiting list")},
    _left: {"join": WAITING, "leave": (410, "You have left the waiting list")},
    _offered: {
        "join": (200, "Places are available for you"),
        "leave": (410, "You have left the waiting list"),
    },
    _offer_lapsed: {"leave": (410, "You have left the waiting list")},
}


@pytest.mark.parametrize("state", WAITING_TABLE, ids=lambda step: step.__name__.strip("_"))
async def test_form_of_a_waiting_list_leads_to_what_became_of_it(
    visits: Visits, state: Step
) -> None:
    for form, (status, words) in WAITING_TABLE[state].items():
        visit = await visits.begin()
        await state(visit)
        page = await visit.browser.send(visit.forms[form], visit.ana if form == "join" else {})
        assert (page.status, words in page.text) == (status, True), (form, page.text)


async def test_contact_form_of_a_booking_that_changed_meanwhile_is_answered(visits: Visits) -> None:
    for state in BOOKING_TABLE:
        visit = await visits.begin()
        await visit.hold()
        await state(visit)
        page = await visit.browser.send(visit.forms["contact"], visit.typed["correct"])
        expected = {404} if state is _renewed else {200, 409}
        assert page.status in expected, (state, page.status, page.text)

"""The e-mail that tells of joining a waiting list: what for, and how to leave it."""

from datetime import timedelta

import pytest
from msgspec import structs
from tests.builders.business import a_booking_of, a_customer, a_guest, the_worker
from tests.integration.messages.test_messages import Office

from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application


@pytest.fixture
def office(app: Application, business: object) -> Office:
    return Office(app, business)  # type: ignore[arg-type]  # the fixture of the business


async def a_full_slot(office: Office) -> SlotId:
    slot = await office.business.a_slot(capacity=2)
    await office.book(a_booking_of(slot))
    await office.send()
    return slot


async def joined(office: Office, request: WaitingRequest) -> str:
    """Join; return the path of the entry's page."""
    result = await office.app.booking.join_waiting_list(
        office.business.org_id, request, context=a_guest()
    )
    return f"https://farm.example/meadow/w/{result.outcome.entry_id}?t="


async def test_who_joins_is_told_what_for_and_how_to_leave(office: Office) -> None:
    slot = await a_full_slot(office)
    page = await joined(office, WaitingRequest(slot, 3, a_customer("Grace Hopper")))
    (email,) = [one for one in await office.send() if one.kind == "waiting"]
    assert (email.kind, email.recipient, email.status) == (
        "waiting",
        "grace.hopper@example.org",
        "stored",
    )
    assert email.subject == "On the waiting list: Sunflower morning, Sat 19 June, 09:00"
    for text in ("Hello Grace Hopper,", "3 people", "The Barn", "Saturday 19 June 2027", page):
        assert text in email.body_text
        assert text.replace("&", "&amp;") in email.body_html
    assert email.calendar is None
    assert "Reference" not in email.body_text


async def test_any_time_of_a_day_is_told_as_a_day_in_the_guests_language(office: Office) -> None:
    slot = await a_full_slot(office)
    request = WaitingRequest(slot, 2, a_customer("Grace Hopper"), locale="de", any_time=True)
    await joined(office, request)
    (email,) = [one for one in await office.send() if one.kind == "waiting"]
    assert email.subject == "Auf der Warteliste: Sunflower morning, Samstag, 19. Juni"
    assert "Samstag, 19. Juni 2027, beliebige Uhrzeit" in email.body_text


async def test_who_is_offered_places_at_once_or_has_left_gets_no_such_email(
    office: Office, app: Application
) -> None:
    slot = await office.business.a_slot(capacity=2)
    await joined(office, WaitingRequest(slot, 2, a_customer("Grace Hopper")))
    await app.booking.offer_freed_places(office.business.org_id, slot, context=the_worker())
    assert [email.kind for email in await office.send()] == ["offer"]
    result = await app.booking.join_waiting_list(
        office.business.org_id, WaitingRequest(slot, 2, a_customer("Ada")), context=a_guest()
    )
    await app.booking.leave_waiting_list(
        office.business.org_id, result.outcome.entry_id, context=a_guest()
    )
    assert [email.kind for email in await office.send()] == ["offer"]


async def test_a_mailbox_gets_no_more_of_them_than_of_others(office: Office) -> None:
    slots = [
        await office.business.a_slot(capacity=2, starts_in=timedelta(days=7, hours=hour))
        for hour in range(14)
    ]
    for slot in slots:
        await office.book(
            structs.replace(a_booking_of(slot), customer=a_customer(f"N {slot}"[:20]))
        )
        await joined(office, WaitingRequest(slot, 2, a_customer("Grace Hopper")))
    sent = [one for one in await office.send() if one.kind == "waiting"]
    assert sum(one.status == "stored" for one in sent) == 10

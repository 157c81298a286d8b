"""Texts of e-mails that a business writes: on pages, by the API, and as guests get them."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.account_emails import Mailbox
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.delivery import a_sender, deliver
from tests.builders.html_text import visible_text
from tests.builders.mail_site import with_a_mail_server
from tests.builders.staff_browser import Staff, text

from fullhouse.bootstrap.application import Application
from fullhouse.messages.limits import EARLIER_EMAIL_TEXTS_MAX
from fullhouse.messages.model import Email

PAGE = "e-mails/confirmation.en"
PATH = "/email-texts/confirmation/en"
OWN = {
    "subject": "Hurrah: {{ offering }}",
    "heading": "You made it",
    "text": "Dear {{ name }}, <b>bring a hat</b>.\n\n{{ details }}\n\n{{ button }}",
    "sms": "Bring a hat on {{ date_time }}",
}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(with_a_mail_server(app), business)
    async with api.client:
        yield api


async def emails(app: Application, business: Business, *, guests: int = 1) -> list[Email]:
    """The confirmations that guests who book now get."""
    mailbox = Mailbox()
    slot = await business.a_slot()
    for name in ("Ada Lovelace", "Mary Somerville")[:guests]:
        booking = a_booking_of(slot, name=name)
        await app.booking.place_booking(business.org_id, booking, context=a_guest())
    await deliver(app, a_sender(app, mailbox))
    return mailbox.emails


async def test_owner_writes_a_text_sees_it_and_takes_it_back(
    app: Application, api: ApiClient, staff: Staff, business: Business
) -> None:
    del api
    form = visible_text(text(await staff.get(f"{PAGE}/edit")))
    assert "Hello {{ name }}," in form
    assert "{{ name }} The guest's name" in form
    wrong = await staff.post(f"{PAGE}/edit", version="0", **OWN | {"text": "{{ x }}\n{{ button }}"})
    assert wrong.status == 422
    assert "Line 1: There is no field of this name here: x" in visible_text(text(wrong))
    shown = await staff.post(f"{PAGE}/preview", version="0", **OWN)
    assert "&amp;lt;b&amp;gt;bring a hat" in text(shown)
    assert "sandbox" in shown.headers["content-security-policy"]
    refused = await staff.post(f"{PAGE}/preview", version="0", **OWN | {"text": "Hello"})
    assert refused.status == 422
    assert "Guests need the way to their booking" in text(refused)
    assert "Hurrah" not in text(await staff.get(PAGE)), "nothing is saved so far"

    assert (await staff.post(f"{PAGE}/edit", version="0", **OWN)).status == 303
    page = visible_text(text(await staff.get(PAGE)))
    assert "Hurrah: Sunflower morning" in page
    assert "Text Your own" in page
    assert (await staff.post(f"{PAGE}/edit", version="0", **OWN)).status == 409
    (email,) = await emails(app, business)
    assert email.subject == "Hurrah: Sunflower morning"
    assert "Dear Ada Lovelace, <b>bring a hat</b>." in email.text
    assert "&lt;b&gt;bring a hat&lt;/b&gt;" in email.html
    assert email.images == (), "the text has no ticket"

    assert (await staff.post(f"{PAGE}/reset")).status == 303
    assert "Hurrah: Sunflower morning" not in text(await staff.get(PAGE))
    assert (await staff.post(f"{PAGE}/restore")).status == 303
    assert "Hurrah: Sunflower morning" in text(await staff.get(PAGE))
    assert "Text of an e-mail changed" in visible_text(text(await staff.get("audit")))


async def test_the_last_twenty_texts_are_listed_with_who_wrote_them_and_can_be_taken_back(
    app: Application, api: ApiClient, staff: Staff
) -> None:
    await staff.post(f"{PAGE}/edit", version="0", **OWN)
    await staff.post(f"{PAGE}/reset")
    first = f"{PAGE}/edit?version=1"
    page = text(await staff.get(PAGE))
    assert first in page
    assert "UTC Ada Hurrah" in visible_text(page)
    assert "Hurrah" not in text(await staff.get(f"{PAGE}/edit"))
    assert "Hurrah" not in text(await staff.get(f"{PAGE}/edit?version=99")), "not kept"
    form = text(await staff.get(first))
    assert "Hurrah" in form
    assert 'name="version" value="2"' in form, "saving it changes the text of now"
    for number in range(EARLIER_EMAIL_TEXTS_MAX):
        changed = OWN | {"heading": f"Number {number}"}
        assert (await api.ask("PUT", PATH, json=changed, key=api.key)).status == 200
    earlier = (await api.ask("GET", f"{PATH}/earlier", key=api.key)).json["texts"]
    assert isinstance(earlier, list)
    assert [one["version"] for one in earlier] == list(range(EARLIER_EMAIL_TEXTS_MAX + 1, 1, -1))
    assert [one["default"] for one in earlier][-2:] == [False, True]
    assert {name: earlier[0][name] for name in OWN} == OWN | {"heading": "Number 18"}
    assert {bool(one["written_by"] and one["written_at"]) for one in earlier} == {True}
    async with app.database.unrestricted.session() as session:
        kept = await session.connection.fetchval("SELECT count(*) FROM earlier_email_text")
    assert kept == EARLIER_EMAIL_TEXTS_MAX + 1, "with the present one"


async def test_api_reads_writes_and_shows_texts(api: ApiClient) -> None:
    listed = (await api.ask("GET", "/email-texts", key=api.key)).json["texts"]
    assert isinstance(listed, list)
    assert {one["default"] for one in listed} == {True}
    fields = (await api.ask("GET", PATH, key=api.key)).json["fields"]
    gives = "The button to the guest's own page"
    button = {"name": "button", "gives": gives, "optional": False, "block": True}
    assert isinstance(fields, list)
    assert button in fields
    shown = await api.ask("POST", f"{PATH}/preview", json=OWN, key=api.key)
    assert shown.json["subject"] == "Hurrah: Sunflower morning"
    assert "Bring a hat on " in str(shown.json["sms"])
    wrong = await api.ask("PUT", PATH, json=OWN | {"text": "{{ x }}"}, key=api.key)
    assert (wrong.status, wrong.code) == (422, "invalid_email_text")
    message = "There is no field of this name here: x"
    assert wrong.json["problems"] == [{"field": "text", "line": 1, "message": message}]
    written = await api.ask("PUT", PATH, json=OWN, key=api.key)
    assert OWN.items() <= written.json.items()
    assert (written.json["default"], written.json["version"]) == (False, 1)
    again = await api.ask("PUT", PATH, json=OWN, key=api.key)
    assert again.json["version"] == 1, "the same text is no change"
    reset = await api.ask("POST", f"{PATH}/reset", key=api.key)
    assert reset.status == 200
    assert (await api.ask("GET", PATH, key=api.key)).json["default"]
    restored = await api.ask("POST", f"{PATH}/restore", key=api.key)
    assert OWN.items() <= restored.json.items()
    for path in ("/email-texts/confirmation/de", "/email-texts/nothing/en"):
        assert (await api.ask("PUT", path, json=OWN, key=api.key)).code == "unknown_email"


async def test_owners_are_told_once_of_a_text_that_cannot_be_used_and_guests_get_the_default(
    app: Application, api: ApiClient, staff: Staff, business: Business
) -> None:
    assert (await api.ask("PUT", PATH, json=OWN, key=api.key)).status == 200
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE email_text SET text = '{{ gone }}'")
    sent = await emails(app, business, guests=2)
    assert len(sent) == 2
    assert all(email.subject.startswith("You're booked: ") for email in sent)
    async with app.database.unrestricted.session() as session:
        told = await session.connection.fetchval(
            "SELECT count(*) FROM effect WHERE key LIKE 'account_message/text_failing/%'"
        )
        owners = await session.connection.fetchval(
            "SELECT count(*) FROM membership WHERE role = 'owner'"
        )
    assert told == owners
    assert (await api.ask("GET", PATH, key=api.key)).json["failing_since"] is not None
    assert "Guests get the default text" in visible_text(text(await staff.get(PAGE)))
    assert (await staff.post(f"{PAGE}/edit", version="1", **OWN)).status == 303
    assert (await api.ask("GET", PATH, key=api.key)).json["failing_since"] is None

"""How e-mails look: each kind in each language of the business, and tests to one's own address."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import get_args

import pytest
from tests.builders.account_emails import Mailbox
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.delivery import a_sender, deliver
from tests.builders.html_text import visible_text
from tests.builders.mail_site import with_a_mail_server
from tests.builders.staff_browser import Staff, rows, text
from tests.builders.statement_counts import added, statements
from typing_extensions import override

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_examples
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.clock import ManualClock
from fullhouse.messages.actions.send_test_email import SEND_TEST_EMAIL, SendTestEmail
from fullhouse.messages.errors import RecipientRejected
from fullhouse.messages.limits import TEST_EMAILS_PER_HOUR_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Delivery, Email, EmailKind
from fullhouse.messages.model.names import KIND_NAMES

CONFIRMATION = "e-mails/confirmation.en"


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(with_a_mail_server(app), business)
    async with api.client:
        yield api


async def confirm_address(app: Application, *, is_confirmed: bool = True) -> None:
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE account SET email = 'owner@example.org',"
            " email_verified_at = CASE WHEN $1 THEN created_at END",
            is_confirmed,
        )


async def translate(api: ApiClient) -> None:
    await api.ask("PATCH", "", json={"languages": ["de"]}, key=api.key)
    german = {"language": "de", "name": "Sonnenblumen am Morgen", "what_to_bring": "Feste Schuhe"}
    changed = {"translations": [german], "what_to_bring": "Closed shoes"}
    answer = await api.ask("PATCH", "/offerings/sunflowers", json=changed, key=api.key)
    assert answer.status == 200


async def sent_tests(app: Application, mailbox: Mailbox | None = None) -> list[Email]:
    """Send the tests that are due."""
    mailbox = mailbox or Mailbox()
    metrics = app.metrics.get(MessageMetrics)
    send = SendTestEmail(app.database, build_examples(app), mailbox, metrics)
    store, kind = EffectStore(app.database), JobKind(SEND_TEST_EMAIL, send)
    for effect in sorted(await store.lease([kind], room=100), key=lambda one: one.key):
        await send(effect)
        assert await store.complete(effect)
    return mailbox.emails


async def test_every_kind_is_listed_in_every_language(api: ApiClient, staff: Staff) -> None:
    assert rows(await staff.get("e-mails")) == list(KIND_NAMES.values())
    await translate(api)
    listed = text(await staff.get("e-mails"))
    assert listed.count("Deutsch") >= len(get_args(EmailKind))
    assert 'href="/admin/meadow/e-mails"' in text(await staff.get("messages"))


@pytest.mark.parametrize("kind", get_args(EmailKind))
async def test_example_is_what_guests_of_the_language_get(
    api: ApiClient, staff: Staff, kind: EmailKind
) -> None:
    await translate(api)
    english = text(await staff.get(f"e-mails/{kind}.en/html"))
    german = text(await staff.get(f"e-mails/{kind}.de/html"))
    assert "Sunflower morning" in english
    assert "Sonnenblumen am Morgen" in german
    assert "Alex Example" in english
    assert "cid:" not in german
    if kind in {"confirmation", "ticket"}:
        assert "Feste Schuhe" in german
    page = text(await staff.get(f"e-mails/{kind}.de"))
    assert f'src="/admin/meadow/e-mails/{kind}.de/html"' in page
    assert "Sonnenblumen am Morgen" in page


async def test_sender_and_reply_to_address_of_the_business_are_used(
    app: Application, api: ApiClient, staff: Staff, business: Business
) -> None:
    await confirm_address(app)
    mailbox = Mailbox()
    named = {
        "sender_name": "Ann, Meadow",
        "reply_to": "Ann@B\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
    }
    assert (await api.ask("PATCH", "", json=named, key=api.key)).status == 200
    page = visible_text(text(await staff.get(CONFIRMATION)))
    assert "From Ann, Meadow" in page
    assert "Answers go to ann@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example" in page
    await staff.post(f"{CONFIRMATION}/test")
    await sent_tests(app, mailbox)
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    await deliver(app, a_sender(app, mailbox))
    senders = [(one.sender_name, one.reply_to) for one in mailbox.emails]
    assert senders == [("Ann, Meadow", "ann@xn--bcher-kva.example")] * 2


async def test_example_says_why_the_business_acted(staff: Staff) -> None:
    closing = visible_text(text(await staff.get("e-mails/closing.en/html")))
    assert "After the storm the paths are under water." in closing
    assert "We are sorry" in visible_text(text(await staff.get("e-mails/cancellation.en/html")))
    assert "bring a hat" in visible_text(text(await staff.get("e-mails/message.en/html")))


async def test_page_takes_few_statements_and_writes_nothing(app: Application, staff: Staff) -> None:
    await staff.get(CONFIRMATION)
    before = statements(app)
    await staff.get(CONFIRMATION)
    assert len(added(before, statements(app))) <= 6
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM message") == 0
        assert await session.connection.fetchval("SELECT count(*) FROM booking") == 0


@pytest.mark.parametrize("key", ["confirmation.de", "nothing.en", "x", "%00"])
@pytest.mark.parametrize("end", ["", "/html"])
async def test_kind_or_language_that_there_is_not_is_not_found(
    staff: Staff, key: str, end: str
) -> None:
    assert (await staff.get(f"e-mails/{key}{end}")).status == 404


async def test_business_without_an_offering_reads_how_to_begin(
    app: Application, staff: Staff
) -> None:
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("DELETE FROM offering")
    assert "Add an offering first" in visible_text(text(await staff.get("e-mails")))
    assert (await staff.get(CONFIRMATION)).status == 404


async def test_test_goes_to_ones_own_address_and_says_that_it_is_one(
    app: Application, api: ApiClient, staff: Staff
) -> None:
    await translate(api)
    await confirm_address(app)
    answer = await staff.post("e-mails/confirmation.de/test")
    assert answer.status == 303
    done = await staff.get(answer.headers["location"].removeprefix("/admin/meadow/"))
    assert "1 test is about to be sent to your address." in visible_text(text(done))
    (email,) = await sent_tests(app)
    assert email.recipient == "owner@example.org"
    assert email.subject.startswith("Test: ")
    assert "Sonnenblumen am Morgen" in email.subject
    assert "Feste Schuhe" in email.text
    assert email.calendar is not None
    assert len(email.images) == 1
    audit = visible_text(text(await staff.get("audit")))
    assert "Test of an e-mail sent" in audit


async def test_tests_of_many_kinds_are_sent_at_once(app: Application, staff: Staff) -> None:
    await confirm_address(app)
    form = {"row.confirmation.en": "1", "row.waiting.en": "1", "query": ""}
    assert (await staff.post("e-mails/test", **form)).status == 303
    subjects = {email.subject for email in await sent_tests(app)}
    assert len(subjects) == 2


async def test_address_that_is_not_confirmed_gets_no_test(app: Application, staff: Staff) -> None:
    await confirm_address(app, is_confirmed=False)
    refused = await staff.post(f"{CONFIRMATION}/test")
    assert refused.status == 409
    assert "Confirm an e-mail address" in visible_text(text(refused))
    assert await sent_tests(app) == []


async def test_address_that_is_no_longer_confirmed_gets_no_test(
    app: Application, staff: Staff
) -> None:
    await confirm_address(app)
    assert (await staff.post(f"{CONFIRMATION}/test")).status == 303
    await confirm_address(app, is_confirmed=False)
    assert await sent_tests(app) == []


async def test_person_gets_so_many_tests_an_hour(
    app: Application, staff: Staff, clock: ManualClock
) -> None:
    await confirm_address(app)
    for _ in range(TEST_EMAILS_PER_HOUR_MAX):
        clock.advance(timedelta(seconds=1))
        assert (await staff.post(f"{CONFIRMATION}/test")).status == 303
    refused = await staff.post(f"{CONFIRMATION}/test")
    assert refused.status == 409
    assert "Try again in an hour" in visible_text(text(refused))
    assert len(await sent_tests(app)) == TEST_EMAILS_PER_HOUR_MAX
    clock.advance(timedelta(hours=1))
    assert (await staff.post(f"{CONFIRMATION}/test")).status == 303


async def test_site_without_a_mail_server_sends_no_test(
    app: Application, business: Business
) -> None:
    api = await an_api_client(app, business)
    async with api.client:
        staff = Staff(api, await api.staff_cookie())
        await confirm_address(app)
        refused = await staff.post(f"{CONFIRMATION}/test")
    assert refused.status == 409
    assert "no mail server" in visible_text(text(refused))


async def test_refused_recipient_is_no_failed_job(app: Application, staff: Staff) -> None:
    class Refusing(Mailbox):
        @override
        async def send(self, email: Email) -> Delivery:
            raise RecipientRejected(reply=email.recipient)

    await confirm_address(app)
    await staff.post(f"{CONFIRMATION}/test")
    assert await sent_tests(app, Refusing()) == []

"""E-mails whose recipient the mail server refuses: an outcome of the message, not of the job."""

import html
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client, token_of
from tests.builders.business import Business
from tests.builders.mail_site import MailSite, a_mail_site
from tests.builders.stored_messages import stored_messages

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.cli import dead_letters as command
from fullhouse.entrypoints.cli.dead_letters import DeadLetterCommand, DeadLetterSelection
from fullhouse.jobs.dead_letters import dead_letters
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages import reads
from fullhouse.messages.actions.retry_message import retry_message
from fullhouse.messages.actions.send_message import reply_of
from fullhouse.messages.errors import MessageNotRetryable, RecipientRejected, UnknownMessage
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX
from fullhouse.messages.model import Message
from fullhouse.settings import Settings

pytestmark = pytest.mark.timeout(120)

REFUSED = "nosuch.person@gmial.example"
OTHER = "nobody@gmial.example"
ANSWER = f"550 5.1.1 <{REFUSED}>: Recipient address rejected"
UNSENT = "undeliverable"
REFUSED_AT_ONCE = """
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.retries > 1 THEN RAISE EXCEPTION 'retried again'; END IF;
    NEW.status := 'undeliverable';
    RETURN NEW;
END $$;
CREATE TRIGGER refused BEFORE UPDATE OF status ON message
    FOR EACH ROW WHEN (NEW.status = 'due') EXECUTE FUNCTION pg_temp.refuse();
CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_at := NEW.due_at + interval '1 day';
    RETURN NEW;
END $$;
CREATE TRIGGER waits BEFORE INSERT ON effect FOR EACH ROW EXECUTE FUNCTION pg_temp.wait();
"""
"""A mail server that is faster than the command, and jobs that stay as they were enqueued."""


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def site(api: ApiClient, app: Application) -> AsyncIterator[MailSite]:
    async with a_mail_site(api, app) as site:
        site.postmaster.answers_to |= {REFUSED: ANSWER, OTHER: "550 5.1.2 no such domain"}
        yield site


async def the_message(site: MailSite) -> Message:
    await site.settle()
    async with site.app.database.session() as session:
        (message,) = await stored_messages(session, site.api.business.org_id)
    return message


async def dead(site: MailSite) -> int:
    async with site.app.database.unrestricted.session() as session:
        return len(await dead_letters(session))


async def test_refused_recipient_is_undeliverable_and_no_dead_letter(
    site: MailSite, business: Business
) -> None:
    assert (await site.book(await business.a_slot(), REFUSED)).status == 201
    message = await the_message(site)
    assert message.status == "undeliverable"
    assert message.last_error == f"RecipientRejected 550 5.1.1: {ANSWER}", "kept for staff"
    assert message.sent_at is None
    assert await dead(site) == 0
    metrics = (await site.api.get("//metrics")).body.decode()
    assert 'fullhouse_messages_undeliverable_total{smtp_code="550"} 1.0' in metrics


async def test_words_of_a_mail_server_that_are_no_text_keep_no_outcome_from_being_recorded(
    site: MailSite, business: Business
) -> None:
    site.postmaster.answers_to[REFUSED] = "550 5.1.1 no\0such user"
    for slot in await business.slots(2, minutes=240):
        assert (await site.book(slot, REFUSED)).status == 201
    assert await site.statuses() == {"undeliverable": 2}
    assert await dead(site) == 0
    async with site.app.database.session() as session:
        message = (await stored_messages(session, site.api.business.org_id))[0]
    assert message.last_error == "RecipientRejected 550 5.1.1: 550 5.1.1 no such user"
    in_latin_1 = RecipientRejected(reply="550 Empf\udce4nger unbekannt")
    assert reply_of(in_latin_1) == "RecipientRejected: 550 Empf nger unbekannt"


async def test_recipient_who_is_deferred_until_the_last_attempt_is_undeliverable(
    site: MailSite, business: Business, app: Application
) -> None:
    site.postmaster.answers_to[REFUSED] = "450 4.2.1 come back later"
    assert (await site.book(await business.a_slot(), REFUSED)).status == 201
    async with app.database.unrestricted.session() as session:
        while not await session.connection.fetchval(
            "SELECT count(*) FROM effect WHERE status = 'due' AND attempts = 1"
        ):
            await session.connection.execute("SELECT pg_sleep(0.05)")
        error = await session.connection.fetchval("SELECT last_error FROM effect")
        assert error == "RecipientDeferred 450 4.2.1"
        await session.connection.execute(
            "UPDATE effect SET attempts = $1, due_at = now()", MESSAGE_ATTEMPTS_MAX - 1
        )
    message = await the_message(site)
    assert message.status == "undeliverable"
    assert await dead(site) == 0


async def test_refusal_of_the_email_itself_is_ours_and_a_dead_letter(
    site: MailSite, business: Business, app: Application
) -> None:
    site.postmaster.answer = "554 5.7.1 policy, says ada@example.org"
    assert (await site.book(await business.a_slot(), "ada@example.org")).status == 201
    message = await the_message(site)
    assert message.status == "failed"
    assert message.last_error.endswith("policy, says ada@example.org")
    assert await dead(site) == 1
    async with app.database.unrestricted.session() as session:
        (letter,) = await dead_letters(session)
    assert letter.last_error == "EmailRejected 554 5.7.1"


@pytest.mark.parametrize("fault", ["recipient", "email"])
async def test_retried_message_is_sent_once_and_leaves_no_dead_letter(
    site: MailSite, business: Business, app: Application, fault: str
) -> None:
    if fault == "email":
        site.postmaster.answer = "554 5.7.1 policy"
    email = REFUSED if fault == "recipient" else "ada@example.org"
    assert (await site.book(await business.a_slot(), email)).status == 201
    message = await the_message(site)
    for _ in range(2):
        async with app.database.transaction() as session:
            await retry_message(
                session, message.org_id, message.message_id, correlation_id=app.ids.uuid()
            )
        assert (await the_message(site)).status == message.status, "it is tried, and refused again"
    site.postmaster.answers_to.clear()
    site.postmaster.answer = "250 taken"
    async with app.database.transaction() as session:
        await retry_message(
            session, message.org_id, message.message_id, correlation_id=app.ids.uuid()
        )
        with pytest.raises(MessageNotRetryable):
            await retry_message(
                session, message.org_id, message.message_id, correlation_id=app.ids.uuid()
            )
        with pytest.raises(UnknownMessage):
            await retry_message(
                session, message.org_id, app.ids.uuid(), correlation_id=app.ids.uuid()
            )
    message = await the_message(site)
    assert (message.status, message.last_error) == ("sent", "")
    assert len(site.postmaster.taken) == 1
    assert await dead(site) == 0


async def test_operator_lists_retries_and_discards_unsent_messages(
    site: MailSite, business: Business, database_url: str
) -> None:
    settings = Settings(database_url=database_url)
    slots = await business.slots(2, minutes=240)
    for slot, email in zip(slots, (REFUSED, OTHER), strict=True):
        assert (await site.book(slot, email)).status == 201
    assert await site.statuses() == {"undeliverable": 2}
    listed = await command.list_selected(settings, DeadLetterSelection())
    assert ANSWER in command.format_dead_letters(listed)
    assert await command.list_selected(settings, DeadLetterSelection(kind="rate_limited")) == []
    messages = [each for each in listed if isinstance(each, command.ListedMessage)]
    (one,) = (each for each in messages if each.message.recipient == OTHER)
    site.postmaster.answers_to.clear()
    await command.change_selected(
        settings, DeadLetterCommand.DISCARD, DeadLetterSelection([one.id], reason="No such person")
    )
    all_of_kind = DeadLetterSelection(kind="undeliverable")
    retried = await command.change_selected(settings, DeadLetterCommand.RETRY, all_of_kind)
    assert retried.kinds == {"undeliverable": 1}
    assert await site.statuses() == {"sent": 1, "discarded": 1}
    assert await command.list_selected(settings, DeadLetterSelection()) == []
    with pytest.raises(InvalidInput):
        await command.change_selected(
            settings, DeadLetterCommand.RETRY, DeadLetterSelection([one.id])
        )


async def test_operator_retries_each_message_once_though_all_are_refused_again_meanwhile(
    site: MailSite, business: Business, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "UNSENT_MESSAGES_LISTED_MAX", 1)
    for slot in await business.slots(3, minutes=240):
        assert (await site.book(slot, REFUSED)).status == 201
    assert await site.statuses() == {"undeliverable": 3}
    async with site.app.database.unrestricted.session() as session:
        await session.connection.execute(REFUSED_AT_ONCE)
    settings, selection = Settings(database_url=database_url), DeadLetterSelection(kind=UNSENT)
    for dry_run in (True, False):
        changed = await command.change_selected(
            settings, DeadLetterCommand.RETRY, selection, dry_run=dry_run
        )
        assert (changed.kinds, changed.seconds) == ({UNSENT: 3}, 0.2)
    async with site.app.database.unrestricted.session() as session:
        due = await session.connection.fetch(
            "SELECT due_at FROM effect WHERE status = 'due' ORDER BY due_at"
        )
    pauses = [later[0] - sooner[0] for sooner, later in pairwise(due)]
    assert len(pauses) == 2
    assert min(pauses) >= timedelta(seconds=0.1)


async def test_staff_see_why_on_the_page_of_the_booking_and_send_it_again(
    site: MailSite, api: ApiClient, business: Business
) -> None:
    booking = await site.book(await business.a_slot(), REFUSED)
    message = await the_message(site)
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/bookings/{booking.json['ref']}"
    page = (await api.ask("GET", path, headers=cookie)).body.decode()
    assert "cannot be delivered to this address" in page
    assert html.escape(ANSWER) in page
    assert "Send again" in page
    site.postmaster.answers_to.clear()
    form = {**cookie, "content-type": "application/x-www-form-urlencoded"}
    for message_id, status in (
        (message.message_id, 303), (message.message_id, 409), (UUID(int=1), 404), ("x", 404),
    ):  # fmt: skip
        answer = await api.ask(
            "POST", f"{path}/send-again", headers=form, content=f"message={message_id}".encode()
        )
        assert answer.status == status
    assert await site.statuses() == {"sent": 1}
    page = (await api.ask("GET", path, headers=cookie)).body.decode()
    assert "Send again" not in page


async def ticket_page(api: ApiClient, booking: Answer, *, link: str = "", query: str = "") -> str:
    """The page of a booking as plain text, opened by the guest's link or by another token."""
    token = link or token_of(booking)
    path = f"//{api.org}/b/{booking.json['ref']}?t={token}{query}"
    return html.unescape((await api.ask("GET", path)).body.decode())


async def test_ticket_says_what_became_of_its_email(mailing: ApiClient, business: Business) -> None:
    """About to be sent, sent, refused; a link that only shows the booking tells nothing."""
    slots = await business.slots(2, minutes=240)
    async with a_mail_site(mailing, mailing.app) as site:
        site.postmaster.stalls.clear()
        site.postmaster.answers_to |= {REFUSED: ANSWER}
        first = await site.book(slots[0], "ada@example.org")
        assert "We're e-mailing your ticket to ada@" in await ticket_page(
            mailing, first, query="&new=1"
        )
        site.postmaster.stalls.set()
        await site.settle()
        assert "We've e-mailed your ticket to ada@" in await ticket_page(
            mailing, first, query="&new=1"
        )
        assert "e-mail" not in (await ticket_page(mailing, first)).partition("<article")[0].lower()
        second = await site.book(slots[1], REFUSED)
        await site.settle()
        for query in ("", "&new=1"):
            page = await ticket_page(mailing, second, query=query)
            assert f"We couldn't deliver the e-mail to {REFUSED}".lower() in page.lower()
            assert f"/b/{second.json['ref']}/contact?t=" in page
            assert "e-mailed your ticket" not in page
        view = await mailing.app.bookings.by_ref(business.org_id, str(second.json["ref"]))
        assert view is not None
        shows = (
            SignedUrls(mailing.app.tokens).booking(mailing.org, view.booking, purpose="show").token
        )
        assert REFUSED not in await ticket_page(mailing, second, link=shows)


async def test_without_a_mail_server_no_page_says_that_an_email_was_sent(
    business: Business, api: ApiClient
) -> None:
    booking = await api.book(await business.a_slot())
    page = await ticket_page(api, booking, query="&new=1")
    assert "No e-mail was sent: please save or print your ticket." in page
    assert "e-mailed" not in page
    answer = await api.ask("GET", f"//{api.org}/b?done=sent")
    assert "No e-mail was sent: this site has no mail server." in answer.body.decode()
    listed = await api.ask("GET", f"//admin/{api.org}/messages", headers=await api.staff_cookie())
    assert (
        "No mail server is set up: what goes by nothing else is not sent." in listed.body.decode()
    )


async def test_message_names_the_reason_and_is_sent_again(
    site: MailSite, api: ApiClient, business: Business
) -> None:
    await site.book(await business.a_slot(), REFUSED)
    message = await the_message(site)
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/messages"
    path = f"{path}/{message.message_id}"
    page = (await api.ask("GET", path, headers=cookie)).body.decode()
    assert html.escape(ANSWER) in page
    assert "Send again" in page
    site.postmaster.answers_to.clear()
    assert (await api.ask("POST", f"{path}/send-again", headers=cookie)).status == 303
    assert await site.statuses() == {"sent": 1}
    assert "Send again" not in (await api.ask("GET", path, headers=cookie)).body.decode()


async def test_email_to_an_example_address_is_said_to_be_no_fault_of_the_mail_server(
    mailing: ApiClient, business: Business
) -> None:
    """Those of the demo's guests and of load tests; sending again would not send them either."""
    async with a_mail_site(mailing, mailing.app) as site:
        await site.book(await business.a_slot(), "ada@guest.example")
        assert await site.statuses() == {"stored": 1}
        cookie = await mailing.staff_cookie()
        path = f"//admin/{mailing.org}/messages"
        answer = await mailing.ask("GET", path, headers=cookie)
        message = await the_message(site)
        one = await mailing.ask("GET", f"{path}/{message.message_id}", headers=cookie)
    for page in (answer.body.decode(), one.body.decode()):
        assert "not sent: example address" in page
        assert "no mail server" not in page
    assert "Send again" not in one.body.decode()

from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from icalendar import Calendar, Event
from msgspec import structs
from tests.builders.business import (
    ADA,
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    commit,
    minute_of_undo_passes,
)
from tests.builders.delivery import a_sender, deliver
from tests.builders.stored_messages import stored_messages

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import (
    BookingRequest,
    WaitingRequest,
)
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application
from fullhouse.integrations.smtp import OutboxOnlyMailer
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import formatter_for
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.calendar_file import InvitationDetails, calendar_file
from fullhouse.messages.facts import BookingFacts, Fact
from fullhouse.messages.model import Message
from fullhouse.messages.reads import (
    MessageSearch,
    MessageSummary,
    find_messages,
    message_by_id,
    messages_about,
)

pytestmark = pytest.mark.timeout(60)


@dataclass(slots=True)
class Office:
    """Sends what is due at a business without a mail server."""

    app: Application
    business: Business
    mailer: OutboxOnlyMailer = field(default_factory=OutboxOnlyMailer)

    @property
    def send_message(self) -> SendMessage:
        return a_sender(self.app, self.mailer)

    async def send(self) -> list[Message]:
        """Relay the events, execute every effect, and return all that is stored, oldest first."""
        await deliver(self.app, self.send_message)
        async with self.app.database.session() as session:
            return list(reversed(await stored_messages(session, self.business.org_id)))

    async def book(self, request: BookingRequest) -> BookingId:
        answer = await self.app.booking.place_booking(
            self.business.org_id, request, context=a_guest()
        )
        return answer.outcome.booking_id


@pytest.fixture
def office(app: Application, business: Business) -> Office:
    return Office(app, business)


def entry_of(message: Message) -> Event:
    assert message.calendar is not None
    (entry,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    assert isinstance(entry, Event)
    return entry


def staff() -> RequestContext:
    return RequestContext(ADA, UUID(int=9))


async def test_confirmation_shows_every_detail_of_the_booking(
    office: Office, app: Application
) -> None:
    first, second = await office.business.slots(2)
    booking_id = await office.book(a_booking_of(first, second, party=3))
    (email,) = await office.send()
    view = await app.bookings.by_id(office.business.org_id, booking_id)
    assert view is not None
    assert email.recipient == "ada.lovelace@example.org"
    assert email.subject == "You're booked: Sunflower morning, Sat 19 June, 09:00"
    assert email.status == "stored"
    for fact in (
        "Saturday 19 June 2027, 09:00 \N{EN DASH} 10:00",
        "3 people",
        "The Barn",
        "£72.00",
        view.booking.ref,
        "Ada Lovelace",
        f"https://farm.example/meadow/b/{view.booking.ref}?t=",
        "Meadow Farm",
    ):
        assert fact in email.body_text
        assert fact in email.body_html
    assert "{" not in email.body_text


async def test_links_of_emails_lead_to_the_own_domain_of_the_business(office: Office) -> None:
    async with office.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE organisation SET domain = 'book.meadow.example', domain_confirmed_at = now()"
        )
    await office.book(a_booking_of(await office.business.a_slot()))
    (email,) = await office.send()
    assert "https://book.meadow.example/meadow/b/" in email.body_text
    assert "farm.example" not in email.body_text
    assert "https://book.meadow.example/meadow/b/" in str(entry_of(email))
    # What staff scan leads to the installation, where they are signed in
    assert email.qr.startswith("https://farm.example/meadow/b/")


async def test_change_of_the_party_is_written_about_with_the_new_price(
    office: Office, app: Application
) -> None:
    slot = await office.business.a_slot()
    booking_id = await office.book(a_booking_of(slot, party=3))
    await office.send()
    move = app.booking.move_booking
    await move(office.business.org_id, booking_id, party=4, context=a_guest())
    (email,) = [email for email in await office.send() if email.kind == "party_change"]
    assert "4 people" in email.body_text
    assert "£48.00" in email.body_text
    await move(office.business.org_id, booking_id, party=5, context=a_guest())
    await move(office.business.org_id, booking_id, party=2, context=a_guest())
    later = [one for one in await office.send() if one.kind == "party_change" and one != email]
    assert ["2 people" in email.body_text for email in later] == [True], "what is true by now"


async def test_new_address_gets_the_ticket_and_the_one_before_hears_of_it(
    office: Office, app: Application
) -> None:
    org_id, slot = office.business.org_id, await office.business.a_slot()
    booking_id = await office.book(a_booking_of(slot))
    await office.send()
    change, new = app.booking.change_contact, a_customer("Ada New")
    await commit(app, change, org_id, booking_id, new, context=a_guest())
    sent = {email.kind: email for email in await office.send()}
    assert (sent["ticket"].recipient, sent["address_change"].recipient) == (
        new.email,
        a_customer().email,
    )
    note = sent["address_change"]
    assert "?t=" not in note.body_text + note.body_html, "it may be a stranger's address"
    assert new.email not in note.body_text
    assert (note.calendar, note.qr) == (None, ""), "nothing that shows the ticket"
    later = msgspec.structs.replace(new, phone="+442079460958")
    await commit(app, change, org_id, booking_id, later, context=a_guest())
    assert len(await office.send()) == 3, "another phone number is no news"


async def test_later_emails_update_the_same_calendar_entry(
    office: Office, app: Application, clock: ManualClock
) -> None:
    one, other = await office.business.slots(2)
    booking_id = await office.book(a_booking_of(one))
    emails = [(await office.send())[-1]]
    clock.advance(timedelta(seconds=1))
    org_id = office.business.org_id
    await app.booking.move_booking(org_id, booking_id, (other,), context=staff())
    emails.append((await office.send())[-1])
    clock.advance(timedelta(seconds=1))
    await app.booking.cancel_booking(org_id, booking_id, context=a_guest())
    emails.append((await office.send())[-1])
    clock.advance(timedelta(seconds=1))
    await app.booking.restore_booking(org_id, booking_id, context=a_guest())
    emails.append((await office.send())[-1])

    assert [email.kind for email in emails] == [
        "confirmation",
        "rescheduling",
        "cancellation",
        "restoration",
    ]
    entries = [entry_of(email) for email in emails]
    assert len({str(entry["UID"]) for entry in entries} | {str(booking_id)}) == 2
    sequences = [int(str(entry["SEQUENCE"])) for entry in entries]
    assert sequences == sorted(set(sequences))
    methods = [str(Calendar.from_ical(email.calendar or "")["METHOD"]) for email in emails]
    assert methods == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert [str(entry["STATUS"]) for entry in entries] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
        "CONFIRMED",
    ]
    assert entries[1].decoded("DTSTART") - entries[0].decoded("DTSTART") == timedelta(minutes=30)
    assert "Cancellation fee: None" in emails[2].body_text


async def test_email_shows_venue_time_and_calendar_file_the_instant(
    office: Office, app: Application
) -> None:
    booking_id = await office.book(a_booking_of(await office.business.a_slot()))
    view = await app.bookings.by_id(office.business.org_id, booking_id)
    assert view is not None
    island = replace(view, venue=replace(view.venue, zone="Australia/Lord_Howe"))
    formatter = formatter_for("en", ZoneInfo(island.venue.zone), country="GB")
    spans = [Timespan(slot.starts_at, slot.ends_at) for slot in island.slots]
    assert formatter.timespans(spans) == "Saturday 19 June 2027, 18:30 \N{EN DASH} 19:00"
    details = InvitationDetails(
        "Meadow Farm",
        "farm@example.org",
        "https://farm.example/",
        app.clock.now(),
        BookingFacts((), (Fact("How to pay", "At the gate"),)),
    )
    text = calendar_file(island, details)
    (entry,) = Calendar.from_ical(text).walk("VEVENT")
    assert "DTSTART:20270619T080000Z" in text
    assert entry.decoded("DTSTART") == view.booking.starts_at
    assert "ATTENDEE" not in entry, "a file for downloading invites nobody"


async def test_offer_states_when_the_hold_expires_and_links_to_it(
    office: Office, app: Application
) -> None:
    slot = await office.business.a_slot(capacity=2)
    org_id = office.business.org_id
    booking_id = await office.book(a_booking_of(slot))
    await app.booking.join_waiting_list(
        org_id, WaitingRequest(slot, 2, a_customer("Grace Hopper")), context=a_guest()
    )
    await app.booking.cancel_booking(org_id, booking_id, context=a_guest())
    await minute_of_undo_passes(app)
    await app.booking.offer_freed_places(org_id, slot, context=staff())
    emails = await office.send()
    offer = next(email for email in emails if email.kind == "offer")
    assert offer.recipient == "grace.hopper@example.org"
    view = await app.bookings.by_id(org_id, BookingId(offer.subject_id))
    assert view is not None
    assert view.booking.expires_at is not None
    formatter = formatter_for("en", ZoneInfo(view.venue.zone), country=view.venue.country)
    assert f"until {formatter.date_time(view.booking.expires_at)}." in offer.body_text
    assert "https://farm.example/meadow/w/" in offer.body_text
    assert offer.calendar is None


async def test_email_of_an_outdated_event_is_not_rendered(office: Office, app: Application) -> None:
    booking_id = await office.book(a_booking_of(await office.business.a_slot()))
    await app.booking.cancel_booking(office.business.org_id, booking_id, context=a_guest())
    emails = await office.send()
    assert [email.kind for email in emails] == ["cancellation"]


async def test_two_moves_before_sending_give_one_email_about_the_last_slot(
    office: Office, app: Application
) -> None:
    one, two, three = await office.business.slots(3)
    booking_id = await office.book(a_booking_of(one))
    await office.send()
    for slot in (two, three):
        await app.booking.move_booking(office.business.org_id, booking_id, (slot,), context=staff())
    bodies = {email.kind: email.body_text for email in await office.send()}
    assert bodies.keys() == {"confirmation", "rescheduling"}
    assert "10:00" in bodies["rescheduling"]


async def test_repeated_effect_changes_nothing(office: Office, app: Application) -> None:
    await office.book(a_booking_of(await office.business.a_slot()))
    (email,) = await office.send()
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE effect SET status = 'due', due_at = now(), ended_at = NULL"
        )
        await session.connection.execute("UPDATE booking SET customer_name = 'Somebody Else'")
    assert await office.send() == [email]


async def test_email_is_in_the_customers_language_or_english(office: Office) -> None:
    one, two, three = await office.business.slots(3)
    for slot, locale in ((one, "de"), (two, "de-AT"), (three, "tlh")):
        request = structs.replace(a_booking_of(slot, allow_duplicate=True), locale=locale)
        await office.book(request)
    subjects = sorted(email.subject for email in await office.send())
    assert subjects == [
        "Gebucht: Sunflower morning, Sa., 19. Juni, 09:00",
        "Gebucht: Sunflower morning, Sa., 19. Juni, 09:30",
        "You're booked: Sunflower morning, Sat 19 June, 10:00",
    ]


async def test_email_about_an_american_venue_is_american(office: Office, app: Application) -> None:
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE venue SET country = 'US', zone = 'America/Chicago'"
        )
    await office.book(a_booking_of(await office.business.a_slot()))
    (email,) = await office.send()
    assert email.subject == "You're booked: Sunflower morning, Sat, June 19, 3:00 AM"
    when = "Saturday, June 19, 2027, 3:00 \N{EN DASH} 3:30\N{NO-BREAK SPACE}AM"
    when = f"{when} (local time in Chicago)"
    assert when in email.body_text
    assert when in unescape(email.body_html)


async def test_customer_name_is_neither_markup_nor_a_header(office: Office) -> None:
    request = a_booking_of(await office.business.a_slot(), name="<b>Ada</b>")
    ada = structs.replace(request.customer, email="ada@example.org")
    await office.book(structs.replace(request, customer=ada))
    (email,) = await office.send()
    assert "<b>" not in email.body_html
    assert "&lt;b&gt;Ada&lt;/b&gt;" in email.body_html
    assert "<b>Ada</b>" in email.body_text
    assert "\n" not in email.subject


async def test_list_of_messages_is_paged_and_shows_one_organisation_only(
    office: Office, app: Application, clock: ManualClock
) -> None:
    slots = await office.business.slots(5)
    for number, slot in enumerate(slots):
        await office.book(a_booking_of(slot, name=f"Guest {number}"))
        clock.advance(timedelta(seconds=1))
    await office.send()
    org_id = office.business.org_id
    async with app.database.session() as session:
        everything = await find_messages(session, org_id, MessageSearch())
        pages: list[MessageSummary] = []
        search = MessageSearch(limit=2)
        while page := await find_messages(session, org_id, search):
            pages += page
            search = MessageSearch(limit=2, after=page[-1].position)
        assert pages == everything
        assert len(everything) == 5
        first = await message_by_id(session, org_id, everything[0].message_id)
        assert first is not None
        assert await messages_about(session, org_id, first.subject_id) == [first]
        assert await find_messages(session, OrgId(UUID(int=1)), MessageSearch()) == []


async def test_ticket_is_sent_again_with_the_link_that_works_now(
    office: Office, app: Application
) -> None:
    org_id = office.business.org_id
    booking_id = await office.book(a_booking_of(await office.business.a_slot()))
    (first,) = await office.send()
    await commit(app, app.booking.renew_link, org_id, booking_id, context=a_guest())
    await commit(app, app.booking.send_tickets.by_email, org_id, first.recipient, context=a_guest())
    emails = [email for email in await office.send() if email.kind == "ticket"]
    view = await app.bookings.by_id(org_id, booking_id)
    assert view is not None
    urls = SignedUrls(app.tokens, "https://farm.example")
    link = urls.booking("meadow", view.booking).ticket
    assert len(emails) == 2
    for email in emails:
        assert link in email.body_text
        assert link not in first.body_text
        shown = urls.booking("meadow", view.booking, purpose="show").ticket
        assert str(entry_of(email)["URL"]) == shown

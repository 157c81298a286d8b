from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event
from msgspec import structs
from tests.builders.business import Business, a_booking_of, a_customer, a_guest

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import BookingRequest, Caller, WaitingRequest
from fullhouse.bootstrap import House
from fullhouse.integrations.smtp import KeptMailer
from fullhouse.jobs.effects import Claim, Effect, claim, settle
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.rush import Rush
from fullhouse.jobs.wakeups import Wakeups
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.calendar_file import Invitation, calendar_file
from fullhouse.messages.actions.letters import Letters
from fullhouse.messages.actions.tell import Tell
from fullhouse.messages.actions.writing import Writer, letter_templates
from fullhouse.messages.model import Message
from fullhouse.messages.model.links import SecretLinks
from fullhouse.messages.model.speech import phrases_in, speech_for
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.messages.reads import OutboxPosition, message_by_id, messages_about, outbox

pytestmark = pytest.mark.timeout(60)


@dataclass(slots=True)
class Desk:
    """Writes what is due at a business without a mail server."""

    house: House
    business: Business
    mailer: KeptMailer = field(default_factory=KeptMailer)

    @property
    def tell(self) -> Tell:
        links = SecretLinks("https://farm.example", self.house.tokens)
        return Tell(
            Letters(self.house.database, self.house.bookings),
            Writer(links, self.mailer.address, letter_templates()),
            self.mailer,
            self.house.clock,
            self.house.metrics.messages,
        )

    async def write(self) -> list[Message]:
        """Relay what happened, do every effect, and give back the whole outbox, oldest first."""
        database = self.house.database
        relay = Relay(
            database,
            (messages_subscriber(),),
            Wakeups(self.house.connect),
            Rush(self.house.clock),
            self.house.metrics.relay,
        )
        await relay.catch_up()
        async with database.session() as session:
            keys = await session.connection.fetch(
                "SELECT key FROM effect WHERE kind = 'message' AND status = 'due' ORDER BY key"
            )
        for row in keys:
            async with database.transaction() as session:
                wish = Claim(self.business.org_id, row["key"], timedelta(seconds=20))
                [effect] = await claim(session, [wish])
            assert isinstance(effect, Effect)
            await self.tell(effect)
            async with database.transaction() as session:
                await settle(session, [effect])
        async with database.session() as session:
            return list(reversed(await outbox(session, self.business.org_id)))

    async def book(self, request: BookingRequest) -> BookingId:
        answer = await self.house.booking.place_booking(
            self.business.org_id, request, caller=a_guest()
        )
        return answer.outcome.booking_id


@pytest.fixture
def desk(house: House, business: Business) -> Desk:
    return Desk(house, business)


def entry_of(message: Message) -> Event:
    assert message.calendar is not None
    (entry,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    assert isinstance(entry, Event)
    return entry


def staff() -> Caller:
    return Caller("staff:Ada", UUID(int=9))


async def test_a_booking_is_confirmed_in_a_letter_with_all_its_facts(
    desk: Desk, house: House
) -> None:
    first, second = await desk.business.slots(2)
    booking_id = await desk.book(a_booking_of(first, second, party=3))
    (letter,) = await desk.write()
    view = await house.bookings.by_id(desk.business.org_id, booking_id)
    assert view is not None
    assert letter.recipient == "ada.lovelace@example.org"
    assert letter.subject == "Booked: Sunflower morning, Sat 19 June, 09:00"
    assert letter.status == "kept"
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
        assert fact in letter.body_text
        assert fact in letter.body_html
    assert "{" not in letter.body_text


async def test_every_later_letter_changes_the_same_calendar_entry(
    desk: Desk, house: House, clock: ManualClock
) -> None:
    one, other = await desk.business.slots(2)
    booking_id = await desk.book(a_booking_of(one))
    letters = [(await desk.write())[-1]]
    clock.advance(timedelta(seconds=1))
    org_id = desk.business.org_id
    await house.booking.move_booking(org_id, booking_id, (other,), caller=staff())
    letters.append((await desk.write())[-1])
    clock.advance(timedelta(seconds=1))
    await house.booking.cancel_booking(org_id, booking_id, caller=a_guest())
    letters.append((await desk.write())[-1])
    clock.advance(timedelta(seconds=1))
    await house.booking.restore_booking(org_id, booking_id, caller=a_guest())
    letters.append((await desk.write())[-1])

    assert [letter.kind for letter in letters] == [
        "confirmation",
        "rescheduling",
        "cancellation",
        "restoration",
    ]
    entries = [entry_of(letter) for letter in letters]
    assert {str(entry["UID"]) for entry in entries} == {str(booking_id)}
    sequences = [int(str(entry["SEQUENCE"])) for entry in entries]
    assert sequences == sorted(set(sequences))
    methods = [str(Calendar.from_ical(letter.calendar or "")["METHOD"]) for letter in letters]
    assert methods == ["REQUEST", "REQUEST", "CANCEL", "REQUEST"]
    assert [str(entry["STATUS"]) for entry in entries] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
        "CONFIRMED",
    ]
    assert entries[1].decoded("DTSTART") - entries[0].decoded("DTSTART") == timedelta(minutes=30)
    assert "Fee: £0.00" in letters[2].body_text


async def test_times_are_the_venues_in_the_letter_and_one_instant_in_the_calendar(
    desk: Desk, house: House
) -> None:
    booking_id = await desk.book(a_booking_of(await desk.business.a_slot()))
    view = await house.bookings.by_id(desk.business.org_id, booking_id)
    assert view is not None
    island = replace(view, venue=replace(view.venue, zone="Australia/Lord_Howe"))
    speech = speech_for("en", ZoneInfo(island.venue.zone))
    assert speech.when(island.slots) == "Saturday 19 June 2027, 18:30 \N{EN DASH} 19:00"
    invitation = Invitation(
        "Meadow Farm", "farm@example.org", "https://farm.example/", house.clock.now()
    )
    text = calendar_file(island, invitation)
    (entry,) = Calendar.from_ical(text).walk("VEVENT")
    assert "DTSTART:20270619T080000Z" in text
    assert entry.decoded("DTSTART") == view.booking.starts_at
    assert "ATTENDEE" not in entry, "a file for downloading invites nobody"


async def test_an_offer_says_until_when_the_places_are_held_and_links_to_them(
    desk: Desk, house: House
) -> None:
    slot = await desk.business.a_slot(capacity=2)
    org_id = desk.business.org_id
    booking_id = await desk.book(a_booking_of(slot))
    await house.booking.join_waiting_list(
        org_id, WaitingRequest(slot, 2, a_customer("Grace Hopper")), caller=a_guest()
    )
    await house.booking.cancel_booking(org_id, booking_id, caller=a_guest())
    await house.booking.offer_freed_places(org_id, slot, caller=staff())
    letters = await desk.write()
    offer = next(letter for letter in letters if letter.kind == "offer")
    assert offer.recipient == "grace.hopper@example.org"
    assert "until Sat 12 June, 09:30" in offer.body_text
    assert "https://farm.example/meadow/w/" in offer.body_text
    assert offer.calendar is None


async def test_what_is_no_longer_true_is_not_written(desk: Desk, house: House) -> None:
    booking_id = await desk.book(a_booking_of(await desk.business.a_slot()))
    await house.booking.cancel_booking(desk.business.org_id, booking_id, caller=a_guest())
    letters = await desk.write()
    assert [letter.kind for letter in letters] == ["cancellation"]


async def test_moved_twice_before_a_letter_was_written_tells_of_the_last_place_only(
    desk: Desk, house: House
) -> None:
    one, two, three = await desk.business.slots(3)
    booking_id = await desk.book(a_booking_of(one))
    await desk.write()
    for slot in (two, three):
        await house.booking.move_booking(desk.business.org_id, booking_id, (slot,), caller=staff())
    bodies = {letter.kind: letter.body_text for letter in await desk.write()}
    assert bodies.keys() == {"confirmation", "rescheduling"}
    assert "10:00" in bodies["rescheduling"]


async def test_telling_again_changes_nothing(desk: Desk, house: House) -> None:
    await desk.book(a_booking_of(await desk.business.a_slot()))
    (letter,) = await desk.write()
    async with house.database.transaction() as session:
        await session.connection.execute("UPDATE effect SET status = 'due', due_at = now()")
        await session.connection.execute("UPDATE booking SET customer_name = 'Somebody Else'")
    assert await desk.write() == [letter]


async def test_the_customers_language_is_spoken_where_we_can(desk: Desk) -> None:
    one, two, three = await desk.business.slots(3)
    for slot, locale in ((one, "de"), (two, "de-AT"), (three, "tlh")):
        request = structs.replace(a_booking_of(slot, another=True), locale=locale)
        await desk.book(request)
    subjects = sorted(letter.subject for letter in await desk.write())
    assert subjects == [
        "Booked: Sunflower morning, Sat 19 June, 10:00",
        "Gebucht: Sunflower morning, Sa., 19. Juni, 09:00",
        "Gebucht: Sunflower morning, Sa., 19. Juni, 09:30",
    ]


async def test_a_name_is_never_markup_and_never_a_second_header(desk: Desk) -> None:
    request = a_booking_of(await desk.business.a_slot(), name="<b>Ada</b>")
    ada = structs.replace(request.customer, email="ada@example.org")
    await desk.book(structs.replace(request, customer=ada))
    (letter,) = await desk.write()
    assert "<b>" not in letter.body_html
    assert "&lt;b&gt;Ada&lt;/b&gt;" in letter.body_html
    assert "<b>Ada</b>" in letter.body_text
    assert "\n" not in letter.subject


async def test_the_outbox_has_pages_and_shows_only_its_own_organisation(
    desk: Desk, house: House, clock: ManualClock
) -> None:
    slots = await desk.business.slots(5)
    for number, slot in enumerate(slots):
        await desk.book(a_booking_of(slot, name=f"Guest {number}"))
        clock.advance(timedelta(seconds=1))
    await desk.write()
    org_id = desk.business.org_id
    async with house.database.session() as session:
        everything = await outbox(session, org_id)
        pages: list[Message] = []
        position: OutboxPosition | None = None
        while page := await outbox(session, org_id, after=position, limit=2):
            pages += page
            position = OutboxPosition(page[-1].created_at, page[-1].message_id)
        assert pages == everything
        assert len(everything) == 5
        first = everything[0]
        assert await messages_about(session, org_id, first.subject_id) == [first]
        assert await message_by_id(session, org_id, first.message_id) == first
        assert await outbox(session, OrgId(UUID(int=1))) == []


def test_every_language_says_the_same_things() -> None:
    english, german = phrases_in("en"), phrases_in("de")
    assert {part: set(keys) for part, keys in english.items()} == {
        part: set(keys) for part, keys in german.items()
    }


def test_a_locale_that_means_nothing_is_english() -> None:
    for locale in ("", "xx", "en_XX_YY_ZZ", "!"):
        assert speech_for(locale, ZoneInfo("Europe/London")).language == "en"

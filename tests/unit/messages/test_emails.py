"""Every kind of e-mail in every language, with ordinary and with hostile values."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from msgspec import structs
from tests.builders.emails import (
    NOW,
    OFFERING,
    ORGANISATION,
    REF,
    STARTS_AT,
    VENUE,
    a_view,
    rendered,
    status_for,
)

from fullhouse.booking.model.offering import Offering
from fullhouse.integrations.mime import mime_message
from fullhouse.localisation.formatter import formatter_for
from fullhouse.localisation.translations import LANGUAGES
from fullhouse.messages.facts import BookingFacts, booking_facts, map_url, policy_lines
from fullhouse.messages.model import Email, EmailKind, InlineImage, qr_content_id
from fullhouse.messages.qr import qr_png
from fullhouse.messages.rendering import (
    RenderedMessage,
)

LONG_WORD = "Sonnenblumenfeldwegbeschreibungen" * 6
MARKUP = "\"><script>alert('{{ 7*7 }}')</script> %(name)s %s {0} \u202e"
VALUES = {
    "ordinary": "Meadow Farm",
    "markup": MARKUP,
    "long word": LONG_WORD,
    "lines": "One\r\nTwo\n\nBcc: all@example.org",
    "other scripts": "\u65e5\u672c\u8a9e \u0645\u0632\u0631\u0639\u0629 \U0001f33b",
}
EVERY_KIND = pytest.mark.parametrize("kind", get_args(EmailKind))
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EVERY_VALUE = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)

ELEMENTS = {
    "a",
    "div",
    "h1",
    "h2",
    "img",
    "p",
    "s",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
}

GRACE = "Free cancellation for one hour after booking."
FREE_AT_FIRST = (
    "Free cancellation until Fri 11 June, 10:00. After that, we charge a fee of 50% of the price."
)


def hostile(value: str, kind: EmailKind, language: str) -> RenderedMessage:
    """The e-mail with the value as every text that somebody typed."""
    name = " ".join(value.split())
    offering: Offering = replace(
        OFFERING, name=name, how_to_pay=value, what_to_bring=value, description=value
    )
    venue = replace(VENUE, name=name, address=name, directions=value)
    view = replace(
        a_view(status=status_for(kind), language=language, name=name),
        offering=offering,
        venue=venue,
    )
    return rendered(kind, view, replace(ORGANISATION, name=name))


class Outline:
    """Elements, links, images and visible text of the body of an HTML e-mail."""

    def __init__(self, document: str) -> None:
        body = re.split("<body[^>]*>", document)[1]
        self.tags = set(re.findall(r"<([a-z0-9]+)", body))
        self.links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]*)"', body)]
        self.images = re.findall(r'<img src="([^"]*)"[^>]* alt="([^"]*)"', body)
        self.text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


@EVERY_KIND
@EVERY_LANGUAGE
@EVERY_VALUE
def test_any_value_is_text_in_every_email(kind: EmailKind, language: str, value: str) -> None:
    email = hostile(value, kind, language)
    outline = Outline(email.html)
    assert outline.tags <= ELEMENTS
    assert all(
        link.startswith(("https://", "tel:+1630", "mailto:hello@")) for link in outline.links
    )
    assert email.subject.splitlines() == [email.subject]
    for text in (email.text, outline.text):
        assert " ".join(value.split()) in " ".join(text.split())
    assert "49" not in re.sub(r"\d{3,}|[\w-]{20,}", "", email.text), "nothing is evaluated"
    assert (email.calendar is None) == (
        kind
        in {
            "offer",
            "address_change",
            "waiting",
            "closing",
            "reopening",
            "message",
            "reminder",
            "thanks",
        }
    )
    if email.calendar is not None:
        (entry,) = Calendar.from_ical(email.calendar).walk("VEVENT")
        assert "Bcc" not in entry
    images = (InlineImage(qr_content_id(REF), lambda: qr_png(email.qr)),) if email.qr else ()
    content = mime_message(
        Email(
            UUID(int=1), "ada@example.org", email.subject, email.text, email.html, email.calendar,
            " ".join(value.split()), "farm@example.org", images,
        ),
        "bookings@farm.example",
        date="Sat, 12 Jun 2027 08:00:00 +0000",
    )  # fmt: skip
    assert max(map(len, content.split(b"\r\n"))) <= 78


@EVERY_KIND
def test_every_language_says_the_same_and_no_text_is_left_in_english(kind: EmailKind) -> None:
    view = a_view(status=status_for(kind))
    english, german = (
        rendered(kind, replace(view, booking=structs.replace(view.booking, locale=language)))
        for language in ("en", "de")
    )
    assert len(english.text.splitlines()) == len(german.text.splitlines())
    for sentence in re.findall(r"^[A-Z][a-z' ]{12,}[.!]$", english.text, re.MULTILINE):
        if sentence not in {OFFERING.how_to_pay, "Park on the grass.", "Follow the fence."}:
            assert sentence not in german.text
    assert "%" not in re.sub(r"\d\s?%", "", english.text + german.text).replace("%2C", "").replace(
        "%20", ""
    )


@EVERY_KIND
def test_text_part_has_all_that_the_html_shows(kind: EmailKind) -> None:
    email = rendered(kind, a_view(status=status_for(kind)))
    words, shown = (
        set(re.sub(r":\s", " ", text).split()) for text in (email.text, Outline(email.html).text)
    )
    show = {"\N{MIDDLE DOT}", *"Show this at the entrance, on your phone or on paper.".split()}  # noqa: SIM905
    assert shown - words <= show
    for link in Outline(email.html).links:
        assert link in email.text or link.startswith(("tel:", "mailto:"))


def test_ticket_and_emails_have_one_list_of_facts() -> None:
    view = a_view()
    formatter = formatter_for("en", ZoneInfo(VENUE.zone), country=VENUE.country)
    facts = booking_facts(view, ORGANISATION, formatter, now=NOW)
    labels = [fact.label for fact in (*facts.table, *facts.sentences)]
    assert labels == [
        "Name", "Guests", "Where", "Price", "How to pay", "Getting there", "What to bring",
        "Changing or cancelling", "Phone", "E-mail",
    ]  # fmt: skip
    email = rendered("confirmation", view)
    for fact in (*facts.table, *facts.sentences):
        assert fact.text in email.text
        assert " ".join(fact.text.split()) in Outline(email.html).text
    assert "+1 630-555-0142" in email.text
    assert email.calendar is not None
    description = str(Calendar.from_ical(email.calendar).walk("VEVENT")[0]["description"])
    assert "How to pay: Pay at the gate" in description
    assert "Ada" not in description, "calendars are shared"


def test_code_is_an_inline_image_with_the_reference_as_text() -> None:
    email = rendered("confirmation", a_view())
    image = (f"cid:{qr_content_id(REF)}", f"QR code of booking {REF}")
    assert Outline(email.html).images == [image]
    assert REF in Outline(email.html).text, "for who does not load images"
    png = qr_png(email.qr)
    assert len(png) < 2_000
    content = mime_message(
        Email(
            UUID(int=1), "ada@example.org", email.subject, email.text, email.html, email.calendar,
            "Meadow Farm", "", (InlineImage(qr_content_id(REF), lambda: png),),
        ),
        "bookings@farm.example",
        date="Sat, 12 Jun 2027 08:00:00 +0000",
    )  # fmt: skip
    read = message_from_bytes(content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    kinds = [part.get_content_type() for part in read.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html",
        "image/png", "text/calendar", "application/ics",
    ]  # fmt: skip
    (part,) = (part for part in read.walk() if part.get_content_type() == "image/png")
    assert part["Content-ID"] == f"<{qr_content_id(REF)}>"
    assert part.get_content() == png
    assert len(content) < 30_000, "Gmail cuts e-mails at 102 kB"
    for kind in ("cancellation", "offer", "address_change"):
        void = rendered(kind, a_view(status=status_for(kind)))
        assert (void.qr, Outline(void.html).images) == ("", [])
        assert REF in void.text


@EVERY_KIND
def test_styles_are_in_the_elements_and_only_those_of_the_night_in_a_sheet(kind: EmailKind) -> None:
    """Some mail programs take the style sheet away; none has a rule for what is in the element."""
    html_text = rendered(kind, a_view(status=status_for(kind))).html
    (sheet,) = re.findall(r"<style>(.*?)</style>", html_text, re.DOTALL)
    assert sheet.strip().startswith("@media (prefers-color-scheme: dark)")
    assert sheet.count("@media") == 1
    colors = re.findall(r"#[0-9a-f]{6}[^;]*;", sheet)
    assert colors
    assert all(color.endswith("!important;") for color in colors), "stronger than the element's"
    body = html_text.partition("<body")[2]
    for tag in ("h1", "p", "table", "td", 'a class="button"'):
        found = re.findall(rf"<{tag}[ >][^>]*", body)
        assert found
        assert all("style=" in one for one in found), tag


def test_calendars_change_one_entry_with_every_email_about_a_booking() -> None:
    """What RFC 5546 and RFC 6047 want: one UID and organiser, a rising SEQUENCE, a METHOD."""
    entries, uids = [], set()
    changes: tuple[EmailKind, ...] = ("confirmation", "rescheduling", "cancellation", "restoration")
    for version, kind in enumerate(changes, start=1):
        view = a_view(status=status_for(kind))
        view = replace(view, booking=structs.replace(view.booking, version=version))
        email = rendered(kind, view, replace(ORGANISATION, email="farm@meadow.example"))
        assert email.calendar is not None
        calendar = Calendar.from_ical(email.calendar)
        (entry,) = calendar.walk("VEVENT")
        assert entry["ORGANIZER"] == "mailto:farm@meadow.example"
        assert entry["ORGANIZER"].params["SENT-BY"] == "mailto:bookings@farm.example"
        assert entry["ATTENDEE"] == "mailto:ada@example.org"
        assert "DTSTAMP" in entry
        entries.append((str(calendar["METHOD"]), str(entry["STATUS"]), entry["SEQUENCE"]))
        uids.add(str(entry["UID"]))
    assert len(uids) == 1
    assert entries == [
        ("REQUEST", "CONFIRMED", 1),
        ("REQUEST", "CONFIRMED", 2),
        ("CANCEL", "CANCELLED", 3),
        ("REQUEST", "CONFIRMED", 4),
    ]
    own = rendered("confirmation", a_view(), replace(ORGANISATION, email="bookings@farm.example"))
    assert own.calendar is not None
    assert "SENT-BY" not in own.calendar, "the organiser sends it"


def test_email_about_a_waiting_list_has_no_empty_reference_and_no_price() -> None:
    email = rendered("waiting", a_view())
    for text in (email.text, Outline(email.html).text):
        assert "Reference" not in text
        assert "How to pay" not in text


def test_email_to_an_earlier_address_opens_no_booking() -> None:
    email = rendered("address_change", a_view())
    for text in (email.text, email.html):
        assert "?t=" not in text
        assert "cid:" not in text
    assert (email.qr, email.calendar) == ("", None)


@pytest.mark.parametrize("kind", ["confirmation", "waiting"])
def test_subject_names_the_year_when_it_is_another(kind: EmailKind) -> None:
    assert rendered(kind, a_view()).subject.endswith("Sat 12 June, 10:00")
    before = rendered(kind, a_view(), now=NOW - timedelta(days=365))
    assert before.subject.endswith("Sat 12 June 2027, 10:00")


def test_moved_booking_names_its_old_time_struck_through() -> None:
    email = rendered("rescheduling", a_view())
    assert "Old time: Fri 11 June, 10:00" in email.text
    assert "<s>Fri 11 June, 10:00</s>" in email.html
    assert "Old time" not in rendered("confirmation", a_view()).text


@pytest.mark.parametrize(("fee", "text"), [(0, "None"), (1200, "US$12.00")])
def test_cancellation_names_its_fee_and_how_to_pay_it(fee: int, text: str) -> None:
    email = rendered("cancellation", a_view(status="cancelled", fee=fee))
    assert f"Cancellation fee: {text}" in email.text
    assert not re.search("paid|kept|refund", email.text)
    assert (f"How to pay: {OFFERING.how_to_pay}" in " ".join(email.text.split())) is bool(fee)


@pytest.mark.parametrize(
    ("now", "percent", "cancelling", "moving"),
    [
        (48, 50, FREE_AT_FIRST, "You can change the time until Fri 11 June, 10:00."),
        (24 - 1, 50, "If you cancel, we charge a fee of 50% of the price.",
         "It is too late to change the time."),
        (48, 0, "Free cancellation until Sat 12 June, 08:00.",
         "You can change the time until Fri 11 June, 10:00."),
        (1, 50, "It is too late to cancel online.", "It is too late to change the time."),
    ],
)  # fmt: skip
def test_policy_says_what_holds_from_now_on(
    now: int, percent: int, cancelling: str, moving: str
) -> None:
    offering = replace(OFFERING, cancel_fee_percent=percent)
    formatter = formatter_for("en", ZoneInfo(VENUE.zone), country=VENUE.country)
    booking = a_view().booking
    at = STARTS_AT - timedelta(hours=now)
    lines = policy_lines(offering, formatter, starts_at=STARTS_AT, now=at, booking=booking)
    assert lines == (cancelling, moving)


@pytest.mark.parametrize(
    ("now", "percent", "cancelling"),
    [
        (48, 50, FREE_AT_FIRST),
        (23, 50, f"{GRACE} After that, we charge a fee of 50% of the price."),
        (23, 0, GRACE),
        (2, 50, GRACE),
    ],
)  # fmt: skip
def test_who_is_about_to_book_reads_of_no_deadline_in_the_past(
    now: int, percent: int, cancelling: str
) -> None:
    offering = replace(OFFERING, cancel_fee_percent=percent)
    formatter = formatter_for("en", ZoneInfo(VENUE.zone), country=VENUE.country)
    at = STARTS_AT - timedelta(hours=now)
    assert policy_lines(offering, formatter, starts_at=STARTS_AT, now=at)[0] == cancelling


@pytest.mark.parametrize(
    ("price", "how_to_pay", "text"),
    [
        (1200, "Pay at the gate.", "Pay at the gate."),
        (1200, "", "You pay nothing now."),
        (0, "", ""),
        (0, "A donation is welcome.", "A donation is welcome."),
    ],
)
def test_how_to_pay_is_the_owners_sentence_or_that_nothing_is_paid_now(
    price: int, how_to_pay: str, text: str
) -> None:
    view = replace(a_view(), offering=replace(OFFERING, price_amount=price, how_to_pay=how_to_pay))
    facts: BookingFacts = booking_facts(
        view,
        ORGANISATION,
        formatter_for("en", ZoneInfo(VENUE.zone), country=VENUE.country),
        now=NOW,
    )
    found = [fact.text for fact in facts.sentences if fact.label == "How to pay"]
    assert found == ([text] if text else [])


def test_map_uses_coordinates_before_the_address() -> None:
    by_address = replace(VENUE, latitude=None, longitude=None)
    assert "query=12%20River" in map_url(by_address)
    assert "mlat=41.8" in map_url(VENUE)
    assert map_url(replace(by_address, address="")) == ""

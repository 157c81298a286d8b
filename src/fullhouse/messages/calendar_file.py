"""A booking as an iCalendar file (RFC 5545, sent by the rules of RFC 5546).

The UID is derived from the booking's id and never changes. It is not the id itself, by which a hold
is confirmed: calendars are shared. For the same reason the link only shows the booking. SEQUENCE is
its version, so that a calendar takes each later file as a change of the same entry, and a
cancellation as its end. Times are in UTC: a single appointment needs no rules of a zone, and none
that could be wrong when they change.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote

from msgspec import Struct

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.ids import derived_id
from fullhouse.messages.facts import BookingFacts, place_of
from fullhouse.messages.model import EmailKind
from fullhouse.people.model.contact import smtp_address

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

_MAILTO_CHARACTERS: Final = "@+!$'*"
"""What stands for itself in the address of a `mailto` (RFC 6068)."""


_LINE_OCTETS_MAX: Final = 75
_CONTINUES: Final = 0b1100_0000
_CONTINUED: Final = 0b1000_0000
"""What begins with these bits goes on with a sign of UTF-8."""
_ESCAPES: Final = (b"\\", b"^")
"""Of a text, and of a parameter (RFC 6868)."""


class InvitationDetails(Struct, frozen=True):
    """Organiser and link of a calendar entry: `url` shows the ticket, and changes nothing.

    `sent_by` is the sender of its e-mails. Calendars take changes from the organiser, or from who
    sends for the organiser (RFC 6047 §2.3).
    """

    business: str
    address: str
    url: str
    created_at: datetime
    facts: BookingFacts
    sent_by: str = ""


def method_of(kind: EmailKind) -> Method | None:
    """The method for a kind of e-mail; an offer is no appointment yet and has no file."""
    match kind:
        case "confirmation" | "rescheduling" | "party_change" | "restoration" | "ticket":
            return "REQUEST"
        case "cancellation":
            return "CANCEL"
        case (
            "offer"
            | "address_change"
            | "waiting"
            | "closing"
            | "reopening"
            | "message"
            | "reminder"
            | "thanks"
        ):
            return None


def calendar_file(
    view: BookingView, details: InvitationDetails, *, method: Method = "PUBLISH"
) -> str:
    """Text of the file. `PUBLISH` is for download; the others name the customer as attendee."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Fullhouse//fullhouse//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        *_event(view, details, method),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(map(_folded, lines))


def _event(view: BookingView, details: InvitationDetails, method: Method) -> Iterator[str]:
    """Its lines in the order of icalendar, which takes twelve times as long."""
    booking, venue = view.booking, view.venue
    yield f"SUMMARY:{_text(f'{view.offering.name}, {details.business}')}"
    yield f"DTSTART:{_time(booking.starts_at)}"
    yield f"DTEND:{_time(booking.ends_at)}"
    yield f"DTSTAMP:{_time(details.created_at)}"
    yield f"UID:{derived_id('calendar', str(booking.booking_id))}"
    yield f"SEQUENCE:{booking.version}"
    if method != "PUBLISH":
        answer = {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
        yield f"ATTENDEE{_person(booking.customer_email, booking.customer_name, answer)}"
    facts = (f"{fact.label}: {fact.text}" for fact in details.facts.sentences)
    yield f"DESCRIPTION:{_text(chr(10).join((booking.ref, details.url, *facts)))}"
    if venue.latitude is not None and venue.longitude is not None:
        yield f"GEO:{float(venue.latitude)};{float(venue.longitude)}"
    yield f"LOCATION:{_text(place_of(venue))}"
    if details.address:
        yield f"ORGANIZER{_person(details.address, details.business, _sent_by(details))}"
    yield f"STATUS:{'CANCELLED' if booking.status == 'cancelled' else 'CONFIRMED'}"
    yield f"URL:{details.url}"


def _sent_by(details: InvitationDetails) -> dict[str, str]:
    is_another = details.sent_by and _mailto(details.sent_by) != _mailto(details.address)
    return {"SENT-BY": _mailto(details.sent_by)} if is_another else {}


def _mailto(address: str) -> str:
    return f"mailto:{quote(smtp_address(address), safe=_MAILTO_CHARACTERS)}"


def _person(address: str, name: str, others: dict[str, str]) -> str:
    """What stands behind the name of the property."""
    # Loaded where it is used, as few processes write calendars
    from icalendar import Parameters  # noqa: PLC0415

    named = {"CN": name} if name else {}
    parameters = Parameters({**named, **others}).to_ical().decode()
    return f";{parameters}:{_mailto(address)}" if parameters else f":{_mailto(address)}"


def _time(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """As a value of the type TEXT (RFC 5545 §3.3.11)."""
    text = text.replace("\\N", "\n").replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """On lines of fewer than 75 octets (RFC 5545 §3.1), no sign or escape broken."""
    if len(line) < _LINE_OCTETS_MAX and line.isascii():
        return line
    octets, pieces, begin = line.encode(), [], 0
    while len(octets) - begin >= _LINE_OCTETS_MAX:
        end = begin + _LINE_OCTETS_MAX - 1
        while octets[end] & _CONTINUES == _CONTINUED:
            end -= 1
        if octets[end - 1 : end] in _ESCAPES and end - 1 > begin:
            end -= 1
        pieces.append(octets[begin:end])
        begin = end
    return b"\r\n ".join((*pieces, octets[begin:])).decode()

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

from icalendar import Calendar, Event, vCalAddress, vText
from msgspec import Struct

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.ids import derived_id
from fullhouse.messages.facts import BookingFacts, place_of
from fullhouse.messages.model import EmailKind
from fullhouse.people.model.contact import smtp_address

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

_MAILTO_CHARACTERS: Final = "@+!$'*"
"""What stands for itself in the address of a `mailto` (RFC 6068)."""


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
    calendar = Calendar()
    calendar.add("prodid", "-//Fullhouse//fullhouse//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(view, details, method))
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(view: BookingView, details: InvitationDetails, method: Method) -> Event:
    booking, venue = view.booking, view.venue
    event = Event()
    event.add("uid", str(derived_id("calendar", str(booking.booking_id))))
    event.add("sequence", booking.version)
    event.add("dtstamp", details.created_at.astimezone(UTC))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", f"{view.offering.name}, {details.business}")
    event.add("location", place_of(venue))
    event.add("description", "\n".join((booking.ref, details.url, *_sentences(details.facts))))
    event.add("url", details.url)
    event.add("status", "CANCELLED" if booking.status == "cancelled" else "CONFIRMED")
    if venue.latitude is not None and venue.longitude is not None:
        event.add("geo", (venue.latitude, venue.longitude))
    if details.address:
        event["organizer"] = _organiser(details)
    if method != "PUBLISH":
        attendee = _person(booking.customer_email, booking.customer_name)
        attendee.params["partstat"] = vText("ACCEPTED")
        attendee.params["rsvp"] = vText("FALSE")
        event["attendee"] = attendee
    return event


def _sentences(facts: BookingFacts) -> Iterator[str]:
    """What the guest should know on the way; no names, because calendars are shared."""
    return (f"{fact.label}: {fact.text}" for fact in facts.sentences)


def _organiser(details: InvitationDetails) -> vCalAddress:
    organiser = _person(details.address, details.business)
    if details.sent_by and _mailto(details.sent_by) != _mailto(details.address):
        organiser.params["sent-by"] = vText(_mailto(details.sent_by))
    return organiser


def _mailto(address: str) -> str:
    return f"mailto:{quote(smtp_address(address), safe=_MAILTO_CHARACTERS)}"


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(_mailto(address))
    if name:
        person.params["cn"] = vText(name)
    return person

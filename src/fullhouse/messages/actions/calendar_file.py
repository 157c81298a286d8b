"""A booking as an iCalendar file (RFC 5545, sent by the rules of RFC 5546).

The UID is the booking's and never changes; SEQUENCE is its version, so that a calendar takes each
later file as a change of the same entry, and a cancellation as its end. Times are in UTC: a single
appointment needs no rules of a zone, and none that could be wrong when they change.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.messages.model import LetterKind

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who invites whom: `address` is the business's, `url` the customer's own page."""

    business: str
    address: str
    url: str
    written_at: datetime


def method_of(kind: LetterKind) -> Method | None:
    """The method that goes with a letter; an offer is no appointment yet and has no file."""
    match kind:
        case "confirmation" | "rescheduling" | "restoration":
            return "REQUEST"
        case "cancellation":
            return "CANCEL"
        case "offer":
            return None


def calendar_file(view: BookingView, invitation: Invitation, *, method: Method = "PUBLISH") -> str:
    """The file's text. `PUBLISH` is for downloading; the others name the customer as attendee."""
    calendar = Calendar()
    calendar.add("prodid", "-//Fullhouse//fullhouse//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(view, invitation, method))
    text: bytes = calendar.to_ical()
    return text.decode()


def _event(view: BookingView, invitation: Invitation, method: Method) -> Event:
    booking, venue = view.booking, view.venue
    event = Event()
    event.add("uid", str(booking.booking_id))
    event.add("sequence", booking.version)
    event.add("dtstamp", invitation.written_at.astimezone(UTC))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", f"{view.offering.name}, {invitation.business}")
    event.add("location", ", ".join(part for part in (venue.name, venue.address) if part))
    event.add("description", f"{booking.ref}\n{invitation.url}")
    event.add("url", invitation.url)
    event.add("status", "CANCELLED" if booking.status == "cancelled" else "CONFIRMED")
    if venue.latitude is not None and venue.longitude is not None:
        event.add("geo", (venue.latitude, venue.longitude))
    if invitation.address:
        event["organizer"] = _person(invitation.address, invitation.business)
    if method != "PUBLISH":
        attendee = _person(booking.customer_email, booking.customer_name)
        attendee.params["partstat"] = vText("ACCEPTED")
        attendee.params["rsvp"] = vText("FALSE")
        event["attendee"] = attendee
    return event


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["cn"] = vText(name)
    return person

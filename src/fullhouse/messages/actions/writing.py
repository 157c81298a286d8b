"""Writes a letter: the facts of a booking in the customer's language, as text and as HTML."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.money import Money
from fullhouse.messages.actions.calendar_file import Invitation, calendar_file, method_of
from fullhouse.messages.model import LetterKind
from fullhouse.messages.model.speech import Speech, speech_for
from fullhouse.messages.ports import Links
from fullhouse.people.model import Organisation

_MARIGOLD: Final = "#b45309"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter's words; `calendar` is the file that goes with it."""

    subject: str
    text: str
    html: str
    calendar: str | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a letter is about, all of it as it is now."""

    kind: LetterKind
    organisation: Organisation
    view: BookingView
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes letters. `address` is who they come from when a business has no address of its own."""

    links: Links
    address: str
    templates: Environment

    def __call__(self, occasion: Occasion) -> Written:
        view = occasion.view
        url = self._url(occasion)
        speech = speech_for(
            view.booking.locale or occasion.organisation.locale, ZoneInfo(view.venue.zone)
        )
        words = _words(occasion, speech, url)
        return Written(
            subject=_one_line(
                speech(
                    occasion.kind,
                    "subject",
                    offering=view.offering.name,
                    day_time=speech.day_time(view.booking.starts_at),
                )
            ),
            text=self.templates.get_template("letter.txt").render(words),
            html=self.templates.get_template("letter.html").render(words),
            calendar=self._calendar(occasion, url),
        )

    def _url(self, occasion: Occasion) -> str:
        organisation, booking = occasion.organisation, occasion.view.booking
        if occasion.kind == "offer" and booking.entry_id is not None:
            return self.links.offer(organisation, entry_id=booking.entry_id)
        return self.links.booking(organisation, ref=booking.ref, booking_id=booking.booking_id)

    def _calendar(self, occasion: Occasion, url: str) -> str | None:
        method = method_of(occasion.kind)
        if method is None:
            return None
        organisation = occasion.organisation
        invitation = Invitation(
            business=_one_line(organisation.name),
            address=organisation.email or self.address,
            url=url,
            written_at=occasion.written_at,
        )
        return calendar_file(occasion.view, invitation, method=method)


def letter_templates() -> Environment:
    """The templates of letters; HTML is escaped, a missing fact is an error."""
    return Environment(
        loader=PackageLoader("fullhouse.messages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _words(occasion: Occasion, speech: Speech, url: str) -> dict[str, object]:
    organisation, view = occasion.organisation, occasion.view
    booking = view.booking
    return {
        "language": speech.language,
        "accent": organisation.accent or _MARIGOLD,
        "org": organisation.name,
        "heading": speech(occasion.kind, "heading"),
        "greeting": speech("frame", "greeting", name=booking.customer_name),
        "lead": speech(
            occasion.kind, "lead", until=speech.day_time(booking.expires_at or booking.starts_at)
        ),
        "offering": view.offering.name,
        "facts": _facts(occasion, speech),
        "directions": "" if occasion.kind == "cancellation" else view.venue.directions,
        "button": speech(occasion.kind, "button"),
        "url": url,
        "questions": _questions(organisation, speech),
        "why": speech(
            "offer" if occasion.kind == "offer" else "frame", "why", org=organisation.name
        ),
    }


def _facts(occasion: Occasion, speech: Speech) -> list[tuple[str, str]]:
    """The rows of the letter's table: label and value."""
    view = occasion.view
    booking, venue = view.booking, view.venue
    facts = [
        ("when", speech.when(view.slots)),
        ("party", speech.people(booking.party)),
        ("where", ", ".join(part for part in (venue.name, venue.address) if part)),
    ]
    if occasion.kind == "cancellation":
        facts.append(("fee", speech.money(Money(booking.fee_amount, booking.currency))))
    else:
        facts.append(("price", speech.money(booking.price)))
    facts.append(("reference", booking.ref))
    return [(speech("facts", label), value) for label, value in facts]


def _questions(organisation: Organisation, speech: Speech) -> str:
    if organisation.email and organisation.phone:
        return speech("frame", "questions_phone", phone=organisation.phone)
    if organisation.email:
        return speech("frame", "questions")
    return speech("frame", "phone", phone=organisation.phone) if organisation.phone else ""


def _one_line(text: str) -> str:
    """What goes into a header must not break it."""
    return " ".join(text.split())

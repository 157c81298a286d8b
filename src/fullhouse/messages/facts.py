"""What a guest should know about a booking: one list, for the ticket, its e-mail and its calendar.

The owner's own sentences stand as they were written. No payment is taken here: nobody is told that
something was paid, kept or refunded.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import guests_line, guests_of
from fullhouse.booking.model.terms import cancellation_terms, grace_end, move_end
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations
from fullhouse.messages.model.rating_texts import rating_text
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.model.contact import email_url, phone_text, phone_url, readable_address

VOID: Final = frozenset({"cancelled", "released", "expired"})
"""Statuses of bookings with which nobody can come."""


class Fact(Struct, frozen=True):
    """A label and a text; with `url`, the text is a link."""

    label: str
    text: str
    url: str = ""


class BookingFacts(Struct, frozen=True):
    """Short facts for a table, and sentences; those without a text are left out."""

    table: tuple[Fact, ...]
    sentences: tuple[Fact, ...]


def booking_facts(
    view: BookingView, organisation: Organisation, formatter: LocaleFormatter, *, now: datetime
) -> BookingFacts:
    """The facts of a booking; of one that is void, what it was and what cancelling costs."""
    booking, venue = view.booking, view.venue
    _ = formatter.translations.gettext
    who_and_where = who_and_where_of(
        booking.customer_name, guests_text(booking, formatter), venue, formatter=formatter
    )
    if booking.status in VOID:
        fee = Fact(_("Cancellation fee"), fee_text(view, formatter))
        payment = view.offering.how_to_pay if booking.fee_amount else ""
        sentences = _with_text(Fact(_("How to pay"), payment))
        return BookingFacts(_with_text(*who_and_where, fee), sentences)
    return BookingFacts(
        _with_text(*who_and_where, Fact(_("Price"), price_text(booking, formatter))),
        _sentences(view, organisation, formatter, now=now),
    )


def price_text(booking: Booking, formatter: LocaleFormatter) -> str:
    free = formatter.translations.pgettext("price", "Free")
    return formatter.money(booking.price) if booking.price.amount else free


def guests_text(booking: Booking, formatter: LocaleFormatter) -> str:
    """`3 people`, and of which price categories."""
    guests = guests_line(guests_of(booking.guests))
    people = formatter.people(booking.party)
    return f"{people}: {guests}" if guests else people


def who_and_where_of(
    name: str, people: str, venue: Venue, *, formatter: LocaleFormatter
) -> tuple[Fact, ...]:
    """Who comes, and where; also of those who wait."""
    _ = formatter.translations.gettext
    return _with_text(
        Fact(_("Name"), name),
        Fact(_("Guests"), people),
        Fact(_("Where"), place_of(venue), map_url(venue)),
    )


def _sentences(
    view: BookingView, organisation: Organisation, formatter: LocaleFormatter, *, now: datetime
) -> tuple[Fact, ...]:
    offering, starts_at = view.offering, view.booking.starts_at
    _ = formatter.translations.gettext
    policy = policy_lines(offering, formatter, starts_at=starts_at, now=now, booking=view.booking)
    email = organisation.email
    return _with_text(
        Fact(_("How to pay"), payment_text(offering, formatter.translations)),
        Fact(_("Getting there"), view.venue.directions),
        Fact(_("What to bring"), offering.what_to_bring),
        Fact(_("Changing or cancelling"), " ".join(policy)),
        Fact(_("Phone"), phone_text(organisation.phone), phone_url(organisation.phone)),
        Fact(_("E-mail"), readable_address(email), email_url(email)),
    )


def payment_text(offering: Offering, translations: Translations) -> str:
    """The owner's sentence on how to pay; without one, that nothing is paid here."""
    if offering.how_to_pay or not offering.price_amount:
        return offering.how_to_pay
    return translations.gettext("You pay nothing now.")


def policy_lines(
    offering: Offering,
    formatter: LocaleFormatter,
    *,
    starts_at: datetime,
    now: datetime,
    booking: Booking | None = None,
) -> tuple[str, str]:
    """The policy of cancelling, and that of moving, as they are from now on.

    Of `booking`, or of one that is made now.
    """
    _ = formatter.translations.gettext
    percent = offering.cancel_fee_percent if offering.price_amount else 0
    share = formatter.percent(percent)
    grace = None if booking else grace_end(offering, starts_at, booked_at=now)
    price = Money(offering.price_amount, offering.currency)
    own = booking.free_until if booking else grace
    terms = cancellation_terms(offering, starts_at, price, now=now, free_until=own)
    free_until, until = terms.free_until, terms.until
    move_until = (
        move_end(offering, booking)
        if booking
        else starts_at - timedelta(minutes=offering.move_until_minutes)
    )
    if grace is not None:
        cancelling = _("Free cancellation for one hour after booking.")
        if percent and until > grace:
            cancelling += " " + _(
                "After that, we charge a fee of %(share)s of the price.", share=share
            )
    elif not terms.allowed:
        cancelling = _("It is too late to cancel online.")
    elif not percent:
        cancelling = _("Free cancellation until %(until)s.", until=formatter.date_time(until))
    elif now > free_until:
        cancelling = _("If you cancel, we charge a fee of %(share)s of the price.", share=share)
    else:
        cancelling = _(
            "Free cancellation until %(until)s. After that, we charge a fee of %(share)s "
            "of the price.",
            until=formatter.date_time(free_until),
            share=share,
        )
    if now > move_until:
        return cancelling, _("It is too late to change the time.")
    until_text = formatter.date_time(move_until)
    return cancelling, _("You can change the time until %(until)s.", until=until_text)


def fee_text(view: BookingView, formatter: LocaleFormatter) -> str:
    """What cancelling costs; empty for a booking that was never confirmed."""
    if view.booking.status != "cancelled":
        return ""
    fee = Money(view.booking.fee_amount, view.booking.currency)
    return formatter.money(fee) if fee.amount else formatter.translations.pgettext("fee", "None")


def place_of(venue: Venue) -> str:
    return ", ".join(part for part in (venue.name, venue.address) if part)


def map_url(venue: Venue) -> str:
    """The URL of a map by coordinates, else by address; empty without either."""
    if venue.latitude is not None and venue.longitude is not None:
        return (
            f"https://www.openstreetmap.org/?mlat={venue.latitude}&mlon={venue.longitude}"
            f"#map=16/{venue.latitude}/{venue.longitude}"
        )
    address = quote(venue.address)
    return f"https://www.openstreetmap.org/search?query={address}" if address else ""


def rating_facts(stars: int, words: str, formatter: LocaleFormatter) -> tuple[Fact, ...]:
    """How a guest rated a visit."""
    _ = formatter.translations.gettext
    return _with_text(
        Fact(_("Rating"), rating_text(stars, formatter)), Fact(_("In their words"), words)
    )


def _with_text(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.text)

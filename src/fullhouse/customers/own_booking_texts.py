"""A guest's own bookings and waiting lists in words: what is to come, then all others. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.customers.reads.own_bookings import OwnBooking, OwnWaiting
from fullhouse.localisation.formatter import formatter_for
from fullhouse.localisation.translations import load_translations
from fullhouse.people.model.accounts import AccountProfile


class BookingLine(Struct, frozen=True):
    """A booking, and where its ticket is."""

    text: str
    href: str
    name: str
    """Where, for how many, and what became of it."""


class BookingList(Struct, frozen=True):
    """Bookings below a heading."""

    title: str
    links: tuple[BookingLine, ...]


def own_booking_lists(
    bookings: Sequence[OwnBooking], urls: SignedUrls, *, language: str, now: datetime
) -> tuple[BookingList, ...]:
    """The lists that have something."""
    _ = load_translations()[language].gettext
    upcoming = [one for one in bookings if one.status in ATTENDING and one.ends_at > now]
    others = [one for one in bookings if one not in upcoming]
    lists = ((_("Upcoming bookings"), upcoming[::-1]), (_("Past and cancelled"), others))
    return tuple(
        BookingList(title, tuple(_line(one, urls, language, now=now) for one in listed))
        for title, listed in lists
        if listed
    )


class WaitingLine(Struct, frozen=True):
    """A place on a waiting list, where its page is, and how it is left."""

    text: str
    href: str
    name: str
    leave_action: str
    leave_button: str


class OwnLists(Struct, frozen=True):
    """What an account lists of its owner's: bookings, and places on waiting lists."""

    bookings: tuple[BookingList, ...] = ()
    waiting: tuple[WaitingLine, ...] = ()


def own_waiting_lines(
    entries: Sequence[OwnWaiting], urls: SignedUrls, *, language: str, now: datetime
) -> tuple[WaitingLine, ...]:
    return tuple(_waiting_line(one, urls, language, now=now) for one in entries)


def _waiting_line(
    entry: OwnWaiting, urls: SignedUrls, language: str, *, now: datetime
) -> WaitingLine:
    text = formatter_for(language, ZoneInfo(entry.zone), country=entry.country, now=now)
    _, is_offered = text.translations.gettext, entry.status == "offered"
    own = urls.waiting_list(entry.slug, org_id=entry.org_id, entry_id=entry.entry_id)
    time = text.date_time(entry.starts_at)
    if entry.any_time and not is_offered:
        day = text.full_date(text.local(entry.starts_at).date())
        time = _("any time on %(day)s", day=day)
    parts = [entry.business, text.people(entry.party)]
    if is_offered:
        parts.append(_("Places are available for you"))
    return WaitingLine(
        f"{entry.offering}, {time}",
        own.entry,
        " · ".join(parts),
        own.leave,
        _("No, thanks") if is_offered else _("Leave the waiting list"),
    )


def no_bookings_text(account: AccountProfile, *, language: str, sends_email: bool) -> str:
    """What will be here, or why it cannot be; empty for an account without an address."""
    _ = load_translations()[language].gettext
    if account.email is None:
        return ""
    if account.email_verified_at is not None:
        return _("Here you'll find what you book with %(email)s.", email=account.email)
    if not sends_email:
        return ""
    return _(
        "To see the bookings of %(email)s, show that it is your address: choose a new "
        "password by e-mail.",
        email=account.email,
    )


def _line(booking: OwnBooking, urls: SignedUrls, language: str, *, now: datetime) -> BookingLine:
    text = formatter_for(language, ZoneInfo(booking.zone), country=booking.country, now=now)
    parts = [booking.business, text.people(booking.party)]
    if booking.status != "confirmed":
        parts.append(status_name(booking.status, text.translations))
    return BookingLine(
        f"{booking.offering}, {text.date_time(booking.starts_at)}",
        urls.booking(booking.slug, booking).ticket,
        " · ".join(parts),
    )

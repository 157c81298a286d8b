"""A guest's own bookings on the page of her account: upcoming ones, then all others."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.customers.reads.own_bookings import OwnBooking
from fullhouse.entrypoints.web.admin_views import DetailSection
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.localisation.formatter import formatter_for


def own_booking_sections(
    page: PageContext, bookings: Sequence[OwnBooking], urls: SignedUrls
) -> tuple[DetailSection, ...]:
    """The lists that have something; each booking leads to its ticket."""
    _ = page.translations.gettext
    upcoming = [one for one in bookings if one.status in ATTENDING and one.ends_at > page.now]
    others = [one for one in bookings if one not in upcoming]
    sections = ((_("Upcoming bookings"), upcoming[::-1]), (_("Past and cancelled"), others))
    return tuple(
        DetailSection(title=title, links=tuple(_link(page, one, urls) for one in listed))
        for title, listed in sections
        if listed
    )


def _link(page: PageContext, booking: OwnBooking, urls: SignedUrls) -> Link:
    text = formatter_for(
        page.language, ZoneInfo(booking.zone), country=booking.country, now=page.now
    )
    parts = [booking.business, text.people(booking.party)]
    if booking.status != "confirmed":
        parts.append(status_name(booking.status, page.translations))
    return Link(
        f"{booking.offering}, {text.date_time(booking.starts_at)}",
        urls.booking(booking.slug, booking).ticket,
        " · ".join(parts),
    )

"""Choices of forms and filters: venues, offerings, countries, statuses of bookings and e-mails."""

from collections.abc import Sequence

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.reads.search import LISTED
from fullhouse.customers.reads.customers import tags_of
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.currencies import CURRENCIES
from fullhouse.localisation.territories import country_names, currency_names, zones
from fullhouse.messages.model.names import DELIVERY_NAMES, EXAMPLE_ADDRESS, KIND_NAMES
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Session


async def venue_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await venues(session, page.org_id)
    return [Choice(str(one.venue_id), one.name) for one in found]


async def offering_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await offerings_of(session, page.org_id)
    return [Choice(str(one.offering_id), one.name) for one in found]


async def offering_slug_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(one.slug, one.name) for one in await offerings_of(session, page.org_id)]


async def country_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    named = (Choice(code, name) for code, name in country_names(page.language))
    return [_nothing(page), *named]


async def currency_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    named = currency_names(CURRENCIES, page.translations.locale)
    return [Choice(code, name) for code, name in named]


async def zone_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    return [_nothing(page), *(Choice(zone, zone.replace("_", " ")) for zone in zones())]


def _nothing(page: PageContext) -> Choice:
    """The first choice of a select whose choices have no natural first."""
    return Choice("", page.translations.gettext("Choose one"))


async def status_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(one, status_name(one, page.translations)) for one in LISTED]


async def message_status_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    """Not those that were sent, which are nearly all."""
    _ = page.translations.gettext
    names = dict(DELIVERY_NAMES)
    del names["sent"]
    if page.sends_email:
        names["stored"] = EXAMPLE_ADDRESS
    return [Choice(one, _(name)) for one, name in names.items()]


async def message_kind_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    _ = page.translations.gettext
    return [Choice(one, _(name)) for one, name in KIND_NAMES.items()]


async def tag_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(tag, tag) for tag in await tags_of(session, page.org_id)]


async def consent_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    gettext = page.translations.gettext
    return [Choice("given", gettext("Given")), Choice("withdrawn", gettext("Withdrawn"))]

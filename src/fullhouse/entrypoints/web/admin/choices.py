"""Choices of forms and filters: the venues, the offerings, the statuses of bookings."""

from collections.abc import Sequence

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.reads.search import LISTED
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.statuses import status_name
from fullhouse.entrypoints.web.views import Choice
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Session


async def venue_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await venues(session, page.org_id)
    return [Choice(str(one.venue_id), one.name) for one in found]


async def offering_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await offerings_of(session, page.org_id)
    return [Choice(str(one.offering_id), one.name) for one in found]


async def status_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(one, status_name(one, page.translations)) for one in LISTED]

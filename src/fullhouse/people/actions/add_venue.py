"""Add a venue to an organisation."""

from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.kernel.zones import is_zone
from fullhouse.localisation.territories import countries
from fullhouse.people.errors import TooManyVenues
from fullhouse.people.events import VenueAdded
from fullhouse.people.limits import VENUES_MAX
from fullhouse.people.model import NewVenue, Venue, VenueId
from fullhouse.people.updates import check_venue_texts, locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddVenue:
    """Adds a venue with its time zone, in which every schedule there is read."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, new: NewVenue) -> Venue:
        """Raises `TooManyVenues`, `UnknownOrganisation`, `InvalidInput` for its zone or country."""
        await _check_zone(uow, new.zone)
        check_country(new.country)
        venue = Venue(org_id=uow.org_id, venue_id=VenueId(self.ids.uuid()), **asdict(new))
        await locked_organisation(uow.session, uow.org_id)
        known = await uow.session.fetch_value("people.count_venues", int, org_id=uow.org_id)
        if (known or 0) >= VENUES_MAX:
            raise TooManyVenues(limit=VENUES_MAX)
        await check_venue_texts(uow, None, venue)
        await uow.session.execute("people.add_venue", **asdict(venue))
        uow.record(venue.venue_id, VenueAdded(zone=venue.zone))
        return venue


async def _check_zone(uow: UnitOfWork, zone: str) -> None:
    """Raise `InvalidInput` for one that is none here, or that PostgreSQL does not know yet.

    One of those stops every statement that also reads the times of its venue.
    """
    invalid = InvalidInput("Send the IANA name of a time zone, like America/Chicago.", field="zone")
    if not is_zone(zone):
        raise invalid
    try:
        await uow.session.fetch_value("people.wall_time", datetime, now=uow.now, zone=zone)
    except asyncpg.InvalidParameterValueError:
        raise invalid from None


def check_country(code: str) -> None:
    """Raise `InvalidInput` for a code that ISO 3166 does not have."""
    if code not in countries():
        raise InvalidInput("Send the ISO 3166 code of a country, like US or GB.", field="country")

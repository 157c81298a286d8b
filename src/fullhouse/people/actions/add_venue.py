"""A business opens a place."""

import zoneinfo
from dataclasses import asdict, dataclass

import asyncpg

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import NewVenue, Venue, VenueId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class AddVenue:
    """Adds a venue with its time zone, which every schedule there is read in."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, new: NewVenue, *, actor: str = BY_OPERATOR) -> Venue:
        """Raises `InvalidInput` for a zone the tz database lacks, and `UnknownOrganisation`."""
        if not is_zone(new.zone):
            raise InvalidInput("A time zone is a name like America/Chicago.", field="zone")
        venue = Venue(org_id=org_id, venue_id=VenueId(self.ids.uuid()), **asdict(new))
        try:
            await self._write(venue, actor)
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownOrganisation from error
        return venue

    async def _write(self, venue: Venue, actor: str) -> None:
        async with self.database.transaction() as session:
            await session.execute("people.add_venue", **asdict(venue))
            await record(
                session,
                "VenueAdded",
                org_id=venue.org_id,
                subject=venue.venue_id,
                by=Author(actor, at=self.clock.now(), ids=self.ids),
                data={"zone": venue.zone},
            )


def is_zone(name: str) -> bool:
    """Whether the tz database knows this place; paths and odd characters are no names."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return "/" in name or name == "UTC"

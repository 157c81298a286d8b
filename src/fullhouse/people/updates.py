"""Organisations and venues that nobody else changes until the transaction ends."""

from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import UnknownOrganisation, UnknownVenue
from fullhouse.people.model import Organisation, Venue, VenueId
from fullhouse.storage.database import Session


async def locked_organisation(session: Session, org_id: OrgId) -> Organisation:
    """Raises `UnknownOrganisation`."""
    found = await session.fetch_one("people.lock_organisation", Organisation, org_id=org_id)
    if found is None:
        raise UnknownOrganisation
    return found


async def locked_venue(session: Session, org_id: OrgId, venue_id: VenueId) -> Venue:
    """Raises `UnknownVenue`."""
    found = await session.fetch_one("people.lock_venue", Venue, org_id=org_id, venue_id=venue_id)
    if found is None:
        raise UnknownVenue(venue=venue_id)
    return found

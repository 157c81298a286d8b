"""Organisations and their venues."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import DOMAINS_MAX, ORGANISATIONS_LISTED_MAX, VENUES_LISTED_MAX
from fullhouse.people.model import Organisation, Venue, VenueId
from fullhouse.storage.database import Session


async def organisation_by_slug(session: Session, slug: str) -> Organisation | None:
    return await session.fetch_one("people.organisation_by_slug", Organisation, slug=slug)


async def organisation_by_id(session: Session, org_id: OrgId) -> Organisation | None:
    return await session.fetch_one("people.organisation_by_id", Organisation, org_id=org_id)


async def organisations_by_ids(
    session: Session, org_ids: Collection[OrgId]
) -> dict[OrgId, Organisation]:
    found = await session.fetch("people.organisations_by_ids", Organisation, org_ids=list(org_ids))
    return {organisation.org_id: organisation for organisation in found}


async def organisations(session: Session) -> list[Organisation]:
    """By name; at most `ORGANISATIONS_LISTED_MAX`."""
    return await session.fetch("people.organisations", Organisation, count=ORGANISATIONS_LISTED_MAX)


class NamedDomain(Struct, frozen=True):
    """The own domain of a business; not confirmed, it is only what its settings say."""

    domain: str
    slug: str
    domain_confirmed_at: datetime | None


async def confirmed_domains(session: Session) -> dict[str, str]:
    """The slug of each business by its own domain; at most `DOMAINS_MAX`."""
    found = await session.fetch("people.confirmed_domains", NamedDomain, count=DOMAINS_MAX)
    return {one.domain: one.slug for one in found}


async def named_domains(session: Session) -> list[NamedDomain]:
    """All, confirmed or not; at most `DOMAINS_MAX`."""
    return await session.fetch("people.domains", NamedDomain, count=DOMAINS_MAX)


async def has_organisation(session: Session) -> bool:
    """Whether the installation is set up."""
    return bool(await session.fetch_value("people.has_organisation", bool))


async def venue_by_id(session: Session, org_id: OrgId, venue_id: VenueId) -> Venue | None:
    return await session.fetch_one("people.venue_by_id", Venue, org_id=org_id, venue_id=venue_id)


async def venues(session: Session, org_id: OrgId) -> list[Venue]:
    """In the order in which they were added; at most `VENUES_LISTED_MAX`."""
    return await session.fetch("people.venues", Venue, org_id=org_id, count=VENUES_LISTED_MAX)

"""Offerings as stored."""

from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


async def offering_by_slug(session: Session, org_id: OrgId, slug: str) -> Offering | None:
    return await session.fetch_one("booking.offering_by_slug", Offering, org_id=org_id, slug=slug)


async def offering_by_id(
    session: Session, org_id: OrgId, offering_id: OfferingId
) -> Offering | None:
    return await session.fetch_one(
        "booking.offering_by_id", Offering, org_id=org_id, offering_id=offering_id
    )


async def offerings_of(session: Session, org_id: OrgId) -> list[Offering]:
    """All of an organisation's, published or not, in the owner's order."""
    return await session.fetch("booking.offerings_of", Offering, org_id=org_id)

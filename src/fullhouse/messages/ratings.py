"""How guests rated their visits."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.position import NEWEST, TimePosition
from fullhouse.storage.database import Session

GOOD_STARS: Final = 4


class Rating(Struct, frozen=True):
    """`stars` out of five, and what the guest wrote, which may be nothing."""

    org_id: OrgId
    booking_id: UUID
    offering_id: OfferingId
    stars: int
    words: str
    created_at: datetime
    changed_at: datetime


class ListedRating(Struct, frozen=True):
    """A rating with its booking, whose venue is in `zone` and `country`."""

    org_id: OrgId
    booking_id: UUID
    stars: int
    words: str
    created_at: datetime
    changed_at: datetime
    ref: str
    starts_at: datetime
    customer_name: str
    offering_name: str
    zone: str
    country: str

    @property
    def is_good(self) -> bool:
        return self.stars >= GOOD_STARS

    @property
    def position(self) -> TimePosition:
        return TimePosition(self.created_at, self.booking_id)


class RatingSearch(Struct, frozen=True, kw_only=True):
    """Which ratings, from which position on."""

    stars: int | None = None
    offering_id: OfferingId | None = None
    after: TimePosition | None = None
    limit: int = PAGE_ROWS_DEFAULT


class RatingSummary(Struct, frozen=True):
    """How many, and the mean of their stars; None without any."""

    ratings: int
    average: float | None


async def rating_of(session: Session, org_id: OrgId, booking_id: UUID) -> Rating | None:
    return await session.fetch_one(
        "messages.rating_of", Rating, org_id=org_id, booking_id=booking_id
    )


async def find_ratings(session: Session, org_id: OrgId, search: RatingSearch) -> list[ListedRating]:
    """The newest first."""
    after = search.after or NEWEST
    return await session.fetch(
        "messages.ratings",
        ListedRating,
        org_id=org_id,
        after_created_at=after.at,
        after_booking_id=after.row_id,
        stars=search.stars,
        offering_id=search.offering_id,
        limit=search.limit,
    )


async def listed_rating(session: Session, org_id: OrgId, booking_id: UUID) -> ListedRating | None:
    """Of one booking, which may have none."""
    return await session.fetch_one(
        "messages.listed_rating", ListedRating, org_id=org_id, booking_id=booking_id
    )


async def rating_summary(session: Session, org_id: OrgId, since: datetime) -> RatingSummary:
    found = await session.fetch_one(
        "messages.rating_summary", RatingSummary, org_id=org_id, since=since
    )
    assert found is not None, "the query always returns a row"
    return found

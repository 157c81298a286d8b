"""How guests rated their visits."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.position import TimePosition
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.limits import RATINGS_SUMMED_DAYS
from fullhouse.messages.ratings import ListedRating, RatingSearch, find_ratings, rating_summary
from fullhouse.storage.database import Database

_Stars = Annotated[int, Meta(ge=1, le=5, description="How good the visit was: one to five.")]


class RatingsQuery(msgspec.Struct, frozen=True):
    """Which ratings, from which page on."""

    stars: _Stars | None = None
    cursor: (
        Annotated[str, Meta(max_length=100, description="The `next` of the page before.")] | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT


class RatingResponse(ResponseBody, frozen=True):
    """How the guest of a booking rated the visit."""

    example: ClassVar = {
        "booking": "01977f6e-8400-7000-8000-000000000001",
        "ref": "K7QF2M9D",
        "stars": 5,
        "words": "The children want to come again.",
        "created_at": "2027-06-13T08:20:11Z",
        "changed_at": "2027-06-13T08:20:11Z",
    }
    booking: UUID
    ref: str
    stars: _Stars
    words: str
    created_at: Instant
    changed_at: Instant

    @staticmethod
    def of(rating: ListedRating) -> "RatingResponse":
        return RatingResponse(
            rating.booking_id,
            rating.ref,
            rating.stars,
            rating.words,
            rating.created_at,
            rating.changed_at,
        )


class RatingListResponse(ResponseBody, frozen=True):
    """A page of ratings, and the mean of those of the last year."""

    example: ClassVar = {
        "ratings": [RatingResponse.example],
        "rated": 214,
        "average": 4.6,
        "next": "2027-06-13T08:20:11+00:00~01977f6e-8400-7000-8000-000000000001",
    }
    ratings: tuple[RatingResponse, ...]
    rated: int
    average: float | None
    next: str | None


@dataclass(frozen=True, slots=True)
class RatingsResource:
    """The ratings of a business."""

    database: Database
    clock: Clock
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/ratings", allow=Permission.VIEW_BOOKINGS)
    async def list_ratings(self, org: OrgContext, query: RatingsQuery) -> RatingListResponse:
        """List how guests rated their visits, the newest first, page by page.

        Guests answer by the link in the e-mail that thanks them for their visit.
        """
        after = None if query.cursor is None else TimePosition.parse(query.cursor)
        if after is None and query.cursor is not None:
            raise InvalidInput("Use the `next` of the page before.", field="cursor")
        search = RatingSearch(stars=query.stars, after=after, limit=query.limit + 1)
        since = self.clock.now() - timedelta(days=RATINGS_SUMMED_DAYS)
        async with self.database.session() as session:
            found = await find_ratings(session, org.org_id, search)
            summary = await rating_summary(session, org.org_id, since)
        shown = found[: query.limit]
        return RatingListResponse(
            tuple(map(RatingResponse.of, shown)),
            summary.ratings,
            summary.average,
            shown[-1].position.text if len(found) > query.limit else None,
        )

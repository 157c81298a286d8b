"""Availability stream: a day's remaining places as they change, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering
from fullhouse.entrypoints.api.day_feeds import Counts, DayFeeds, FollowedDay
from fullhouse.http.live_feeds import events_of
from fullhouse.http.operations.operation import operation
from fullhouse.http.response import EventStream
from fullhouse.kernel.context import Permission
from fullhouse.scheduling.model.wall_text import day_range


class DayQuery(msgspec.Struct, frozen=True):
    """A day at the venue."""

    date: Annotated[date, Meta(description="The day, at the venue.", examples=["2027-06-12"])]


@dataclass(frozen=True, slots=True)
class AvailabilityStream:
    """Sends each reader a day's changes, at most once a second."""

    catalogue: CachedCatalogue
    feeds: DayFeeds
    tag: ClassVar[str] = "Offerings"

    @operation("GET", "/api/v1/{org}/offerings/{slug}/live", allow=Permission.BROWSE)
    async def stream_availability(self, offering: Offering, query: DayQuery) -> EventStream:
        """Stream a day's remaining places as they change.

        Server-sent events whose `data` is JSON: `{"slots": [{"id", "remaining"}]}`. The first event
        has the whole day, the others what has changed. The stream ends when the offering is
        withdrawn.
        """
        day, _ = day_range(query.date, None, days_default=1, days_max=1)
        zone = (await self.catalogue.venue(offering.org_id, offering.venue_id)).zone
        followed = FollowedDay(offering, day, zone)
        return EventStream(self._events(followed, await self.feeds.read(followed)))

    async def _events(self, followed: FollowedDay, counts: Counts) -> AsyncGenerator[bytes]:
        with self.feeds.follow(followed, counts) as follower:
            async with aclosing(events_of(follower, follower.feed.whole())) as events:
                async for event in events:
                    yield event

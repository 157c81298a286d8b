"""Availability stream: a day's remaining places as they change, as server-sent events."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.entrypoints.api.day_feeds import DayFeeds, FollowedDay
from fullhouse.entrypoints.api.limits import LIVE_SILENCE_SECONDS_MAX
from fullhouse.entrypoints.inputs.times import day_range
from fullhouse.http.operations.operation import operation
from fullhouse.http.response import EventStream
from fullhouse.kernel.context import Permission


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

    async def _events(
        self, followed: FollowedDay, counts: dict[UUID, int]
    ) -> AsyncGenerator[bytes]:
        with self.feeds.follow(followed, counts) as follower:
            yield b"retry: 3000\n\n" + follower.feed.whole()
            while not follower.feed.has_ended:
                if not await wait_for_event(
                    follower.woken, timeout_seconds=LIVE_SILENCE_SECONDS_MAX
                ):
                    yield b": keep-alive\n\n"
                elif events := follower.take():
                    yield events

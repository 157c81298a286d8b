"""Feeds of a day's remaining places: see `live_feeds`."""

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.http.limits import LIVE_SECONDS
from fullhouse.http.live_feeds import Follower, LiveFeeds
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import TransientError

Counts = dict[UUID, int]


class SlotCount(msgspec.Struct, frozen=True):
    """How many places a slot has left."""

    id: UUID
    remaining: int


class SlotCounts(msgspec.Struct, frozen=True):
    """Slots of the day that have changed; every slot in the first event."""

    slots: tuple[SlotCount, ...]


class FollowedDay(msgspec.Struct, frozen=True):
    """A day of an offering at the venue. Staff may follow one that is not published."""

    offering: Offering
    day: date
    zone: str


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The counts of a followed day. Implements `Followed`."""

    day: FollowedDay
    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener

    @property
    def key(self) -> Hashable:
        offering = self.day.offering
        return offering.offering_id, self.day.day, offering.published

    def subscribe(self) -> AbstractContextManager[asyncio.Event]:
        offering = self.day.offering
        return self.changes.subscribe(offering.org_id, offering.offering_id)

    async def read(self) -> Counts:
        """Raises as `Availability.on_days` does."""
        day = self.day.day
        return _counts(
            await self.availability.on_days(self.day.offering, day, day, zone=self.day.zone)
        )

    async def has_ended(self) -> bool:
        """Return whether it is published no more; False while the database cannot answer."""
        offering = self.day.offering
        if not offering.published:
            return False
        try:
            current = await self.catalogue.offering_by_id(offering.org_id, offering.offering_id)
        except TransientError:
            return False
        return not current.published

    def whole(self, content: Counts) -> bytes:
        return _event(content)

    def difference(self, before: Counts, after: Counts) -> bytes | None:
        changed = {id_: n for id_, n in after.items() if before.get(id_) != n}
        return _event(changed) if changed else None


@dataclass(slots=True)
class DayFeeds:
    """The days that are followed now."""

    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    shutdown: ShutdownSignal
    every_seconds: float = LIVE_SECONDS
    feeds: LiveFeeds[Counts] = field(init=False)

    def __post_init__(self) -> None:
        self.feeds = LiveFeeds(self.shutdown, self.every_seconds)

    async def read(self, followed: FollowedDay) -> Counts:
        """The counts of the day as they stand. Raises as `Availability.on_days` does."""
        return await self._of(followed).read()

    @contextmanager
    def follow(self, followed: FollowedDay, counts: Counts) -> Iterator[Follower[Counts]]:
        """Follow a day that was just read; the feed's counts may be newer."""
        with self.feeds.follow(self._of(followed), counts) as follower:
            yield follower

    def _of(self, followed: FollowedDay) -> DayCounts:
        return DayCounts(followed, self.catalogue, self.availability, self.changes)


def _counts(snapshot: AvailabilitySnapshot) -> Counts:
    return {slot.slot_id: slot.remaining if slot.state == "open" else 0 for slot in snapshot.slots}


def _event(counts: Counts) -> bytes:
    slots = tuple(SlotCount(*count) for count in counts.items())
    return b"data: " + msgspec.json.encode(SlotCounts(slots)) + b"\n\n"

"""Changes of a day's remaining places, read and encoded once for all streams that follow the day.

Thousands of open pages follow one day of a sale. Each of them reading and comparing the day for
itself took most of a processor, and held the event loop for as long at every change.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.entrypoints.api.limits import (
    LIVE_EVENTS_PENDING_MAX,
    LIVE_SECONDS,
    LIVE_STREAMS_PER_TURN_MAX,
)
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.errors import TransientError
from fullhouse.telemetry.log import get_logger

_log: Final = get_logger(__name__)
_Counts = dict[UUID, int]


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

    @property
    def key(self) -> tuple[OfferingId, date, bool]:
        return self.offering.offering_id, self.day, self.offering.published


@dataclass(slots=True, eq=False)
class Follower:
    """The events that one stream has not sent yet. `woken` is set when there are some."""

    feed: "DayFeed"
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _pending: list[bytes] = field(default_factory=list)

    def add(self, event: bytes) -> None:
        self._pending.append(event)
        self.woken.set()

    def take(self) -> bytes:
        """The pending events; the whole day instead when the client reads too slowly for them."""
        self.woken.clear()
        pending, self._pending = self._pending, []
        if len(pending) > LIVE_EVENTS_PENDING_MAX:
            return self.feed.whole()
        return b"".join(pending)


@dataclass(slots=True, eq=False)
class DayFeed:
    """One followed day: its counts as they were told last, and its followers."""

    counts: _Counts
    followers: set[Follower] = field(default_factory=set)
    has_ended: bool = False
    task: asyncio.Task[None] | None = None
    _whole: bytes | None = None

    def whole(self) -> bytes:
        """The event with every slot."""
        if self._whole is None:
            self._whole = _event(self.counts)
        return self._whole

    def update(self, latest: _Counts) -> bytes | None:
        """Take over the counts; the event with those that have changed."""
        difference = {id_: n for id_, n in latest.items() if self.counts.get(id_) != n}
        if not difference:
            return None
        self.counts = self.counts | difference
        self._whole = None
        return _event(difference)

    def end(self) -> None:
        """There will be no further events."""
        self.has_ended = True
        for follower in self.followers:
            follower.woken.set()


@dataclass(slots=True)
class DayFeeds:
    """The days that are followed now. Each has a task for as long as it has followers."""

    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    shutdown: ShutdownSignal
    every_seconds: float = LIVE_SECONDS
    _feeds: dict[tuple[OfferingId, date, bool], DayFeed] = field(default_factory=dict)

    async def read(self, followed: FollowedDay) -> _Counts:
        """The counts of the day as they stand. Raises as `Availability.on_days` does."""
        day = followed.day
        return _counts(
            await self.availability.on_days(followed.offering, day, day, zone=followed.zone)
        )

    @contextmanager
    def follow(self, followed: FollowedDay, counts: _Counts) -> Iterator[Follower]:
        """Follow a day that was just read; the feed's counts may be newer."""
        feed = self._feeds.get(followed.key)
        if feed is None:
            feed = self._feeds[followed.key] = DayFeed(counts)
            feed.task = asyncio.create_task(self._run(feed, followed))
        follower = Follower(feed)
        feed.followers.add(follower)
        try:
            yield follower
        finally:
            feed.followers.discard(follower)
            if not feed.followers and self._feeds.get(followed.key) is feed:
                self._forget(feed, followed)

    def _forget(self, feed: DayFeed, followed: FollowedDay) -> None:
        del self._feeds[followed.key]
        if feed.task is not None:
            feed.task.cancel()

    async def _run(self, feed: DayFeed, followed: FollowedDay) -> None:
        """Send changes, at most one a second, until the day is followed no more."""
        offering = followed.offering
        try:
            with (
                self.changes.subscribe(offering.org_id, offering.offering_id) as changed,
                self.shutdown.linked_to(changed),
            ):
                changed.set()  # by what came between the first count and now
                while True:
                    await changed.wait()
                    if self.shutdown.is_set:
                        return
                    changed.clear()
                    if await self._is_withdrawn(offering):
                        return
                    await self._send_changes(feed, followed)
                    await wait_for_event(self.shutdown.event, timeout_seconds=self.every_seconds)
        except Exception as error:  # noqa: BLE001 - the streams end, and their pages ask again
            _log.error("availability.feed_failed", exc_info=error)
        finally:
            if self._feeds.get(followed.key) is feed:
                del self._feeds[followed.key]
            feed.end()

    async def _send_changes(self, feed: DayFeed, followed: FollowedDay) -> None:
        """Wake the followers a bounded number in a turn of the event loop."""
        try:
            event = feed.update(await self.read(followed))
        except TransientError:
            return  # the day stays as it is while the database cannot answer
        if event is None:
            return
        for number, follower in enumerate(tuple(feed.followers), start=1):
            follower.add(event)
            if number % LIVE_STREAMS_PER_TURN_MAX == 0:
                await asyncio.sleep(0)

    async def _is_withdrawn(self, offering: Offering) -> bool:
        """Return whether it is published no more; False while the database cannot answer."""
        if not offering.published:
            return False
        try:
            current = await self.catalogue.offering_by_id(offering.org_id, offering.offering_id)
        except TransientError:
            return False
        return not current.published


def _counts(snapshot: AvailabilitySnapshot) -> _Counts:
    return {slot.slot_id: slot.remaining if slot.state == "open" else 0 for slot in snapshot.slots}


def _event(counts: _Counts) -> bytes:
    slots = tuple(SlotCount(*count) for count in counts.items())
    return b"data: " + msgspec.json.encode(SlotCounts(slots)) + b"\n\n"

"""Availability stream: a day's remaining places as they change, as server-sent events."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.entrypoints.api.limits import LIVE_SECONDS, LIVE_SILENCE_SECONDS_MAX
from fullhouse.entrypoints.inputs.times import day_range
from fullhouse.http.operations.operation import operation
from fullhouse.http.response import EventStream
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import TransientError


class DayQuery(msgspec.Struct, frozen=True):
    """A day at the venue."""

    date: Annotated[date, Meta(description="The day, at the venue.", examples=["2027-06-12"])]


class SlotCount(msgspec.Struct, frozen=True):
    """How many places a slot has left."""

    id: UUID
    remaining: int


class SlotCounts(msgspec.Struct, frozen=True):
    """Slots of the day that have changed; every slot in the first event."""

    slots: tuple[SlotCount, ...]


@dataclass(frozen=True, slots=True)
class AvailabilityStream:
    """Sends each reader a day's changes, at most once a second, from the snapshot in memory."""

    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    shutdown: ShutdownSignal
    every_seconds: float = LIVE_SECONDS
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
        first = await self.availability.on_days(offering, day, day, zone=zone)
        return EventStream(self._events(offering, day, zone=zone, first=first))

    async def _events(
        self, offering: Offering, day: date, *, zone: str, first: AvailabilitySnapshot
    ) -> AsyncGenerator[bytes]:
        sent = _counts(first)
        with (
            self.changes.subscribe(offering.org_id, offering.offering_id) as changed,
            self.shutdown.linked_to(changed),
        ):
            changed.set()  # by what came between the first count and now
            yield b"retry: 3000\n\n" + _event(sent)
            while not self.shutdown.is_set:
                if not await wait_for_event(changed, timeout_seconds=LIVE_SILENCE_SECONDS_MAX):
                    yield b": keep-alive\n\n"
                    continue
                changed.clear()
                if offering.published and await self._is_withdrawn(offering):
                    return
                latest = await self._latest(offering, day, zone=zone)
                difference = {id_: n for id_, n in latest.items() if sent.get(id_) != n}
                if difference:
                    sent |= difference
                    yield _event(difference)
                await wait_for_event(self.shutdown.event, timeout_seconds=self.every_seconds)

    async def _is_withdrawn(self, offering: Offering) -> bool:
        """Return whether it is published no more; False while the database cannot answer."""
        try:
            current = await self.catalogue.offering_by_id(offering.org_id, offering.offering_id)
        except TransientError:
            return False
        return not current.published

    async def _latest(self, offering: Offering, day: date, *, zone: str) -> dict[UUID, int]:
        """The day as it stands; nothing while the database cannot answer."""
        try:
            return _counts(await self.availability.on_days(offering, day, day, zone=zone))
        except TransientError:
            return {}


def _counts(snapshot: AvailabilitySnapshot) -> dict[UUID, int]:
    return {slot.slot_id: slot.remaining if slot.state == "open" else 0 for slot in snapshot.slots}


def _event(counts: dict[UUID, int]) -> bytes:
    slots = tuple(SlotCount(*count) for count in counts.items())
    return b"data: " + msgspec.json.encode(SlotCounts(slots)) + b"\n\n"

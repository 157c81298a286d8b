"""Live counts: a day's remaining places as they change, as server-sent events."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.availability.availability import Availability, AvailabilitySnapshot
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.availability import days_of
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.limits import LIVE_SECONDS, LIVE_SILENCE_SECONDS_MAX
from fullhouse.entrypoints.api.offerings import offering_of
from fullhouse.entrypoints.api.operation import Operation, Success
from fullhouse.entrypoints.http.response import AnyResponse, EventStream
from fullhouse.entrypoints.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import TransientError


class LiveQuery(msgspec.Struct, frozen=True):
    """Which day, at the venue."""

    date: Annotated[date, Meta(description="The day, at the venue.", examples=["2027-06-12"])]


class LiveSlotShape(msgspec.Struct, frozen=True):
    """How many places a slot has left."""

    id: UUID
    remaining: int


class LiveShape(msgspec.Struct, frozen=True):
    """Slots of the day that have changed; the first event tells of all of them."""

    slots: tuple[LiveSlotShape, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """Tells each reader of a day's changes, at most once a second, from the picture in memory."""

    callers: Callers
    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    clock: Clock
    shutdown: ShutdownSignal
    every_seconds: float = LIVE_SECONDS

    def operations(self) -> Sequence[Operation]:
        return (
            Operation(
                method="GET",
                path="/api/v1/{org}/offerings/{slug}/live",
                name="live",
                tag="Offerings",
                summary="A day's remaining places, as they change",
                description=(
                    'Server-sent events whose `data` is JSON: `{"slots": [{"id", "remaining"}]}`. '
                    "The first tells of the whole day, the others of what has changed."
                ),
                access="public",
                handler=self.show,
                query=LiveQuery,
                successes=[
                    Success(
                        status=200,
                        words="Events, until you hang up.",
                        shape=str,
                        example='data: {"slots":[{"id":"01977f6e-…","remaining":11}]}\n\n',
                        media_type="text/event-stream",
                    )
                ],
                problems=[UnknownOffering],
            ),
        )

    async def show(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        offering = await offering_of(request, asked, self.catalogue)
        day, _ = days_of(request.query(LiveQuery).date, None, self.clock.now().date())
        zone = (await self.catalogue.venue(asked.org_id, offering.venue_id)).zone
        first = await self.availability.on_days(offering, day, day, zone=zone)
        return EventStream(self._events(offering, day, zone=zone, first=first))

    async def _events(
        self, offering: Offering, day: date, *, zone: str, first: AvailabilitySnapshot
    ) -> AsyncIterator[bytes]:
        told = _counts(first)
        yield b"retry: 3000\n\n" + _event(told)
        with (
            self.changes.subscribe(offering.org_id, offering.offering_id) as woken,
            self.shutdown.linked_to(woken),
        ):
            while not self.shutdown.is_set:
                if not await wait_for_event(woken, timeout_seconds=LIVE_SILENCE_SECONDS_MAX):
                    yield b": still here\n\n"
                    continue
                woken.clear()
                latest = await self._counts(offering, day, zone=zone)
                changed = {id_: n for id_, n in latest.items() if told.get(id_) != n}
                if changed:
                    told |= changed
                    yield _event(changed)
                await wait_for_event(self.shutdown.event, timeout_seconds=self.every_seconds)

    async def _counts(self, offering: Offering, day: date, *, zone: str) -> dict[UUID, int]:
        """The day as it stands; nothing while nothing can be known of it."""
        try:
            return _counts(await self.availability.on_days(offering, day, day, zone=zone))
        except TransientError:
            return {}


def _counts(picture: AvailabilitySnapshot) -> dict[UUID, int]:
    return {slot.slot_id: slot.remaining if slot.state == "open" else 0 for slot in picture.slots}


def _event(counts: dict[UUID, int]) -> bytes:
    shape = LiveShape(tuple(LiveSlotShape(*count) for count in counts.items()))
    return b"data: " + msgspec.json.encode(shape) + b"\n\n"

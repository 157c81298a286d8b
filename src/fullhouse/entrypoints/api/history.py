"""The history of a booking: who did what, when, and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking import events
from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.finding import Finding
from fullhouse.entrypoints.api.operation import Operation, Success
from fullhouse.entrypoints.api.responses import json_response
from fullhouse.entrypoints.api.shapes import zone_of
from fullhouse.entrypoints.http.response import AnyResponse

WORDS: Final[Mapping[str, str]] = {
    events.BookingInitiated.kind(): "Places were held.",
    events.Booked.kind(): "The booking was made.",
    events.BookingFailed.kind(): "A booking was tried and could not be made.",
    events.Rescheduled.kind(): "The booking was moved.",
    events.Cancelled.kind(): "The booking was cancelled.",
    events.BookingRestored.kind(): "The cancellation was undone.",
    events.CheckedIn.kind(): "The party arrived.",
    events.CheckInUndone.kind(): "The check-in was undone.",
    events.NoShow.kind(): "The party did not come.",
    events.HoldReleased.kind(): "The held places were given back.",
    events.HoldExpired.kind(): "The hold ran out.",
    events.PlaceOffered.kind(): "Places that became free were offered.",
}


AnyJson = Annotated[object, Meta(extra_json_schema={"description": "As the event keeps it."})]


class HistoryEntryShape(msgspec.Struct, frozen=True):
    """One thing that happened. `who` is `guest`, `system`, `operator`, or a name."""

    at: datetime
    what: str
    who: str
    words: str
    changes: dict[str, AnyJson]
    request_id: UUID


class HistoryShape(msgspec.Struct, frozen=True):
    """Everything that happened to a booking, oldest first."""

    ref: str
    history: tuple[HistoryEntryShape, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Tells the owner's side what happened to a booking."""

    finding: Finding
    bookings: Bookings

    def operations(self) -> Sequence[Operation]:
        example = {
            "ref": "K7QF2M9D",
            "history": [
                {
                    "at": "2027-06-10T19:02:11-05:00",
                    "what": "Booked",
                    "who": "guest",
                    "words": "The booking was made.",
                    "changes": {"party": 2, "price": 2400, "currency": "USD"},
                    "request_id": "01977f6e-9000-7000-8000-000000000e11",
                }
            ],
        }
        return (
            Operation(
                method="GET",
                path="/api/v1/{org}/bookings/{ref}/history",
                name="history",
                tag="Bookings",
                summary="What happened to a booking",
                access="owner",
                handler=self.show,
                successes=[
                    Success(status=200, words="Oldest first.", shape=HistoryShape, example=example)
                ],
                problems=[UnknownBooking],
            ),
        )

    async def show(self, request: ApiRequest) -> AnyResponse:
        found = await self.finding.for_owner(request)
        zone = zone_of(found.view.venue.zone)
        entries = await self.bookings.history(found.org_id, found.booking_id)
        shown = tuple(
            HistoryEntryShape(
                at=entry.at.astimezone(zone),
                what=entry.kind,
                who=entry.actor_name or entry.actor,
                words=WORDS.get(entry.kind, entry.kind),
                changes=entry.payload,
                request_id=entry.correlation_id,
            )
            for entry in entries
        )
        return json_response(HistoryShape(found.view.booking.ref, shown))

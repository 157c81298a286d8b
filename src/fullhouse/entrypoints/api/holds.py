"""Holds: places claimed for some minutes, until it is known who they are for."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullhouse.booking.actions.place_hold import PlaceHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.errors import (
    HoldHasExpired,
    PartyNotAdmitted,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotsNotTogether,
    UnknownBooking,
    UnknownSlot,
    WrongStatus,
)
from fullhouse.booking.model.booking import BookingId
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.requests import HoldFields, hold_decoder
from fullhouse.entrypoints.api.responses import no_content, write_response
from fullhouse.entrypoints.api.shapes import EXAMPLE_SLOT, BookingShape, uuid_of
from fullhouse.entrypoints.api.showing import Showing
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.kernel.errors import IdempotencyKeyReused

_EXAMPLE = {
    "ref": "K7QF2M9D",
    "id": "01977f6e-9000-7000-8000-000000000f01",
    "status": "held",
    "offering": "sunflower-mornings",
    "zone": "America/Chicago",
    "slot": EXAMPLE_SLOT,
    "slots": [EXAMPLE_SLOT],
    "party": 2,
    "price": {"amount": 2400, "currency": "USD"},
    "expires_at": "2027-06-12T08:10:00-05:00",
}


@dataclass(frozen=True, slots=True)
class Holds:
    """Places and releases holds. Whoever knows a hold's id has it: 74 of its bits are chance."""

    callers: Callers
    place_hold: PlaceHold
    release_hold: ReleaseHold
    showing: Showing

    def operations(self) -> Sequence[Operation]:
        return (
            Operation(
                method="POST",
                path="/api/v1/{org}/holds",
                name="placeHold",
                tag="Bookings",
                summary="Hold places for some minutes",
                description=(
                    "They are nobody else's until `expires_at`, and free again by themselves then. "
                    "Book them by sending the `id` as `hold`."
                ),
                access="public",
                handler=self.place,
                body=Body(
                    shape=HoldFields, examples={"two": {"slot": EXAMPLE_SLOT["id"], "party": 2}}
                ),
                successes=[
                    Success(status=201, words="Held.", shape=BookingShape, example=_EXAMPLE),
                    Success(status=200, words="Held before, by this key.", shape=BookingShape),
                ],
                problems=[
                    UnknownSlot,
                    SlotFull,
                    SlotClosed,
                    SlotPast,
                    SlotsNotTogether,
                    PartyNotAdmitted,
                    IdempotencyKeyReused,
                ],
            ),
            Operation(
                method="DELETE",
                path="/api/v1/{org}/holds/{id}",
                name="releaseHold",
                tag="Bookings",
                summary="Give held places back",
                access="public",
                handler=self.release,
                successes=[Success(status=204, words="Given back.")],
                problems=[UnknownBooking, HoldHasExpired, WrongStatus, IdempotencyKeyReused],
            ),
        )

    async def place(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        hold = (await request.json(hold_decoder)).read()
        answer = await self.place_hold(asked.org_id, hold, context=asked.context)
        shape = self.showing.outcome(asked.organisation.slug, answer.outcome)
        return write_response(shape, replayed=answer.replayed)

    async def release(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        hold_id = uuid_of(request.path["id"], UnknownBooking("There is no such hold."))
        answer = await self.release_hold(asked.org_id, BookingId(hold_id), context=asked.context)
        return no_content(replayed=answer.replayed)

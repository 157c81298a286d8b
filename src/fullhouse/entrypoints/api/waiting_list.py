"""Waiting lists: who would come if places became free."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.regions import DefaultPhoneRegion
from fullhouse.entrypoints.api.requests import WaitingFields, waiting_decoder
from fullhouse.entrypoints.api.responses import no_content, write_response
from fullhouse.entrypoints.api.shapes import (
    EXAMPLE_CUSTOMER,
    EXAMPLE_SLOT,
    SlotShape,
    slot_shape,
    uuid_of,
    zone_of,
)
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.kernel.errors import IdempotencyKeyReused


class WaitingShape(msgspec.Struct, frozen=True):
    """A party on a slot's waiting list. Its `id` is what it leaves the list by."""

    id: UUID
    status: str
    offering: str
    zone: str
    slot: SlotShape
    party: int


_EXAMPLE: Final = {
    "id": "01977f6e-9100-7000-8000-000000000a03",
    "status": "waiting",
    "offering": "sunflower-mornings",
    "zone": "America/Chicago",
    "slot": EXAMPLE_SLOT,
    "party": 2,
}


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Joining and leaving. Whoever knows an entry's id has it: 74 of its bits are chance."""

    callers: Callers
    join_waiting_list: JoinWaitingList
    leave_waiting_list: LeaveWaitingList
    regions: DefaultPhoneRegion

    def operations(self) -> Sequence[Operation]:
        path = "/api/v1/{org}/waiting-list"
        return self._joining(path), self._leaving(path + "/{id}")

    def _joining(self, path: str) -> Operation:
        return Operation(
            method="POST",
            path=path,
            name="joinWaitingList",
            tag="Waiting list",
            summary="Join a slot's waiting list",
            description=(
                "Places that become free are offered to the first party that fits, by mail, "
                "for a time; then to the next."
            ),
            access="public",
            handler=self.join,
            body=Body(
                shape=WaitingFields,
                examples={
                    "two": {
                        "slot": EXAMPLE_SLOT["id"],
                        "party": 2,
                        "customer": EXAMPLE_CUSTOMER,
                    }
                },
            ),
            successes=[
                Success(status=201, words="Waiting.", shape=WaitingShape, example=_EXAMPLE),
                Success(status=200, words="Waiting already.", shape=WaitingShape),
            ],
            problems=[
                errors.UnknownSlot,
                errors.SlotPast,
                errors.PartyNotAdmitted,
                IdempotencyKeyReused,
            ],
        )

    def _leaving(self, path: str) -> Operation:
        return Operation(
            method="DELETE",
            path=path,
            name="leaveWaitingList",
            tag="Waiting list",
            summary="Leave a waiting list",
            description="Places that were offered go to the next. Leaving twice is no error.",
            access="public",
            handler=self.leave,
            successes=[Success(status=204, words="Left.")],
            problems=[
                errors.UnknownWaiting,
                errors.HoldHasExpired,
                errors.WrongStatus,
                IdempotencyKeyReused,
            ],
        )

    async def join(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        fields = await request.json(waiting_decoder)
        region = await self.regions.region_for(asked.org_id, fields.customer)
        entry = fields.read(region=region)
        answer = await self.join_waiting_list(asked.org_id, entry, context=asked.context)
        outcome = answer.outcome
        shape = WaitingShape(
            id=outcome.entry_id,
            status=outcome.status,
            offering=outcome.offering,
            zone=outcome.zone,
            slot=slot_shape(outcome.slot, zone_of(outcome.zone)),
            party=outcome.party,
        )
        return write_response(shape, replayed=answer.replayed)

    async def leave(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.anyone(request)
        otherwise = errors.UnknownWaiting()
        entry_id = uuid_of(request.path["id"], otherwise)
        await self.leave_waiting_list(asked.org_id, entry_id, context=asked.context)
        return no_content()

"""Slots, for the owner: how many places one has, and which need a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking import errors
from fullhouse.booking.actions.set_capacity import SetCapacity
from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.booking.model.slot import SlotId, SlotState
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.callers import Callers
from fullhouse.entrypoints.api.operation import Body, Operation, Success
from fullhouse.entrypoints.api.responses import json_response, write_response
from fullhouse.entrypoints.api.shapes import EXAMPLE_SLOT, Strict, uuid_of, zone_of
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.scheduling.reads.schedules import SlotNeedingReview, slots_off_schedule
from fullhouse.storage.database import Database


class CapacityFields(Strict, frozen=True):
    """How many places the slot has from now on."""

    capacity: Annotated[int, Meta(ge=0, le=CAPACITY_MAX)]


class CapacityShape(msgspec.Struct, frozen=True):
    """How many places a slot has."""

    id: UUID
    capacity: int


class SlotToLookAtShape(msgspec.Struct, frozen=True):
    """A coming slot that is not as its schedule says, and that somebody is in."""

    id: UUID
    offering: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked: int
    held: int
    state: SlotState
    reason: str
    off_schedule_since: datetime


class SlotsToLookAtShape(msgspec.Struct, frozen=True):
    """Slots to look at, the soonest first."""

    slots: tuple[SlotToLookAtShape, ...]


_decoder: Final = msgspec.json.Decoder(CapacityFields)


@dataclass(frozen=True, slots=True)
class Slots:
    """Sets capacities, and lists what a change of schedule left to decide."""

    callers: Callers
    database: Database
    clock: Clock
    set_capacity: SetCapacity

    def operations(self) -> Sequence[Operation]:
        return (
            Operation(
                method="PUT",
                path="/api/v1/{org}/slots/{id}/capacity",
                name="setCapacity",
                tag="Set-up",
                summary="Set how many places a slot has",
                description="Never below what is taken; `capacity_below_sold` says how many.",
                access="owner",
                handler=self.resize,
                body=Body(shape=CapacityFields, examples={"more": {"capacity": 24}}),
                successes=[
                    Success(
                        status=200,
                        words="The capacity now.",
                        shape=CapacityShape,
                        example={"id": EXAMPLE_SLOT["id"], "capacity": 24},
                    )
                ],
                problems=[
                    errors.UnknownSlot,
                    errors.CapacityBelowSold,
                    IdempotencyKeyReused,
                ],
            ),
            Operation(
                method="GET",
                path="/api/v1/{org}/slots/to-look-at",
                name="slotsToLookAt",
                tag="Set-up",
                summary="Slots with guests that are not as their schedule says",
                access="owner",
                handler=self.to_look_at,
                successes=[
                    Success(
                        status=200,
                        words="The soonest first.",
                        shape=SlotsToLookAtShape,
                        example={"slots": []},
                    )
                ],
            ),
        )

    async def resize(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        slot_id = uuid_of(request.path["id"], errors.UnknownSlot())
        fields = await request.json(_decoder)
        answer = await self.set_capacity(
            asked.org_id, SlotId(slot_id), fields.capacity, context=asked.context
        )
        shape = CapacityShape(answer.outcome.slot_id, answer.outcome.capacity)
        return write_response(shape, replayed=answer.replayed, status=200)

    async def to_look_at(self, request: ApiRequest) -> AnyResponse:
        asked = await self.callers.allowed(request, Permission.MANAGE_OFFERINGS)
        async with self.database.session() as session:
            slots = await slots_off_schedule(session, asked.org_id, now=self.clock.now())
        return json_response(SlotsToLookAtShape(tuple(map(_shape, slots))))


def _shape(slot: SlotNeedingReview) -> SlotToLookAtShape:
    zone = zone_of(slot.zone)
    since = slot.off_schedule_since
    return SlotToLookAtShape(
        id=slot.slot_id,
        offering=slot.offering,
        starts_at=slot.starts_at.astimezone(zone),
        ends_at=slot.ends_at.astimezone(zone),
        capacity=slot.capacity,
        booked=slot.booked,
        held=slot.held,
        state=slot.state,
        reason=slot.reason,
        off_schedule_since=since.astimezone(zone),
    )

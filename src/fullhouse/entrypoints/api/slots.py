"""Slots: their capacity, and those that need the owner's decision."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking.actions.set_capacity import SetCapacity
from fullhouse.booking.errors import CapacityBelowSold, ChangedMeanwhile, SlotPast
from fullhouse.booking.model.slot import SlotId
from fullhouse.entrypoints.inputs.offerings import CapacityRequest
from fullhouse.entrypoints.outputs.schedules import (
    CapacityResponse,
    SlotReviewListResponse,
    SlotReviewResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Completed
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.scheduling.reads.schedules import slots_off_schedule
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class Slots:
    """Sets capacities, and lists what a change of schedule left to decide."""

    database: Database
    clock: Clock
    resize: SetCapacity
    tag: ClassVar[str] = "Slots"

    @operation(
        "PUT",
        "/api/v1/{org}/slots/{id}/capacity",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(CapacityBelowSold, ChangedMeanwhile, SlotPast),
    )
    async def set_capacity(
        self,
        org: OrgContext,
        id: SlotId,
        body: CapacityRequest,
    ) -> Completed[CapacityResponse]:
        """Set how many places a slot has.

        Never below the places taken: `capacity_below_sold` says how many are. With
        `expected_capacity` somebody else's change meanwhile is `changed_meanwhile`.
        """
        result = await self.resize(
            org.org_id, id, body.capacity, context=org.context, expected=body.expected_capacity
        )
        response = CapacityResponse(result.outcome.slot_id, result.outcome.capacity)
        return Completed(response, result.replayed)

    @operation("GET", "/api/v1/{org}/slots/needs-review", allow=Permission.MANAGE_OFFERINGS)
    async def list_slots_needing_review(self, org: OrgContext) -> SlotReviewListResponse:
        """List slots in use that have left their schedule."""
        async with self.database.session() as session:
            found = await slots_off_schedule(session, org.org_id, now=self.clock.now())
        return SlotReviewListResponse(tuple(map(SlotReviewResponse.of, found)))

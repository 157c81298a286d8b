"""Waiting lists of slots."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking import errors
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.model.waiting import WaitingEntryId
from fullhouse.entrypoints.api.default_region import DefaultPhoneRegion
from fullhouse.entrypoints.inputs.bookings import JoinWaitingListRequest
from fullhouse.entrypoints.outputs.bookings import WaitingListEntryResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Completed, Created
from fullhouse.kernel.context import Permission


@dataclass(frozen=True, slots=True)
class WaitingList:
    """An entry's id is its secret: 74 of its bits are random."""

    join: JoinWaitingList
    leave: LeaveWaitingList
    regions: DefaultPhoneRegion
    tag: ClassVar[str] = "Waiting list"

    @operation(
        "POST",
        "/api/v1/{org}/waiting-list",
        allow=Permission.BOOK,
        raises=(
            errors.UnknownSlot,
            errors.SlotClosed,
            errors.SlotPast,
            errors.PartyNotAdmitted,
        ),
    )
    async def join_waiting_list(
        self, org: OrgContext, body: JoinWaitingListRequest
    ) -> Created[WaitingListEntryResponse]:
        """Join a slot's waiting list.

        Places that become free are offered to the first party that fits, by mail, for a time; then
        to the next.
        """
        entry = body.read(region=await self.regions.region_for(org.org_id, body.customer))
        result = await self.join(org.org_id, entry, context=org.context)
        return Created(WaitingListEntryResponse.of(result.outcome), result.replayed)

    @operation(
        "DELETE",
        "/api/v1/{org}/waiting-list/{id}",
        allow=Permission.BOOK,
        raises=(errors.HoldHasExpired, errors.WrongStatus),
    )
    async def leave_waiting_list(self, org: OrgContext, id: WaitingEntryId) -> Completed[None]:
        """Leave a waiting list.

        Places that were offered go to the next party. Leaving twice is no error.
        """
        replayed = await self.leave(org.org_id, id, context=org.context)
        return Completed(None, replayed)

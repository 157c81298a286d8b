"""Waiting lists of slots."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking import errors
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.entrypoints.api.arguments import OwnWaitingEntryId
from fullhouse.entrypoints.api.holds import CHANGES_STATUS
from fullhouse.entrypoints.api.phone_regions import PhoneRegions
from fullhouse.entrypoints.inputs.bookings import JoinWaitingListRequest
from fullhouse.entrypoints.outputs.bookings import WaitingListEntryResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Completed, Created
from fullhouse.kernel.context import Permission


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Joins and leaves; an entry is left by the token of its own page."""

    join: JoinWaitingList
    leave: LeaveWaitingList
    regions: PhoneRegions
    urls: SignedUrls
    tag: ClassVar[str] = "Waiting list"

    @operation(
        "POST",
        "/api/v1/{org}/waiting-list",
        allow=Permission.BOOK,
        raises=(
            errors.UnknownSlot,
            errors.SlotClosed,
            errors.SlotPast,
            errors.SlotNotOpen,
            errors.PartyNotAdmitted,
            errors.AlreadyWaiting,
            errors.ClientWaitsAlready,
            errors.TooManyHolds,
        ),
    )
    async def join_waiting_list(
        self, org: OrgContext, body: JoinWaitingListRequest
    ) -> Created[WaitingListEntryResponse]:
        """Join a slot's waiting list.

        Places that become free are offered to the first party that fits, by mail, for a time; then
        to the next. Who asks again gets the first answer, and anybody else `already_waiting`.
        """
        entry = body.read(region=await self.regions.region_for(org.org_id, body))
        result = await self.join(org.org_id, entry, context=org.context)
        outcome = result.outcome
        signed = self.urls.of(org.organisation)
        urls = signed.waiting_list(org.slug, org_id=org.org_id, entry_id=outcome.entry_id)
        return Created(WaitingListEntryResponse.of(outcome, urls), result.replayed)

    @operation(
        "DELETE",
        "/api/v1/{org}/waiting-list/{id}",
        allow=Permission.CHANGE_BOOKINGS,
        raises=CHANGES_STATUS,
    )
    async def leave_waiting_list(self, org: OrgContext, id: OwnWaitingEntryId) -> Completed[None]:
        """Leave a waiting list.

        Places that were offered go to the next party. Leaving twice is no error.
        """
        replayed = await self.leave(org.org_id, id, context=org.context)
        return Completed(None, replayed)

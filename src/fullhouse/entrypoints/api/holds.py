"""Holds: places taken for some minutes, until the customer is known."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.booking import errors
from fullhouse.booking.actions.place_hold import PlaceHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.model.booking import BookingId
from fullhouse.entrypoints.inputs.bookings import CreateHoldRequest
from fullhouse.entrypoints.outputs.bookings import BookingPresenter, BookingResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Completed, Created
from fullhouse.kernel.context import Permission

TAKES_PLACES = (
    errors.UnknownPriceCategory,
    errors.UnknownSlot,
    errors.SlotFull,
    errors.SlotClosed,
    errors.SlotPast,
    errors.SlotNotOpen,
    errors.SlotsNotTogether,
    errors.PartyNotAdmitted,
)
"""Errors of operations that take places."""

CHANGES_STATUS = (
    errors.AlreadyCancelled,
    errors.AlreadyCheckedIn,
    errors.BookingQuarantined,
    errors.HoldHasExpired,
    errors.WrongStatus,
    errors.ChangedMeanwhile,
)
"""Errors of any change of status."""


@dataclass(frozen=True, slots=True)
class Holds:
    """A hold's id is its secret: 74 of its bits are random."""

    place: PlaceHold
    release: ReleaseHold
    presenter: BookingPresenter
    tag: ClassVar[str] = "Holds"

    @operation(
        "POST",
        "/api/v1/{org}/holds",
        allow=Permission.BOOK,
        raises=(*TAKES_PLACES, errors.TooManyHolds),
    )
    async def place_hold(
        self, org: OrgContext, body: CreateHoldRequest
    ) -> Created[BookingResponse]:
        """Hold places for some minutes.

        Nobody else can book them until `expires_at`; then they are free again by themselves. Book
        them by sending the `id` as `hold`.
        """
        result = await self.place(org.org_id, body.read(), context=org.context)
        return Created(self.presenter.outcome(org.organisation, result.outcome), result.replayed)

    @operation(
        "DELETE",
        "/api/v1/{org}/holds/{id}",
        allow=Permission.BOOK,
        raises=CHANGES_STATUS,
    )
    async def release_hold(self, org: OrgContext, id: BookingId) -> Completed[None]:
        """Give held places back."""
        result = await self.release(org.org_id, id, context=org.context)
        return Completed(None, result.replayed)

"""Restore a booking: undo its cancellation, for a minute."""

from dataclasses import dataclass

from fullhouse.booking import errors
from fullhouse.booking.events import BookingRestored, Cancelled
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_status,
    require_undoable,
    status_event,
)
from fullhouse.kernel.context import GUEST, Permission, RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class RestoreBooking:
    """Takes the places of a booking just cancelled again, if they are still free."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking as before.

        Raises `TooLateToUndo`, `CancelledByStaff`, `SlotFull`, and as the updater.
        """
        cancelled = await self.updater.last_event(org_id, booking_id, Cancelled)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            require_status(snapshot.booking, "restore")
            require_undoable(cancelled, snapshot.now)
            if not (cancelled is None or may_restore(context, cancelled.actor)):
                raise errors.CancelledByStaff
            return StatusChange(
                verb="restore",
                event=status_event(BookingRestored),
                takes=snapshot.slots,
                changes={"fee_amount": 0},
            )

        return await self.updater(org_id, booking_id, context=context, decide=decide)


def may_restore(context: RequestContext, cancelled_by: str) -> bool:
    """Return whether a booking that this actor cancelled may be restored: guests undo a guest's."""
    return context.may(Permission.CHANGE_BOOKINGS) or cancelled_by in {GUEST.actor, context.actor}

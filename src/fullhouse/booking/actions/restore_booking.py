"""Restore a booking: undo its cancellation, for a minute."""

from dataclasses import dataclass

from fullhouse.booking import errors, limits
from fullhouse.booking.events import BookingRestored, Cancelled
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    LastEvent,
    StatusChange,
    require_status,
    status_event,
)
from fullhouse.kernel.context import GUEST, Permission, RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class RestoreBooking:
    """Gives a booking that was just cancelled the places back that were kept for it."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking as before.

        Raises `TooLateToUndo`, also for a guest who has undone `UNDOS_MAX` cancellations,
        `CancelledByStaff`, and as the updater.
        """
        cancelled = await self.updater.last_event(org_id, booking_id, Cancelled)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            require_status(snapshot.booking, "restore")
            if snapshot.booking.status == "cancelled":
                require_restorable(snapshot, cancelled, context)
            return StatusChange(
                verb="restore",
                event=status_event(BookingRestored),
                releases_current=True,
                takes=snapshot.slots,
                ignore_closed=True,
                changes={"fee_amount": 0},
            )

        return await self.updater(org_id, booking_id, context=context, decide=decide)


def require_restorable(
    snapshot: BookingSnapshot, cancelled: LastEvent | None, context: RequestContext
) -> None:
    """Raise `TooLateToUndo` or `CancelledByStaff`."""
    if cancelled is None or not snapshot.booking.can_be_restored(snapshot.now):
        raise errors.TooLateToUndo
    if not may_restore(context, cancelled.actor):
        raise errors.CancelledByStaff
    if cancelled.times > limits.UNDOS_MAX and not context.may(Permission.CHANGE_BOOKINGS):
        raise errors.TooLateToUndo(
            "This booking was cancelled and restored several times. Please book again."
        )


def may_restore(context: RequestContext, cancelled_by: str) -> bool:
    """Return whether a booking that this actor cancelled may be restored: guests undo a guest's."""
    return context.may(Permission.CHANGE_BOOKINGS) or cancelled_by in {GUEST.actor, context.actor}

"""Restore a booking: undo its cancellation, for a minute."""

from dataclasses import dataclass

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
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class RestoreBooking:
    """Takes the places of a booking just cancelled again, if they are still free."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking as before; raises `TooLateToUndo`, `SlotFull`, and as the updater."""
        cancelled_at = await self.updater.last_event_at(org_id, booking_id, Cancelled)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            require_status(snapshot.booking, "restore")
            require_undoable(cancelled_at, snapshot.now)
            return StatusChange(
                verb="restore",
                event=status_event(BookingRestored),
                takes=snapshot.slots,
                changes={"fee_amount": 0},
            )

        return await self.updater(org_id, booking_id, context=context, decide=decide)

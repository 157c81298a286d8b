"""Restore a booking: undo its cancellation, for a minute."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import (
    Change,
    Changing,
    Seen,
    require_status,
    require_within_a_minute,
)
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class RestoreBooking:
    """Takes the places of a booking just cancelled again, if nobody has taken them meanwhile."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The booking as before; raises `TooLateToUndo`, `SlotFull` and as `Changing`."""
        cancelled_at = await self.changing.last_told(org_id, booking_id, events.CANCELLED)

        def decide(seen: Seen) -> Change:
            require_status(seen.booking, "cancelled", "confirmed")
            require_within_a_minute(cancelled_at, seen.now)
            return Change(
                verb="restore",
                statuses=("cancelled",),
                status="confirmed",
                event=events.BOOKING_RESTORED,
                takes=seen.slots,
                fee_amount=0,
            )

        return await self.changing(org_id, booking_id, caller=caller, decide=decide)

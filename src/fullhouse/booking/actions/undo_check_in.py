"""Undo a check-in or a no-show that was recorded by mistake: at any time."""

from dataclasses import dataclass

from fullhouse.booking.events import CheckInUndone
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import BookingSnapshot, BookingUpdater, StatusChange, status_event
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class UndoCheckIn:
    """Puts an arrival or a no-show back to *expected*; its places were never given up."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking, expected again; raises as the updater."""

        def decide(_: BookingSnapshot) -> StatusChange:
            return StatusChange(verb="undo_check_in", event=status_event(CheckInUndone))

        return await self.updater(org_id, booking_id, context=context, decide=decide)

"""Undo a check-in or a no-show that was recorded by mistake: for a minute."""

from dataclasses import dataclass

from fullhouse.booking.events import CheckedIn, CheckInUndone, NoShow
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_undoable,
    status_event,
)
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class UndoCheckIn:
    """Puts an arrival or a no-show back to *expected*."""

    updater: BookingUpdater

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the booking, expected again; raises `TooLateToUndo`, and as the updater."""
        recorded = [
            event
            for kind in (CheckedIn, NoShow)
            if (event := await self.updater.last_event(org_id, booking_id, kind)) is not None
        ]
        last = max(recorded, key=lambda event: event.at, default=None)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            require_undoable(last, snapshot.now)
            return StatusChange(verb="undo_check_in", event=status_event(CheckInUndone))

        return await self.updater(org_id, booking_id, context=context, decide=decide)

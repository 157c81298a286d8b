"""Check a party in: it has arrived."""

from dataclasses import dataclass

from fullhouse.booking.events import CheckedIn
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.updates import BookingSnapshot, BookingUpdater, StatusChange, status_event
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Records that a party has arrived; a ticket shown twice is refused."""

    updater: BookingUpdater

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        *,
        context: RequestContext,
        loaded: Booking | None = None,
    ) -> Result[BookingOutcome]:
        """Return the booking; raises `AlreadyCheckedIn`, `AlreadyCancelled`, and as the updater."""

        def decide(_: BookingSnapshot) -> StatusChange:
            return StatusChange(verb="check_in", event=status_event(CheckedIn), replayable=False)

        return await self.updater(org_id, booking_id, context=context, decide=decide, loaded=loaded)

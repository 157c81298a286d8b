"""Cancel a booking whose time the business has closed, with the fee of the terms or without."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from fullhouse.booking.actions.cancel_booking import cancelling
from fullhouse.booking.events import Cancelled
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.terms import cancellation
from fullhouse.booking.updates import BookingSnapshot, BookingUpdater, StatusChange, require_status
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class CancelClosedBooking:
    """Ends a booking at any time before it: nobody can come. Jobs of closures call it."""

    updater: BookingUpdater

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        *,
        context: RequestContext,
        closure_id: UUID,
        reason: str,
        with_fee: bool,
    ) -> Result[BookingOutcome]:
        """Return the cancelled booking; the idempotency key of `context` tells a repeat.

        Raises the error of a status that does not allow it, and as the updater.
        """

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            require_status(booking, "cancel")
            terms = cancellation(snapshot.offering, booking, now=snapshot.now)
            fee = terms.fee.amount if with_fee else 0
            return cancelling(
                snapshot,
                fee,
                event=partial(
                    Cancelled, fee=fee, reason=reason, tells_guest=True, closure_id=closure_id
                ),
            )

        return await self.updater(org_id, booking_id, context=context, decide=decide)

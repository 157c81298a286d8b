"""Cancel a booking: its places go back, on the terms of the policy."""

from dataclasses import dataclass

from fullhouse.booking import errors, events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen, require_status
from fullhouse.booking.model.booking import BookingId, cancellation
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Frees the places of a booking and notes the fee that its terms ask."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The cancelled booking with its fee; raises `TooLateToCancel` and as `Changing`.

        Staff cancel at any time before check-in, without a fee.
        """

        def decide(seen: Seen) -> Change:
            booking = seen.booking
            require_status(booking, "confirmed", "cancelled")
            terms = cancellation(seen.offering, booking, now=seen.now)
            if booking.status == "confirmed" and not (terms.allowed or caller.is_staff):
                raise errors.TooLateToCancel(until=terms.until, zone=seen.zone)
            fee = 0 if caller.is_staff else terms.fee.amount
            return Change(
                verb="cancel",
                statuses=("confirmed",),
                status="cancelled",
                event=events.CANCELLED,
                gives=True,
                fee_amount=fee,
                told={"fee": fee},
            )

        return await self.changing(org_id, booking_id, caller=caller, decide=decide)

"""Confirm a hold: the held places become a booking for somebody."""

from dataclasses import dataclass

from fullhouse.booking import errors, events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen, require_status
from fullhouse.booking.limits import DUPLICATE_WINDOW_MINUTES
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller, ConfirmRequest
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class ConfirmHold:
    """Turns a hold, or an offered place, into a confirmed booking."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, hold_id: BookingId, request: ConfirmRequest, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The booking; raises `HoldExpired`, `PossibleDuplicate` and what `Changing` raises."""

        def decide(seen: Seen) -> Change:
            booking = seen.booking
            # A repeat finds the booking confirmed already; the ledger knows whether it is one
            require_status(booking, "held", "confirmed")
            expired = booking.expires_at is not None and booking.expires_at <= seen.now
            if booking.status == "held" and expired:
                raise errors.HoldExpired(expires_at=booking.expires_at, offering=seen.offering.slug)
            return Change(
                verb="confirm",
                statuses=("held",),
                status="confirmed",
                event=events.BOOKED,
                gives=True,
                takes=seen.slots,
                customer=request.customer,
                locale=request.locale,
                source=request.source,
                near_minutes=None if request.another else DUPLICATE_WINDOW_MINUTES,
                waiting_status="booked" if booking.entry_id else None,
                told={"price": booking.price_amount, "currency": booking.currency},
            )

        return await self.changing(org_id, hold_id, caller=caller, decide=decide)

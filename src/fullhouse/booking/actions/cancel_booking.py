"""Cancel a booking, on the terms of the offering: its places are kept for undo, then released."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fullhouse.booking import errors, limits
from fullhouse.booking.events import Cancelled
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.terms import cancellation
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_status,
    status_event,
)
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Ends a booking and records the cancellation fee.

    The places stay held for `UNDO_PLACES_SECONDS`, and the ledger expires them as it does holds:
    until then nobody else can take them, and nobody who waits is offered them.
    """

    updater: BookingUpdater

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        *,
        context: RequestContext,
        reason: str = "",
        tells_guest: bool = False,
    ) -> Result[BookingOutcome]:
        """Return the cancelled booking with its fee; raises `TooLateToCancel`, and as the updater.

        A context with `override_policy` cancels at any time before check-in, without a fee. The
        `reason` stays in the history; with `tells_guest` the e-mail about it has it too.
        """

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking, overrides = snapshot.booking, context.may(Permission.OVERRIDE_POLICY)
            require_status(booking, "cancel")
            policy = cancellation(snapshot.offering, booking, now=snapshot.now)
            if booking.status == "confirmed" and not (policy.allowed or overrides):
                raise errors.TooLateToCancel(until=policy.until, zone=snapshot.zone)
            fee = 0 if overrides else policy.fee.amount
            event = partial(Cancelled, fee=fee, reason=reason, tells_guest=tells_guest)
            return cancelling(snapshot, fee, event=event)

        return await self.updater(org_id, booking_id, context=context, decide=decide)


def cancelling(
    snapshot: BookingSnapshot, fee: int, *, event: Callable[..., Cancelled]
) -> StatusChange:
    """The change that cancels a booking for a fee, and keeps its places for undo."""
    return StatusChange(
        verb="cancel",
        event=status_event(event),
        releases_current=True,
        takes=snapshot.slots,
        expires_at=snapshot.now + timedelta(seconds=limits.UNDO_PLACES_SECONDS),
        ignore_closed=True,
        changes={"fee_amount": fee},
    )

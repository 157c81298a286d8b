"""Check a party in: it has arrived."""

from dataclasses import dataclass

from fullhouse.booking.errors import NotArrivalTime
from fullhouse.booking.events import CheckedIn
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import SOURCES, Booking, BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.terms import is_arrival_time
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
        any_time: bool = False,
    ) -> Result[BookingOutcome]:
        """Return the booking.

        Raises `AlreadyCheckedIn`, `AlreadyCancelled`, `NotArrivalTime` unless `any_time`, and as
        the updater.
        """

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            is_due = booking.status in SOURCES["check_in"] and not any_time
            if is_due and not is_arrival_time(booking, now=snapshot.now):
                raise NotArrivalTime(starts_at=booking.starts_at, zone=snapshot.zone)
            return StatusChange(verb="check_in", event=status_event(CheckedIn), replayable=False)

        return await self.updater(org_id, booking_id, context=context, decide=decide, loaded=loaded)

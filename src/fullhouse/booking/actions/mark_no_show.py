"""Mark a no-show: the party did not come, and keeps its places."""

from dataclasses import dataclass

from fullhouse.booking.errors import NotArrivalTime
from fullhouse.booking.events import NoShow
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import SOURCES, Booking, BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.terms import is_missed
from fullhouse.booking.updates import BookingSnapshot, BookingUpdater, StatusChange, status_event
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class MarkNoShow:
    """Records that a party did not come; it may still be checked in later."""

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

        Raises the error of a status that does not allow it, and `NotArrivalTime` before the start
        unless `any_time`.
        """

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            is_due = booking.status in SOURCES["mark_no_show"] and not any_time
            if is_due and not is_missed(booking, now=snapshot.now):
                raise NotArrivalTime(starts_at=booking.starts_at, zone=snapshot.zone)
            return StatusChange(verb="mark_no_show", event=status_event(NoShow))

        return await self.updater(org_id, booking_id, context=context, decide=decide, loaded=loaded)

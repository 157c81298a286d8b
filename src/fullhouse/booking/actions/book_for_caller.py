"""Book for who stands at the gate or is on the telephone: outside the guests' terms."""

from dataclasses import dataclass

from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.errors import SlotClosed, SlotPast
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import BookingRequest
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class BookForCaller:
    """Books one slot as `PlaceBooking` does, never beyond its capacity."""

    place_booking: PlaceBooking
    clock: Clock

    async def __call__(
        self,
        org_id: OrgId,
        slot: SlotOfDay,
        request: BookingRequest,
        *,
        context: RequestContext,
        insists: bool,
    ) -> Result[BookingOutcome]:
        """Return the booking.

        Raises `SlotPast` when the time is over, `SlotClosed` for a closed one unless staff insist,
        and as `PlaceBooking`.
        """
        require_open(slot, self.clock, insists=insists)
        return await self.place_booking(org_id, request, context=context)


def require_open(slot: SlotOfDay, clock: Clock, *, insists: bool = False) -> None:
    """Raise `SlotPast` or `SlotClosed`: staff may be early and late, not by mistake elsewhere."""
    if slot.ends_at <= clock.now():
        raise SlotPast
    if slot.state == "closed" and not insists:
        raise SlotClosed(slot=slot.slot_id, reason=slot.reason)

"""Move a booking: give its places and take others, all or nothing."""

from dataclasses import dataclass

from fullhouse.booking import errors, events
from fullhouse.booking.actions.answering import Answer
from fullhouse.booking.actions.changing import Change, Changing, Seen, require_status
from fullhouse.booking.model.booking import BookingId, rescheduling
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class MoveBooking:
    """Moves a booking to other slots of its offering, or leaves it where it is."""

    changing: Changing

    async def __call__(
        self, org_id: OrgId, booking_id: BookingId, slots: tuple[SlotId, ...], *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The moved booking.

        Raises `TooLateToMove`, `SlotsNotTogether`, `InvalidInput` when it is there already, and as
        `PlaceBooking`.
        """
        party = (await self.changing.look(org_id, booking_id)).booking.party
        wanted = await self.changing.admission.admit(org_id, slots, party=party, caller=caller)

        def decide(seen: Seen) -> Change:
            booking = seen.booking
            require_status(booking, "confirmed")
            if wanted.offering.offering_id != booking.offering_id:
                raise errors.SlotsNotTogether("Choose a time of the same offering.")
            terms = rescheduling(seen.offering, booking, now=seen.now)
            if not (terms.allowed or caller.is_staff):
                raise errors.TooLateToMove(until=terms.until, zone=seen.zone)
            return Change(
                verb="move",
                statuses=("confirmed",),
                status="confirmed",
                event=events.RESCHEDULED,
                gives=True,
                takes=wanted.slots,
                price_amount=wanted.price.amount,
                told={
                    "from_slots": seen.slot_ids,
                    "from_starts_at": booking.starts_at,
                    "starts_at": wanted.slots[0].starts_at,
                },
            )

        try:
            return await self.changing(
                org_id, booking_id, caller=caller, decide=decide, wanted=wanted
            )
        except errors.WrongStatus as error:
            if error.booking_status != "confirmed":
                raise
            # It is no repeat of the move that brought it there, or that would have been its answer
            raise InvalidInput("The booking is at that time already.", field="slot") from error

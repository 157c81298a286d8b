"""Move a booking: release its places and take others, all or nothing."""

from dataclasses import dataclass
from functools import partial

from fullhouse.booking import errors
from fullhouse.booking.events import Rescheduled
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import BookingId, rescheduling
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_status,
    status_event,
)
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class MoveBooking:
    """Moves a booking to other slots of its offering, or leaves it where it is."""

    updater: BookingUpdater

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        slots: tuple[SlotId, ...],
        *,
        context: RequestContext,
    ) -> Result[BookingOutcome]:
        """Return the moved booking.

        Raises `TooLateToMove`, `SlotsNotTogether`, `InvalidInput` when it has these slots already,
        and as `PlaceBooking`.
        """
        party = (await self.updater.load(org_id, booking_id)).booking.party
        plan = await self.updater.policy.check(org_id, slots, party=party, context=context)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            require_status(booking, "move")
            if plan.offering.offering_id != booking.offering_id:
                raise errors.SlotsNotTogether("Choose a time of the same offering.")
            policy = rescheduling(snapshot.offering, booking, now=snapshot.now)
            if not (policy.allowed or context.may(Permission.OVERRIDE_POLICY)):
                raise errors.TooLateToMove(until=policy.until, zone=snapshot.zone)
            return StatusChange(
                verb="move",
                event=status_event(
                    partial(
                        Rescheduled,
                        from_slots=snapshot.slot_ids,
                        from_starts_at=booking.starts_at,
                        starts_at=plan.slots[0].starts_at,
                    )
                ),
                releases_current=True,
                takes=plan.slots,
                changes={"price_amount": plan.price.amount},
            )

        try:
            return await self.updater(org_id, booking_id, context=context, decide=decide, plan=plan)
        except errors.WrongStatus as error:
            if error.booking_status != "confirmed":
                raise
            # A repeat of the move that brought it there would have been answered from its key
            raise InvalidInput(
                "The booking is at that time already. Choose another slot.", field="slot"
            ) from error

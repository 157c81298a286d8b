"""Place a booking: take the places and confirm them in one step."""

from dataclasses import dataclass

from fullhouse.booking.answers import checked_answers
from fullhouse.booking.ledger.commands import (
    BookingDetails,
    as_sent,
    create_booking_command,
    customer_rules,
    idempotency_key,
    new_outcome,
)
from fullhouse.booking.ledger.verdicts import Result, result_of
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.price_categories import key_of_guests
from fullhouse.booking.model.requests import BookingRequest
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class PlaceBooking:
    """Books every slot of the request for the party, or none."""

    policy: BookingPolicy
    ledger: Ledger
    ids: Ids

    async def __call__(
        self, org_id: OrgId, request: BookingRequest, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the new booking, or the one that the same request made before.

        Raises what `BookingPolicy.check`, `checked_answers` and `Ledger.submit` raise, `SlotFull`
        or `SlotClosed` with alternatives, `PossibleDuplicate`, also for the request of another
        requester, `TooManyBookings` and `IdempotencyKeyReused`.
        """
        slots, party, customer = request.slots, request.party, request.customer
        plan = await self.policy.check(
            org_id, slots, party=party, context=context, guests=request.guests
        )
        answers = checked_answers(plan.offering, request.answers, party=party, context=context)
        # Asking for another booking beside the first is another request, also for the same places
        verb = "duplicate" if request.allow_duplicate else "place"
        # Who knows a guest could say the same: only the same requester is led to the booking
        content = (verb, context.requester, *slots, party, *key_of_guests(request.guests))
        if answers is not None:  # a guest whose answers are others must not hear of the first ones
            content += (answers,)
        # Staff book for people without an address, of whom none is another's duplicate
        allow_duplicate = request.allow_duplicate or not customer.email
        command = create_booking_command(
            plan,
            BookingDetails(customer, request.locale, request.source, answers),
            context,
            key=idempotency_key(
                org_id,
                context,
                *content,
                customer.email,
                customer.name,
                *as_sent(request, context),
            ),
            ids=self.ids,
            rules=customer_rules(context, allow_duplicate=allow_duplicate),
        )
        outcome = new_outcome(command.new_booking, plan)
        verdict = await self.ledger.submit(command, outcome)
        await self.policy.raise_if_unavailable(plan, verdict)
        return result_of(verdict, BookingOutcome, context, offering=plan.offering, zone=plan.zone)

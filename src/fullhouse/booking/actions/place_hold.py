"""Place a hold: take places for some minutes, until the customer is known."""

from dataclasses import dataclass

from fullhouse.booking.ledger.commands import (
    BookingDetails,
    create_booking_command,
    idempotency_key,
    new_outcome,
)
from fullhouse.booking.ledger.verdicts import Result, result_of
from fullhouse.booking.metrics import HoldMetrics
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.price_categories import key_of_guests
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Holds every slot of the request for the party, or none."""

    policy: BookingPolicy
    ledger: Ledger
    ids: Ids
    metrics: HoldMetrics

    async def __call__(
        self, org_id: OrgId, request: HoldRequest, *, context: RequestContext
    ) -> Result[BookingOutcome]:
        """Return the hold; raises as `PlaceBooking`, and `TooManyHolds`.

        Without a client key each call is a new hold.
        Two strangers may want the same places, so the content of the request is no key.
        """
        slots, party = request.slots, request.party
        plan = await self.policy.check(
            org_id, slots, party=party, context=context, guests=request.guests
        )
        content = ("hold", *slots, party, *key_of_guests(request.guests))
        nonce = "" if context.idempotency_key else self.ids.uuid()
        command = create_booking_command(
            plan,
            BookingDetails(
                expires_at=await self.policy.hold_until(plan),
                client_limits=self.policy.hold_limits.of(org_id, context),
            ),
            context,
            key=idempotency_key(org_id, context, *content, nonce),
            ids=self.ids,
        )
        outcome = new_outcome(command.new_booking, plan)
        verdict = await self.ledger.submit(command, outcome)
        places = plan.places * len(plan.slots)
        if verdict.code == "done":
            self.metrics.placed(places)
        elif verdict.code == "too_many_holds":
            self.metrics.refused(places)
        await self.policy.raise_if_unavailable(plan, verdict)
        return result_of(verdict, BookingOutcome, context, offering=plan.offering, zone=plan.zone)

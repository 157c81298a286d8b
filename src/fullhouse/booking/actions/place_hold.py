"""Place a hold: claim places for some minutes, until it is known who they are for."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.booking.actions.admitting import Admission
from fullhouse.booking.actions.answering import Answer, answered, key_of
from fullhouse.booking.actions.creating import NewBooking, creation
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import Caller, HoldRequest
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Holds every slot of the request for the party, or none of them."""

    admission: Admission
    ledger: Ledger
    clock: Clock
    ids: Ids

    async def __call__(
        self, org_id: OrgId, request: HoldRequest, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The hold; raises as `PlaceBooking`. Without a key of its own every call is a new hold."""
        slots, party = request.slots, request.party
        wanted = await self.admission.admit(org_id, slots, party=party, caller=caller)
        hold_id = BookingId(self.ids.uuid())
        # Two strangers may want the same places: what a hold means is not enough to know it by
        key = key_of(org_id, caller, "hold", *slots, party, "" if caller.key else hold_id)
        expires_at = self.clock.now() + timedelta(seconds=wanted.offering.hold_seconds)
        command = creation(
            NewBooking(hold_id, wanted, expires_at=expires_at), caller, key, ids=self.ids
        )
        verdict = await self.ledger.submit(command)
        await self.admission.explain(wanted, verdict)
        return answered(verdict, BookingOutcome, offering=wanted.offering, zone=wanted.zone)

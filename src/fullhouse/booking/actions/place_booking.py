"""Place a booking: take the places and confirm them in one step."""

from dataclasses import dataclass

from fullhouse.booking.actions.admitting import Admission
from fullhouse.booking.actions.answering import Answer, answered, key_of
from fullhouse.booking.actions.creating import NewBooking, creation
from fullhouse.booking.limits import DUPLICATE_WINDOW_MINUTES
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import BookingRequest, Caller
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class PlaceBooking:
    """Books every slot of the request for the party, or none of them."""

    admission: Admission
    ledger: Ledger
    ids: Ids

    async def __call__(
        self, org_id: OrgId, request: BookingRequest, *, caller: Caller
    ) -> Answer[BookingOutcome]:
        """The new booking, or the one that this request made before.

        Raises what `Admission.admit` and `Ledger.submit` raise, `SlotFull` or `SlotClosed` with
        alternatives, `PossibleDuplicate` and `IdempotencyKeyReused`.
        """
        slots, party, customer = request.slots, request.party, request.customer
        wanted = await self.admission.admit(org_id, slots, party=party, caller=caller)
        # Wanting another beside one's first is another wish, also for the very same places
        wish = ("another" if request.another else "place", *slots, party)
        key = key_of(org_id, caller, *wish, customer.email, customer.name)
        command = creation(
            NewBooking(BookingId(self.ids.uuid()), wanted, customer, request.locale),
            caller,
            key,
            ids=self.ids,
            source=request.source,
            near_minutes=None if request.another else DUPLICATE_WINDOW_MINUTES,
        )
        verdict = await self.ledger.submit(command)
        await self.admission.explain(wanted, verdict)
        return answered(verdict, BookingOutcome, offering=wanted.offering, zone=wanted.zone)

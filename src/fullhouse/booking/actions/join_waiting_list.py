"""Join the waiting list of a slot: told when places become free, first come first offered."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.admitting import Admission
from fullhouse.booking.actions.answering import Answer, answered, key_of
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import WaitingOutcome
from fullhouse.booking.model.requests import Caller, WaitingRequest
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class JoinWaitingList:
    """Puts a party at the end of a slot's waiting list."""

    admission: Admission
    ledger: Ledger
    ids: Ids

    async def __call__(
        self, org_id: OrgId, request: WaitingRequest, *, caller: Caller
    ) -> Answer[WaitingOutcome]:
        """The entry; raises what `Admission.admit` and `Ledger.submit` raise.

        Joining while there is room does no harm: the offer follows at once.
        """
        wanted = await self.admission.admit(
            org_id, (request.slot,), party=request.party, caller=caller
        )
        offering, customer, slot = wanted.offering, request.customer, wanted.slots[0]
        entry_id = self.ids.uuid()
        key = key_of(org_id, caller, "wait", request.slot, request.party, customer.email)
        verdict = await self.ledger.submit(
            Command(
                command_id=self.ids.uuid(),
                org_id=org_id,
                act="wait",
                subject=entry_id,
                actor=caller.actor,
                correlation_id=caller.correlation_id,
                key=key.key,
                fingerprint=key.fingerprint,
                derived=key.derived,
                slots=wanted.slot_ids,
                offering_id=offering.offering_id,
                party=request.party,
                customer_name=customer.name,
                customer_email=customer.email,
                customer_phone=customer.phone,
                locale=request.locale,
                event=events.WAITING_LIST_JOINED,
                data=wanted.facts,
                outcome=WaitingOutcome(
                    org_id=org_id,
                    entry_id=entry_id,
                    status="waiting",
                    offering=offering.slug,
                    zone=wanted.zone,
                    slot=slot,
                    party=request.party,
                ),
            )
        )
        return answered(verdict, WaitingOutcome, offering=offering, zone=wanted.zone)

"""Set a slot's capacity: never below what is sold."""

from dataclasses import dataclass

from fullhouse.booking import events
from fullhouse.booking.actions.answering import Answer, answered, key_of
from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import CapacityOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Catalogue, Ledger
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class SetCapacity:
    """Makes a slot larger or smaller."""

    catalogue: Catalogue
    ledger: Ledger
    ids: Ids

    async def __call__(
        self, org_id: OrgId, slot_id: SlotId, capacity: int, *, caller: Caller
    ) -> Answer[CapacityOutcome]:
        """The capacity now; raises `CapacityBelowSold`, `UnknownSlot`, as `Ledger.submit`."""
        if not 0 <= capacity <= CAPACITY_MAX:
            raise InvalidInput(f"A capacity lies between 0 and {CAPACITY_MAX:,}.", field="capacity")
        (slot,) = await self.catalogue.slots(org_id, [slot_id])
        # The same capacity may be wanted again after another: only a client's key marks a repeat
        key = key_of(
            org_id, caller, "capacity", slot_id, capacity, "" if caller.key else self.ids.uuid()
        )
        verdict = await self.ledger.submit(
            Command(
                command_id=self.ids.uuid(),
                org_id=org_id,
                act="resize",
                subject=slot_id,
                actor=caller.actor,
                correlation_id=caller.correlation_id,
                key=key.key,
                fingerprint=key.fingerprint,
                slots=(slot_id,),
                capacity=capacity,
                event=events.CAPACITY_CHANGED,
                data={
                    "offering_id": slot.offering_id,
                    "slots": [slot_id],
                    "capacity": capacity,
                },
                outcome=CapacityOutcome(slot_id, capacity),
            )
        )
        return answered(verdict, CapacityOutcome)

"""Set a slot's capacity: never below the places taken."""

from dataclasses import dataclass

from fullhouse.booking import limits
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import SlotPast
from fullhouse.booking.events import CapacityChanged
from fullhouse.booking.ledger.commands import idempotency_key
from fullhouse.booking.ledger.verdicts import Result, result_of
from fullhouse.booking.model.commands import SetCapacityCommand, Take
from fullhouse.booking.model.outcomes import CapacityOutcome
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId


@dataclass(frozen=True, slots=True)
class SetCapacity:
    """Makes a slot larger or smaller."""

    catalogue: CachedCatalogue
    ledger: Ledger
    ids: Ids

    async def __call__(
        self,
        org_id: OrgId,
        slot_id: SlotId,
        capacity: int,
        *,
        context: RequestContext,
        expected: int | None = None,
    ) -> Result[CapacityOutcome]:
        """Return the new capacity.

        Raises `CapacityBelowSold`, `SlotPast`, `UnknownSlot`, `ChangedMeanwhile` when the capacity
        is not the `expected` one any more, and as `Ledger.submit`.
        The same capacity may be set again after another: only a client's key marks a repeat.
        """
        if not 0 <= capacity <= limits.CAPACITY_MAX:
            detail = f"Send a capacity between 0 and {limits.CAPACITY_MAX:,}."
            raise InvalidInput(detail, field="capacity")
        (slot,) = await self.catalogue.slots(org_id, [slot_id])
        if slot.ends_at <= self.catalogue.clock.now():
            raise SlotPast
        nonce = "" if context.idempotency_key else self.ids.uuid()
        key = idempotency_key(org_id, context, "capacity", slot_id, capacity, expected, nonce)
        verdict = await self.ledger.submit(
            SetCapacityCommand(
                command_id=self.ids.uuid(),
                org_id=org_id,
                aggregate_id=slot_id,
                actor=context.actor,
                correlation_id=context.correlation_id,
                takes=(Take(slot_id),),
                key=key.key,
                fingerprint=key.fingerprint,
                capacity=capacity,
                expected_capacity=expected,
                event=CapacityChanged.kind(),
                event_data=CapacityChanged(
                    offering_id=slot.offering_id, slots=(slot_id,), capacity=capacity
                ),
            ),
            CapacityOutcome(slot_id, capacity),
        )
        return result_of(verdict, CapacityOutcome, context)

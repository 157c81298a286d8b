"""Expire holds that no other command has met: for the waiting list."""

from dataclasses import dataclass

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.ledger.together import submit_together
from fullhouse.booking.model.commands import ExpireHoldsCommand, Take
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import SYSTEM
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


class SlotWithExpiredHolds(msgspec.Struct, frozen=True):
    """A slot with places that are held past their time."""

    org_id: OrgId
    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    """Sends a command for each slot with expired holds, all at once, so that they share commits.

    No customer depends on it: availability counts no expired hold, and the ledger expires it before
    it decides. It is for the waiting list, which is offered places once the hold has ended.
    """

    database: Database
    ledger: Ledger
    clock: Clock
    ids: Ids

    async def __call__(self) -> int:
        """Return the number of slots, at most `EXPIRED_SLOTS_MAX`; raises as `Ledger.submit`."""
        async with self.database.unrestricted.session() as session:
            slots = await session.fetch(
                "booking.slots_with_expired_holds",
                SlotWithExpiredHolds,
                now=self.clock.now(),
                limit=limits.EXPIRED_SLOTS_MAX,
            )
        await submit_together(self.ledger, [(self._command(slot), None) for slot in slots])
        return len(slots)

    def _command(self, slot: SlotWithExpiredHolds) -> ExpireHoldsCommand:
        return ExpireHoldsCommand(
            command_id=self.ids.uuid(),
            org_id=slot.org_id,
            aggregate_id=slot.slot_id,
            actor=SYSTEM.actor,
            correlation_id=self.ids.uuid(),
            takes=(Take(slot.slot_id),),
        )

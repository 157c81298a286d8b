"""Give back lapsed holds where nobody comes by to notice: for those who wait."""

from dataclasses import dataclass

from fullhouse.booking.limits import LAPSED_SLOTS_MAX
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class SlotToTouch:
    """A slot with places held by nobody any more."""

    org_id: OrgId
    slot_id: SlotId


@dataclass(frozen=True, slots=True)
class GiveBackLapsed:
    """Touches slots with lapsed holds, so that the ledger gives their places back.

    No customer depends on it: availability counts no lapsed hold, and the ledger gives it back
    before it decides. It is for those who wait, who are told only once the hold has ended.
    """

    database: Database
    ledger: Ledger
    clock: Clock
    ids: Ids

    async def __call__(self) -> int:
        """How many slots were touched; raises what `Ledger.submit` raises."""
        async with self.database.session() as session:
            slots = await session.fetch(
                "booking.slots_with_lapsed_holds",
                SlotToTouch,
                now=self.clock.now(),
                limit=LAPSED_SLOTS_MAX,
            )
        for slot in slots:
            await self.ledger.submit(
                Command(
                    command_id=self.ids.uuid(),
                    org_id=slot.org_id,
                    act="touch",
                    subject=slot.slot_id,
                    actor="clock",
                    correlation_id=self.ids.uuid(),
                    slots=(slot.slot_id,),
                )
            )
        return len(slots)

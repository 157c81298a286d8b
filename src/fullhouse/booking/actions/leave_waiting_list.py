"""Leave a waiting list: no longer interested, or not in what was offered."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking import errors, events
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class LeaveWaitingList:
    """Takes a party off a waiting list; a place that it was offered goes to the next."""

    database: Database
    ledger: Ledger
    release_hold: ReleaseHold
    ids: Ids

    async def __call__(self, org_id: OrgId, entry_id: UUID, *, caller: Caller) -> None:
        """Done, also when it had been done before; raises `UnknownWaiting` and as `ReleaseHold`."""
        if not await self._left(org_id, entry_id, caller):
            # A place was offered in that very moment: looked at again, it is given back
            await self._left(org_id, entry_id, caller)

    async def _left(self, org_id: OrgId, entry_id: UUID, caller: Caller) -> bool:
        """Whether the entry was as it had been seen when its leaving was committed."""
        async with self.database.session() as session:
            entry = await session.fetch_one(
                "booking.waiting_list_entry", WaitingEntry, org_id=org_id, entry_id=entry_id
            )
        if entry is None:
            raise errors.UnknownWaiting
        if entry.status == "offered" and entry.booking_id is not None:
            await self.release_hold(org_id, BookingId(entry.booking_id), caller=caller)
        elif entry.status == "waiting":
            verdict = await self.ledger.submit(
                Command(
                    command_id=self.ids.uuid(),
                    org_id=org_id,
                    act="unwait",
                    subject=entry_id,
                    actor=caller.actor,
                    correlation_id=caller.correlation_id,
                    slots=(entry.slot_id,),
                    entry_id=entry_id,
                    waiting_status="left",
                    event=events.WAITING_LIST_LEFT,
                    data={"offering_id": entry.offering_id, "slots": [entry.slot_id]},
                )
            )
            return verdict.say == "done"
        return True

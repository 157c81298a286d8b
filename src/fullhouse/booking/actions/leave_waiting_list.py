"""Leave a waiting list, or decline the places that it offered."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking import errors
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.events import WaitingListLeft
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.commands import LeaveWaitingListCommand, Take
from fullhouse.booking.model.waiting import ENTRY_TRANSITIONS, WaitingEntry
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class LeaveWaitingList:
    """Takes a party off a waiting list; places that it was offered go to the next."""

    database: Database
    ledger: Ledger
    release_hold: ReleaseHold
    ids: Ids

    async def __call__(self, org_id: OrgId, entry_id: UUID, *, context: RequestContext) -> None:
        """Leave; repeating it changes nothing. Raises `UnknownWaiting`, and as `ReleaseHold`."""
        if not await self._leave(org_id, entry_id, context):
            # Places were offered at the same moment: loaded again, the entry declines them
            await self._leave(org_id, entry_id, context)

    async def _leave(self, org_id: OrgId, entry_id: UUID, context: RequestContext) -> bool:
        """Return whether the entry was still as it was loaded."""
        async with self.database.session() as session:
            entry = await session.fetch_one(
                "booking.waiting_list_entry", WaitingEntry, org_id=org_id, entry_id=entry_id
            )
        if entry is None:
            raise errors.UnknownWaiting
        if entry.status == "offered" and entry.booking_id is not None:
            await self.release_hold(org_id, BookingId(entry.booking_id), context=context)
        elif entry.status == "waiting":
            verdict = await self.ledger.submit(self._command(entry, context))
            return verdict.code == "done"
        return True

    def _command(self, entry: WaitingEntry, context: RequestContext) -> LeaveWaitingListCommand:
        before, after = ENTRY_TRANSITIONS["leave"]
        return LeaveWaitingListCommand(
            command_id=self.ids.uuid(),
            org_id=entry.org_id,
            aggregate_id=entry.entry_id,
            actor=context.actor,
            correlation_id=context.correlation_id,
            takes=(Take(entry.slot_id),),
            entry_id=entry.entry_id,
            expected_entry_status=before,
            entry_status=after,
            event=WaitingListLeft.kind(),
            event_data=WaitingListLeft(offering_id=entry.offering_id, slots=(entry.slot_id,)),
        )

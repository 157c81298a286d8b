"""Leave a waiting list, or decline the places that it offered."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking import errors
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.events import WaitingListLeft
from fullhouse.booking.ledger.commands import idempotency_key
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.commands import LeaveWaitingListCommand, Take, VerdictCode
from fullhouse.booking.model.outcomes import LeftOutcome
from fullhouse.booking.model.waiting import ENTRY_TRANSITIONS, WaitingEntry
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class LeaveWaitingList:
    """Takes a party off a waiting list; places that it was offered go to the next."""

    database: Database
    ledger: Ledger
    release_hold: ReleaseHold
    ids: Ids

    async def __call__(self, org_id: OrgId, entry_id: UUID, *, context: RequestContext) -> bool:
        """Leave; return whether this repeats a request with the same client key.

        Leaving twice changes nothing. Raises `UnknownWaiting`, `IdempotencyKeyReused`, and as
        `ReleaseHold`.
        """
        entry = await self._load(org_id, entry_id)
        code = await self._leave(entry, context)
        if code == "wrong_status" and entry.status == "waiting":
            # Places were offered at the same moment: loaded again, the entry declines them
            code = await self._leave(await self._load(org_id, entry_id), context)
        if code == "key_reused":
            raise IdempotencyKeyReused
        return code == "replayed"

    async def _load(self, org_id: OrgId, entry_id: UUID) -> WaitingEntry:
        async with self.database.session() as session:
            entry = await session.fetch_one(
                "booking.waiting_list_entry", WaitingEntry, org_id=org_id, entry_id=entry_id
            )
        if entry is None:
            raise errors.UnknownWaiting
        return entry

    async def _leave(self, entry: WaitingEntry, context: RequestContext) -> VerdictCode:
        """Return the verdict; an entry that ended before is done, but for a repeat of its key."""
        if entry.status == "offered" or (entry.status == "left" and context.idempotency_key):
            if entry.booking_id is not None:
                hold_id = BookingId(entry.booking_id)
                released = await self.release_hold(entry.org_id, hold_id, context=context)
                return "replayed" if released.replayed else "done"
        elif entry.status != "waiting":
            return "done"
        command = self._command(entry, context)
        return (await self.ledger.submit(command, LeftOutcome(entry.entry_id))).code

    def _command(self, entry: WaitingEntry, context: RequestContext) -> LeaveWaitingListCommand:
        before, after = ENTRY_TRANSITIONS["leave"]
        key = idempotency_key(entry.org_id, context, "leave", entry.entry_id)
        return LeaveWaitingListCommand(
            command_id=self.ids.uuid(),
            org_id=entry.org_id,
            aggregate_id=entry.entry_id,
            actor=context.actor,
            correlation_id=context.correlation_id,
            takes=(Take(entry.slot_id),),
            key=None if key.is_derived else key.key,
            fingerprint=None if key.is_derived else key.fingerprint,
            entry_id=entry.entry_id,
            expected_entry_status=before,
            entry_status=after,
            event=WaitingListLeft.kind(),
            event_data=WaitingListLeft(offering_id=entry.offering_id, slots=(entry.slot_id,)),
        )

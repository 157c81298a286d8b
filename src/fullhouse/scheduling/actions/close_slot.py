"""Close one slot, and open it again: a closure of its offering for as long as the slot lasts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fullhouse.booking.errors import SlotPast
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import ClosedVenue, CloseVenue, NewClosure
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.model.closure_notices import ClosureRemedy
from fullhouse.scheduling.model.closures import ClosureId, ClosureRow
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CloseSlot:
    """Closes a slot, and those of its offering that overlap it."""

    close: CloseVenue

    async def __call__(
        self,
        uow: UnitOfWork,
        slot: SlotOfDay,
        *,
        reason: str,
        tell: ClosureRemedy | None = None,
    ) -> ClosedVenue:
        """Close it with a reason that guests read. Raises `SlotPast`, and as `CloseVenue`."""
        if slot.ends_at <= uow.now:
            raise SlotPast
        zone = ZoneInfo(slot.zone)
        new = NewClosure(
            wall_at(slot.starts_at, zone),
            wall_at(slot.ends_at, zone),
            reason,
            (slot.offering_id,),
            tell,
        )
        return await self.close(uow, VenueId(slot.venue_id), new)


@dataclass(frozen=True, slots=True)
class ReopenSlot:
    """Takes back the closures of one slot alone."""

    reopen: ReopenVenue

    async def __call__(self, uow: UnitOfWork, slot: SlotOfDay) -> int:
        """Return how many there were; a closure of more than this slot stays."""
        zone = ZoneInfo(slot.zone)
        starts_at, ends_at = wall_at(slot.starts_at, zone), wall_at(slot.ends_at, zone)
        rows = await uow.session.fetch(
            "scheduling.closures_of_venue",
            ClosureRow,
            org_id=uow.org_id,
            venue_id=slot.venue_id,
            first=starts_at,
            last=ends_at,
            offering_id=slot.offering_id,
        )
        own = [
            row.closure_id
            for row in rows
            if (row.starts_at, row.ends_at, row.source) == (starts_at, ends_at, "owner")
            and tuple(row.offerings) == (slot.offering_id,)
        ]
        for closure_id in own:
            await self.reopen(uow, ClosureId(closure_id))
        return len(own)

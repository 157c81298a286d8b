"""The calendar of staff: days as totals, and one slot with who is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fullhouse.booking.errors import UnknownSlot
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId, SlotOfDay
from fullhouse.booking.reads.run_sheets import Arrival, by_surname
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class DayOfSlots:
    """The slots of a day at their venue, summed up. `capacity` is that of the open ones."""

    day: date
    slots: int
    closed: int
    capacity: int
    booked: int
    held: int


async def days_of_slots(
    session: Session,
    org_id: OrgId,
    days: tuple[date, date],
    *,
    offering_id: OfferingId | None = None,
) -> list[DayOfSlots]:
    """The days among the first to the last that have slots."""
    first, last = days
    return await session.fetch(
        "booking.days_of_slots",
        DayOfSlots,
        org_id=org_id,
        offering_id=offering_id,
        first=first,
        last=last,
    )


async def slot_of_day(session: Session, org_id: OrgId, slot_id: UUID) -> SlotOfDay:
    """Raises `UnknownSlot`."""
    found = await session.fetch_one(
        "booking.slot_of_day", SlotOfDay, org_id=org_id, slot_id=slot_id
    )
    if found is None:
        raise UnknownSlot(slot=SlotId(slot_id))
    return found


async def parties_in_slot(session: Session, org_id: OrgId, slot_id: SlotId) -> Sequence[Arrival]:
    """Who is in a slot, by surname."""
    found = await session.fetch("booking.parties_in_slot", Arrival, org_id=org_id, slot_id=slot_id)
    return sorted(found, key=by_surname)

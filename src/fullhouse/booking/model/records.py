"""Records of bookings as a repair reads and writes them, and what makes them whole. Pure.

Allocations are the truth for counters, bookings for allocations, and history for the status of a
booking. Columns with personal data are in no record.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from fullhouse.resilience.consistency_records import Records, Repair

_LIVE: Final = frozenset({"held", "confirmed", "checked_in", "no_show"})
_ENTRY_OF_BOOKING: Final[Mapping[str, str]] = {
    "held": "offered",
    "confirmed": "booked",
    "checked_in": "booked",
    "no_show": "booked",
}


class SlotRecord(Struct, frozen=True):
    """The counters of a slot."""

    id: UUID
    capacity: int
    booked: int
    held: int


class AllocationRecord(Struct, frozen=True):
    """Places taken in a slot by a booking."""

    slot_id: UUID
    booking_id: UUID
    places: int
    expires_at: datetime | None
    id: str = ""

    @staticmethod
    def of(booking: "BookingRecord", slot_id: UUID) -> "AllocationRecord":
        """What a live booking has in each of its slots."""
        keeps = booking.status in {"held", "cancelled"}
        expires_at = booking.expires_at if keeps else None
        return AllocationRecord(
            slot_id, booking.id, booking.party, expires_at, f"{booking.id} {slot_id}"
        )


class BookingRecord(Struct, frozen=True):
    """A booking without the person. `version` fences: every change of a booking raises it."""

    id: UUID
    status: str
    version: int
    offering_id: UUID
    party: int
    slots: Sequence[UUID]
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    entry_id: UUID | None

    def has_places(self, now: datetime) -> bool:
        """Whether it is live, or cancelled and can still be restored."""
        is_kept = self.expires_at is not None and self.expires_at > now
        return self.status in _LIVE or (self.status == "cancelled" and is_kept)


class EntryRecord(Struct, frozen=True):
    """An entry of a waiting list."""

    id: UUID
    status: str
    booking_id: UUID | None


class KeyRecord(Struct, frozen=True):
    """An idempotency key."""

    id: UUID
    fingerprint: UUID
    command_id: UUID
    subject: UUID
    derived: bool
    outcome: str
    created_at: datetime


class BookingRecords(Records, frozen=True, kw_only=True):
    """What one repair reads and writes."""

    slots: tuple[SlotRecord, ...] = ()
    bookings: tuple[BookingRecord, ...] = ()
    allocations: tuple[AllocationRecord, ...] = ()
    entries: tuple[EntryRecord, ...] = ()
    keys: tuple[KeyRecord, ...] = ()

    @property
    def booking(self) -> BookingRecord | None:
        return self.bookings[0] if self.bookings else None


class SlotFacts(Struct, frozen=True):
    """What a repair goes by and does not write: the time of a slot, and what is allocated on it."""

    slot_id: UUID
    offering_id: UUID
    starts_at: datetime
    ends_at: datetime
    booked: int
    held: int


class RepairFacts(Struct, frozen=True):
    """What repairs go by: the slots of the records, what history says, and the time."""

    slots: Mapping[UUID, SlotFacts]
    told_status: str | None
    now: datetime


def counters_repair(records: BookingRecords, facts: RepairFacts) -> Repair | None:
    """Count the allocations anew; safe unless a slot must be enlarged for what was sold."""
    after = replace(records, slots=_counted(records, facts, records.allocations, enlarge=True))
    is_enlarged = any(
        new.capacity != old.capacity for new, old in zip(after.slots, records.slots, strict=True)
    )
    return Repair(records, after, is_safe=not is_enlarged)


def places_repair(records: BookingRecords, facts: RepairFacts) -> Repair | None:
    """Give the booking the places that its status entitles it to, and no others.

    None where a slot has too few, or is gone.
    """
    return _with_places(records, records, facts)


def slots_repair(records: BookingRecords, facts: RepairFacts) -> Repair | None:
    """Take offering and time of the booking from its slots; None unless those are of one."""
    booking = records.booking
    if booking is None or not all(slot in facts.slots for slot in booking.slots):
        return None
    stood = [facts.slots[slot] for slot in booking.slots]
    if len({slot.offering_id for slot in stood}) != 1:
        return None
    whole = _changed(
        booking,
        offering_id=stood[0].offering_id,
        starts_at=min(slot.starts_at for slot in stood),
        ends_at=max(slot.ends_at for slot in stood),
    )
    return Repair(records, replace(records, bookings=(whole,)))


def status_repair(records: BookingRecords, facts: RepairFacts) -> Repair | None:
    """Take the status of the booking from its history, and its places from the status."""
    booking, told = records.booking, facts.told_status
    if booking is None or told is None or (told == "held" and booking.expires_at is None):
        return None
    expires_at = booking.expires_at if told in {"held", "expired", "cancelled"} else None
    whole = _changed(booking, status=told, expires_at=expires_at)
    return _with_places(records, replace(records, bookings=(whole,)), facts)


def entry_repair(records: BookingRecords, _facts: RepairFacts) -> Repair | None:
    """Take the state of a waiting-list entry from the booking that was made for it."""
    if not records.entries:
        return None
    (entry,), booking = records.entries, records.booking
    if booking is None:
        whole = replace(entry, status="waiting", booking_id=None)
    elif booking.status == "held" and entry.status not in {"offered", "waiting", "lapsed"}:
        return None
    else:
        status = _ENTRY_OF_BOOKING.get(booking.status, "lapsed")
        whole = replace(entry, status=status, booking_id=booking.id)
    return None if whole == entry else Repair(records, replace(records, entries=(whole,)))


def key_repair(records: BookingRecords, _facts: RepairFacts) -> Repair | None:
    """Forget a key that leads nowhere, so that its request can be made anew."""
    return Repair(records, replace(records, keys=())) if records.keys else None


def undoing(
    current: BookingRecords, before: BookingRecords, after: BookingRecords
) -> Repair | None:
    """Take a repair back; None when somebody has changed more than the counters since."""
    if replace(current, slots=()) != replace(after, slots=()):
        return None
    old, new = ({one.id: one for one in records.slots} for records in (before, after))
    slots = tuple(
        SlotRecord(
            one.id,
            one.capacity + old[one.id].capacity - new[one.id].capacity,
            one.booked + old[one.id].booked - new[one.id].booked,
            one.held + old[one.id].held - new[one.id].held,
        )
        for one in current.slots
    )
    if any(min(s.booked, s.held, s.capacity - s.booked - s.held) < 0 for s in slots):
        return None
    bookings = tuple(
        one if one == now else replace(one, version=now.version + 1)
        for one, now in zip(before.bookings, current.bookings, strict=True)
    )
    return Repair(current, replace(before, slots=slots, bookings=bookings))


def _with_places(
    records: BookingRecords, whole: BookingRecords, facts: RepairFacts
) -> Repair | None:
    booking = whole.booking
    allocations: tuple[AllocationRecord, ...] = ()
    if booking is not None and booking.has_places(facts.now):
        allocations = tuple(AllocationRecord.of(booking, slot) for slot in booking.slots)
    if any(one.slot_id not in facts.slots for one in allocations):
        return None
    slots = _counted(records, facts, allocations)
    if any(slot.booked + slot.held > slot.capacity for slot in slots):
        return None
    return Repair(records, replace(whole, allocations=allocations, slots=slots))


def _counted(
    records: BookingRecords,
    facts: RepairFacts,
    allocations: Sequence[AllocationRecord],
    *,
    enlarge: bool = False,
) -> tuple[SlotRecord, ...]:
    """The counters of the slots once these allocations stand in place of those that there are."""
    counted = []
    for slot in records.slots:
        taken = facts.slots[slot.id]
        booked = (
            taken.booked + _places(allocations, slot.id) - _places(records.allocations, slot.id)
        )
        held = taken.held + _held(allocations, slot.id) - _held(records.allocations, slot.id)
        capacity = max(slot.capacity, booked + held) if enlarge else slot.capacity
        counted.append(SlotRecord(slot.id, capacity, booked, held))
    return tuple(counted)


def _places(allocations: Sequence[AllocationRecord], slot_id: UUID) -> int:
    return sum(a.places for a in allocations if a.slot_id == slot_id and a.expires_at is None)


def _held(allocations: Sequence[AllocationRecord], slot_id: UUID) -> int:
    return sum(a.places for a in allocations if a.slot_id == slot_id and a.expires_at is not None)


def _changed(booking: BookingRecord, **columns: object) -> BookingRecord:
    return replace(booking, version=booking.version + 1, **columns)

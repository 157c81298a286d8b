"""Loads and writes the records that consistency rules of bookings are about, under their locks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.errors import ChangedMeanwhile
from fullhouse.booking.model import records as model
from fullhouse.booking.model.records import (
    AllocationRecord,
    BookingRecord,
    BookingRecords,
    EntryRecord,
    KeyRecord,
    RepairFacts,
    SlotFacts,
    SlotRecord,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.consistency_records import RecordChange, Repair, changes_between
from fullhouse.resilience.consistency_repair import stored_records
from fullhouse.storage.database import Session

_Plan = Callable[[BookingRecords, RepairFacts], Repair | None]
_OF_SLOTS: Final[Mapping[str, _Plan]] = {
    "counters_equal_allocations": model.counters_repair,
    "capacity_kept": model.counters_repair,
}
_OF_BOOKINGS: Final[Mapping[str, _Plan]] = {
    "live_bookings_have_places": model.places_repair,
    "places_have_live_bookings": model.places_repair,
    "only_holds_expire": model.places_repair,
    "bookings_on_their_slots": model.slots_repair,
    "history_tells_status": model.status_repair,
}
_OF_ENTRIES: Final[Mapping[str, _Plan]] = {"offers_are_held": model.entry_repair}
_OF_KEYS: Final[Mapping[str, _Plan]] = {"keys_lead_somewhere": model.key_repair}


class _SlotOfRecord(Struct, frozen=True):
    slot_id: UUID


@dataclass(frozen=True, slots=True)
class BookingRepairs:
    """Implements `RepairableRecords`: slots are locked first, then bookings, as the ledger does."""

    async def quarantine(
        self, session: Session, org_id: OrgId, subject: str, *, at: datetime | None
    ) -> None:
        await session.execute(
            "booking.quarantine_booking", org_id=org_id, booking_id=UUID(subject), at=at
        )

    async def plan(
        self, session: Session, org_id: OrgId, subject: str, *, rule: str, now: datetime
    ) -> Repair | None:
        """Raises `ChangedMeanwhile` when the booking moves to other slots at this moment."""
        told: str | None = None
        if rule in _OF_SLOTS:
            records = BookingRecords(slots=await _lock_slots(session, org_id, [UUID(subject)]))
        elif rule in _OF_BOOKINGS:
            records = await _lock_booking(session, org_id, UUID(subject))
            told = await session.fetch_value(
                "booking.told_status", str, org_id=org_id, booking_id=UUID(subject)
            )
        elif rule in _OF_ENTRIES:
            records = await _lock_entry(session, org_id, UUID(subject))
        elif rule in _OF_KEYS:
            records = BookingRecords(keys=await _lock_keys(session, org_id, [UUID(subject)]))
        else:
            return None
        facts = RepairFacts(await _facts(session, org_id, records), told, now)
        plans = {**_OF_SLOTS, **_OF_BOOKINGS, **_OF_ENTRIES, **_OF_KEYS}
        repair = plans[rule](records, facts)
        return repair if repair and repair.changes else None

    async def write(self, session: Session, org_id: OrgId, repair: Repair) -> None:
        before, after = repair.before, repair.after
        assert isinstance(before, BookingRecords)
        assert isinstance(after, BookingRecords)
        if before.allocations != after.allocations:
            await _write_allocations(session, org_id, before=before, after=after)
        if before.slots != after.slots:
            await _write_slots(session, org_id, after)
        for booking in after.bookings:
            if booking not in before.bookings:
                await _write_booking(session, org_id, booking)
        for entry in after.entries:
            if entry not in before.entries:
                await session.execute(
                    "booking.repair_entry",
                    org_id=org_id,
                    entry_id=entry.id,
                    status=entry.status,
                    booking_id=entry.booking_id,
                )
        await _write_keys(session, org_id, before=before, after=after)

    def changes(self, stored: object) -> tuple[RecordChange, ...]:
        return changes_between(*stored_records(stored, BookingRecords))

    async def undoing(self, session: Session, org_id: OrgId, stored: object) -> Repair | None:
        before, after = stored_records(stored, BookingRecords)
        assert isinstance(before, BookingRecords)
        assert isinstance(after, BookingRecords)
        ids = [slot.id for slot in after.slots]
        slots = await _lock_slots(session, org_id, ids)
        current = BookingRecords(slots=slots)
        for booking in (*before.bookings, *after.bookings)[:1]:
            current = await _lock_booking(session, org_id, booking.id, slots=slots)
        for entry in before.entries:
            current = await _lock_entry(session, org_id, entry.id)
        if before.keys:
            current = BookingRecords(
                keys=await _lock_keys(session, org_id, [key.id for key in before.keys])
            )
        return model.undoing(current, before, after)


async def _lock_slots(
    session: Session, org_id: OrgId, slot_ids: list[UUID]
) -> tuple[SlotRecord, ...]:
    found = await session.fetch(
        "booking.lock_slots_to_repair", SlotRecord, org_id=org_id, slot_ids=slot_ids
    )
    return tuple(found)


async def _lock_booking(
    session: Session,
    org_id: OrgId,
    booking_id: UUID,
    *,
    slots: tuple[SlotRecord, ...] | None = None,
) -> BookingRecords:
    if slots is None:
        on = await _slots_of(session, org_id, booking_id)
        slots = await _lock_slots(session, org_id, on)
        bookings = await _booking(session, org_id, booking_id)
        if set(on) != set(await _slots_of(session, org_id, booking_id)):
            raise ChangedMeanwhile
    else:
        bookings = await _booking(session, org_id, booking_id)
    allocations = await session.fetch(
        "booking.allocations_to_repair", AllocationRecord, org_id=org_id, booking_id=booking_id
    )
    return BookingRecords(slots=slots, bookings=bookings, allocations=tuple(allocations))


async def _slots_of(session: Session, org_id: OrgId, booking_id: UUID) -> list[UUID]:
    found = await session.fetch(
        "booking.slots_of_record", _SlotOfRecord, org_id=org_id, booking_id=booking_id
    )
    return [one.slot_id for one in found]


async def _booking(session: Session, org_id: OrgId, booking_id: UUID) -> tuple[BookingRecord, ...]:
    found = await session.fetch_one(
        "booking.lock_booking_to_repair", BookingRecord, org_id=org_id, booking_id=booking_id
    )
    return (found,) if found else ()


async def _lock_entry(session: Session, org_id: OrgId, entry_id: UUID) -> BookingRecords:
    """The entry and its booking, which is read and never written."""
    booking_id = await session.fetch_value(
        "booking.booking_of_entry", UUID, org_id=org_id, entry_id=entry_id
    )
    bookings = await _booking(session, org_id, booking_id) if booking_id else ()
    entry = await session.fetch_one(
        "booking.lock_entry_to_repair", EntryRecord, org_id=org_id, entry_id=entry_id
    )
    return BookingRecords(bookings=bookings, entries=(entry,) if entry else ())


async def _lock_keys(session: Session, org_id: OrgId, keys: list[UUID]) -> tuple[KeyRecord, ...]:
    found = [
        await session.fetch_one("booking.lock_key_to_repair", KeyRecord, org_id=org_id, key=key)
        for key in keys
    ]
    return tuple(key for key in found if key)


async def _facts(
    session: Session, org_id: OrgId, records: BookingRecords
) -> Mapping[UUID, SlotFacts]:
    """Read once the slots are locked, by a statement that sees all that was committed before."""
    found = await session.fetch(
        "booking.facts_of_slots",
        SlotFacts,
        org_id=org_id,
        slot_ids=[slot.id for slot in records.slots],
    )
    return {one.slot_id: one for one in found}


async def _write_allocations(
    session: Session, org_id: OrgId, *, before: BookingRecords, after: BookingRecords
) -> None:
    for booking_id in {one.booking_id for one in before.allocations}:
        await session.execute("booking.remove_allocations", org_id=org_id, booking_id=booking_id)
    await session.execute(
        "booking.add_allocations",
        org_id=org_id,
        slot_ids=[one.slot_id for one in after.allocations],
        booking_ids=[one.booking_id for one in after.allocations],
        places=[one.places for one in after.allocations],
        ends=[one.expires_at for one in after.allocations],
    )


async def _write_slots(session: Session, org_id: OrgId, after: BookingRecords) -> None:
    slot_ids = [slot.id for slot in after.slots]
    await session.execute(
        "booking.repair_slots",
        org_id=org_id,
        slot_ids=slot_ids,
        capacities=[slot.capacity for slot in after.slots],
        booked=[slot.booked for slot in after.slots],
        held=[slot.held for slot in after.slots],
    )
    await session.execute("booking.notify_slots", org_id=org_id, slot_ids=slot_ids)


async def _write_booking(session: Session, org_id: OrgId, booking: BookingRecord) -> None:
    await session.execute(
        "booking.repair_booking",
        org_id=org_id,
        booking_id=booking.id,
        status=booking.status,
        version=booking.version,
        offering_id=booking.offering_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        expires_at=booking.expires_at,
    )


async def _write_keys(
    session: Session, org_id: OrgId, *, before: BookingRecords, after: BookingRecords
) -> None:
    for key in before.keys:
        if key not in after.keys:
            await session.execute("booking.remove_key", org_id=org_id, key=key.id)
    for key in after.keys:
        if key not in before.keys:
            await session.execute(
                "booking.add_key",
                org_id=org_id,
                key=key.id,
                fingerprint=key.fingerprint,
                command_id=key.command_id,
                subject=key.subject,
                derived=key.derived,
                outcome=key.outcome,
                created_at=key.created_at,
            )

"""What has changed on a run sheet between two moments."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.booking.reads.run_sheets import DayOfArrivals, SheetRow

Phase = Literal["past", "now", "later"]
_DIGEST_BYTES: Final = 8


def phase_of(slot: SlotOfDay, now: datetime) -> Phase:
    """Whether a slot is over, goes on, or is to come."""
    if slot.ends_at <= now:
        return "past"
    return "now" if slot.starts_at <= now else "later"


@dataclass(frozen=True, slots=True)
class SheetState:
    """A day as it stood, and which of its times were over, going on or to come."""

    day: DayOfArrivals
    phases: tuple[Phase, ...]
    digest: str
    """Tells a page whether what it shows is this."""

    @property
    def frame(self) -> object:
        """What a page is loaded again for: the times, and when one begins, ends, or is full."""
        return self.phases, [
            (s.slot_id, s.capacity, s.state, s.reason, s.offering_name, s.remaining > 0)
            for s in self.day.slots
        ]


def sheet_state(day: DayOfArrivals, now: datetime) -> SheetState:
    phases = tuple(phase_of(slot, now) for slot in day.slots)
    content = msgspec.json.encode((day.slots, day.arrivals, phases))
    return SheetState(day, phases, hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest())


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row that is new or another, and the key of the row that follows it in its slot."""

    row: SheetRow
    before: str


@dataclass(frozen=True, slots=True)
class SheetDifference:
    """The rows that have changed, the last first, so that what each stands before is there."""

    rows: Sequence[PlacedRow]
    gone: tuple[str, ...] = ()


def difference(before: SheetState, after: SheetState) -> SheetDifference:
    """What has changed in two states of one frame."""
    old, rows = {row.key: row for row in before.day.rows()}, after.day.rows()
    changed = {row.key for row in rows if _shown(old.get(row.key)) != _shown(row)}
    gone = old.keys() - {row.key for row in rows}
    return SheetDifference(_placed(rows, changed), tuple(sorted(gone)))


def rows_of_booking(state: SheetState, ref: str) -> SheetDifference:
    """The rows of a booking as they stand."""
    rows = state.day.rows()
    return SheetDifference(_placed(rows, {row.key for row in rows if row.arrival.ref == ref}))


def _shown(row: SheetRow | None) -> object:
    return None if row is None else (row.slot.slot_id, row.arrival)


def _placed(rows: Sequence[SheetRow], keys: Collection[str]) -> list[PlacedRow]:
    placed: list[PlacedRow] = []
    following: SheetRow | None = None
    for row in reversed(rows):
        if row.key in keys:
            is_last = following is None or following.slot.slot_id != row.slot.slot_id
            placed.append(PlacedRow(row, "" if is_last or following is None else following.key))
        following = row
    return placed

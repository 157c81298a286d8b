"""What has changed on a run sheet between two moments, as rows that are rendered already. Pure."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from fullhouse.booking.reads.run_sheets import DayOfArrivals, SheetRow
from fullhouse.entrypoints.web.availability_view import percent
from fullhouse.entrypoints.web.day_views import (
    PartyRow,
    Phase,
    RowChange,
    SheetEvent,
    SlotTally,
    TallyChange,
)
from fullhouse.entrypoints.web.run_sheet_presenter import (
    RunSheetPresenter,
    SheetQuery,
    counts_of,
)

_DIGEST_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class SheetState:
    """A day as it stood, and which of its times were over, going on or to come."""

    day: DayOfArrivals
    phases: tuple[Phase, ...]
    digest: str
    """Tells a page whether what it shows is this."""


def sheet_state(day: DayOfArrivals, presenter: RunSheetPresenter) -> SheetState:
    phases = tuple(presenter.phase(slot) for slot in day.slots)
    content = msgspec.json.encode((day.slots, day.arrivals, phases))
    return SheetState(day, phases, hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest())


class SheetChanges(msgspec.Struct, frozen=True):
    """Tells changes in the language of a presenter; `render` makes the HTML of a row."""

    presenter: RunSheetPresenter
    render: Callable[[PartyRow], str]

    def between(self, before: SheetState, after: SheetState) -> SheetEvent | None:
        """None when nothing has changed that a page shows."""
        if before.digest == after.digest:
            return None
        if _frame(before) != _frame(after):
            return SheetEvent(reload=True, digest=after.digest)
        old = {row.key: row for row in before.day.rows()}
        rows = after.day.rows()
        changed = {row.key for row in rows if _shown(old.get(row.key)) != _shown(row)}
        gone = old.keys() - {row.key for row in rows}
        return self._event(after, rows, changed, gone=tuple(sorted(gone)), before=before)

    def of_booking(self, state: SheetState, ref: str) -> SheetEvent:
        """The rows of a booking as they stand, with the tallies."""
        rows = state.day.rows()
        return self._event(state, rows, {row.key for row in rows if row.arrival.ref == ref})

    def _event(
        self,
        after: SheetState,
        rows: Sequence[SheetRow],
        changed: Collection[str],
        *,
        gone: tuple[str, ...] = (),
        before: SheetState | None = None,
    ) -> SheetEvent:
        expected, arrived = counts_of(after.day.arrivals)
        known = {} if before is None else self._tallies(before)
        return SheetEvent(
            rows=tuple(self._rows(rows, changed)),
            gone=gone,
            tallies=tuple(
                TallyChange(slot, tally)
                for slot, tally in self._tallies(after).items()
                if known.get(slot) != tally
            ),
            expected=expected,
            arrived=arrived,
            arrived_percent=percent(arrived, expected),
            filters=tuple(link.text for link in self.presenter.filters(after.day, SheetQuery())),
            digest=after.digest,
        )

    def _rows(self, rows: Sequence[SheetRow], changed: Collection[str]) -> list[RowChange]:
        """The last first, so that the row before which each stands is there."""
        changes, following = [], None
        for row in reversed(rows):
            is_last = following is None or following.slot.slot_id != row.slot.slot_id
            if row.key in changed:
                before = "" if is_last or following is None else following.key
                html = self.render(self.presenter.party(row))
                changes.append(RowChange(row.key, str(row.slot.slot_id), html, before))
            following = row
        return changes

    def _tallies(self, state: SheetState) -> Mapping[str, SlotTally]:
        return {
            str(slot.slot_id): self.presenter.tally(state.day.of_slot(slot.slot_id), slot.capacity)
            for slot in state.day.slots
        }


def _frame(state: SheetState) -> object:
    """What a page must be loaded again for: the times themselves, and when one begins or ends."""
    slots = state.day.slots
    return state.phases, [
        (s.slot_id, s.capacity, s.state, s.reason, s.offering_name) for s in slots
    ]


def _shown(row: SheetRow | None) -> object:
    return None if row is None else (row.slot.slot_id, row.arrival)

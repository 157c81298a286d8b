"""Changes of a run sheet as rows that are rendered already. Pure."""

from collections.abc import Callable, Mapping

import msgspec

from fullhouse.booking.party_availability import percent
from fullhouse.booking.reads.run_sheet_changes import (
    SheetDifference,
    SheetState,
    difference,
    rows_of_booking,
)
from fullhouse.booking.reads.run_sheets import counts_of
from fullhouse.entrypoints.web.day_views import (
    PartyRow,
    RowChange,
    SheetEvent,
    SlotTally,
    TallyChange,
)
from fullhouse.entrypoints.web.run_sheet_presenter import RunSheetPresenter, SheetQuery


class SheetChanges(msgspec.Struct, frozen=True):
    """Tells changes in the language of a presenter; `render` makes the HTML of a row."""

    presenter: RunSheetPresenter
    render: Callable[[PartyRow], str]

    def between(self, before: SheetState, after: SheetState) -> SheetEvent | None:
        """None when nothing has changed that a page shows."""
        if before.digest == after.digest:
            return None
        if before.frame != after.frame:
            return SheetEvent(reload=True, digest=after.digest)
        return self._event(after, difference(before, after), known=self._tallies(before))

    def of_booking(self, state: SheetState, ref: str) -> SheetEvent:
        """The rows of a booking as they stand, with the tallies."""
        return self._event(state, rows_of_booking(state, ref), known={})

    def _event(
        self, after: SheetState, changed: SheetDifference, *, known: Mapping[str, SlotTally]
    ) -> SheetEvent:
        expected, arrived = counts_of(after.day.arrivals)
        return SheetEvent(
            rows=tuple(
                RowChange(
                    one.row.key,
                    str(one.row.slot.slot_id),
                    self.render(self.presenter.party(one.row)),
                    one.before,
                )
                for one in changed.rows
            ),
            gone=changed.gone,
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

    def _tallies(self, state: SheetState) -> Mapping[str, SlotTally]:
        return {
            str(slot.slot_id): self.presenter.tally(state.day.of_slot(slot.slot_id), slot.capacity)
            for slot in state.day.slots
        }

"""View values of the run sheet."""

from typing import Literal

import msgspec

from fullhouse.booking.actions.admit_ticket import Answer
from fullhouse.booking.reads.run_sheet_changes import Phase
from fullhouse.entrypoints.web.views import Empty, Field, Link, Note, Undo


class PartyRow(msgspec.Struct, frozen=True):
    """One party on the run sheet. `key` is the reference, with a number in a further slot."""

    key: str
    ref: str
    size: int
    name: str
    phone: str
    phone_href: str
    status: str
    state_text: str
    may_be_no_show: bool
    note: str = ""
    answers: str = ""


class SlotTally(msgspec.Struct, frozen=True):
    """How many guests of a slot are expected and have arrived; percentages of its capacity."""

    expected: int
    arrived: int
    expected_percent: int
    arrived_percent: int
    text: str
    sold: str


class RunSheetSlot(msgspec.Struct, frozen=True):
    """One slot of the day with its parties."""

    slot_id: str
    time: str
    offering: str
    tally: SlotTally
    phase: Phase
    parties: tuple[PartyRow, ...]
    closed: str = ""
    """That it is closed, and why; empty while it is open."""
    book_href: str = ""


class PastSlots(msgspec.Struct, frozen=True):
    """The times that are over, folded."""

    text: str
    slots: tuple[RunSheetSlot, ...]
    is_open: bool = False


class TicketAnswer(msgspec.Struct, frozen=True):
    """What became of a ticket that was scanned or typed, to be read from afar."""

    answer: Answer
    word: str
    text: str = ""
    name: str = ""
    party: str = ""
    ref: str = ""
    href: str = ""
    verb: Literal["", "check-in-anyway", "undo"] = ""
    """What can be done about it here."""


class StaffBookingForm(msgspec.Struct, frozen=True):
    """The form that books for a walk-in or a caller."""

    title: str
    action: str
    fields: tuple[Field, ...]
    extra: tuple[Field, ...]
    submission_id: str
    button: str
    close_href: str
    hidden: tuple[tuple[str, str], ...] = ()
    arrived_text: str = ""
    """Of the box that checks the party in at once; empty where that is of no use."""
    is_arrived: bool = False
    insist_text: str = ""
    """Of the box that books all the same; empty before it was refused."""


class RunSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The run sheet of a day."""

    title: str
    path: str
    date: str
    earlier: Link
    later: Link
    expected: int
    arrived: int
    arrived_percent: int
    slots: tuple[RunSheetSlot, ...]
    search: str
    show: str
    filters: tuple[Link, ...]
    may_change: bool
    book_href: str
    all_href: str
    past: PastSlots | None = None
    undo: Undo | None = None
    note: Note | None = None
    answer: TicketAnswer | None = None
    booking: StaffBookingForm | None = None
    empty: Empty | None = None
    live_href: str = ""


class RowChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that is new or another; it stands before the row `before`, or last in its slot."""

    key: str
    slot: str
    html: str
    before: str = ""


class TallyChange(msgspec.Struct, frozen=True):
    """The tally of a slot that has changed."""

    slot: str
    tally: SlotTally


class SheetEvent(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What has changed on a run sheet; with `reload` more than can be told."""

    reload: bool = False
    rows: tuple[RowChange, ...] = ()
    gone: tuple[str, ...] = ()
    tallies: tuple[TallyChange, ...] = ()
    expected: int = 0
    arrived: int = 0
    arrived_percent: int = 0
    filters: tuple[str, ...] = ()
    bar: str = ""
    """The undo bar, or the note of a refusal, for who has pressed the button."""
    digest: str = ""

"""View values of the calendar of staff."""

import msgspec

from fullhouse.booking.model.calendar import Occupancy
from fullhouse.entrypoints.web.day_views import StaffBookingForm
from fullhouse.entrypoints.web.views import Choice, Empty, Link, Note, Undo


class Occupied(msgspec.Struct, frozen=True):
    """How full a slot or a day is: by a figure, a word, a bar, and a tone for its colour."""

    tone: Occupancy
    figure: str
    word: str
    percent: int = 0


class SlotChip(msgspec.Struct, frozen=True):
    """A slot in the calendar. Bookings of its offering may be dropped on one with room."""

    slot_id: str
    time: str
    offering: str
    occupied: Occupied
    href: str
    name: str
    offering_id: str = ""
    room: int = 0
    past: bool = False
    current: bool = False


class CalendarDay(msgspec.Struct, frozen=True):
    """A day of the month or the week; its slots are listed in week and day."""

    number: int
    title: str
    href: str
    name: str
    occupied: Occupied | None = None
    chips: tuple[SlotChip, ...] = ()
    today: bool = False
    outside: bool = False
    """Of another month than the one that is shown."""


class PartyInSlot(msgspec.Struct, frozen=True):
    """A party in the panel of a slot."""

    ref: str
    size: int
    name: str
    href: str
    phone: str
    phone_href: str
    state_text: str
    note: str
    answers: str
    may_move: bool


class SlotPanel(msgspec.Struct, frozen=True, kw_only=True):
    """A slot with its guests, and what can be done with it. An empty path is not allowed."""

    slot_id: str
    offering_id: str
    title: str
    offering: str
    occupied: Occupied
    closed: str
    figures: tuple[tuple[str, str], ...]
    parties: tuple[PartyInSlot, ...]
    back: Link
    path: str
    query: str
    targets: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    """Other times with room, by day."""
    capacity: int = 0
    may_change: bool = False
    may_manage: bool = False
    is_over: bool = False
    is_open: bool = True
    closes_too: str = ""
    """Other times that closing this one would close."""
    booking: StaffBookingForm | None = None
    note: Note | None = None
    undo: Undo | None = None


class CalendarPage(msgspec.Struct, frozen=True, kw_only=True):
    """The calendar: a month in weeks, or a week or a day in columns."""

    title: str
    view: str
    date: str
    views: tuple[Link, ...]
    earlier: Link
    later: Link
    today: Link
    offering: str
    offerings: tuple[Choice, ...]
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[CalendarDay, ...], ...] = ()
    columns: tuple[CalendarDay, ...] = ()
    empty: Empty | None = None
    note: Note | None = None

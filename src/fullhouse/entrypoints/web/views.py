"""What the templates render: plain frozen values, every date and price already in words."""

from dataclasses import dataclass
from typing import Literal

from fullhouse.booking.model.urls import organisation_path

DayState = Literal["free", "few", "full", "closed", "none", "past"]
SlotState = Literal["free", "few", "full", "closed", "past"]
Tone = Literal["good", "warn", "bad", "info"]


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go. `name` is what a screen reader says when `text` alone is too little."""

    text: str
    href: str
    name: str = ""
    current: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """The organisation in the frame of its pages."""

    slug: str
    name: str
    sentence: str = ""
    email: str = ""
    phone: str = ""
    accent_href: str = ""

    @property
    def href(self) -> str:
        return organisation_path(self.slug)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page."""

    title: str
    language: str
    theme: str
    languages: tuple[Link, ...]
    house: OrganisationView | None = None
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A message above the content: what happened, what it means, what to do."""

    tone: Tone
    text: str
    more: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferingCard:
    """An offering in the organisation's list."""

    name: str
    sentence: str
    price: str
    picture: str
    href: str


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the month; `share` is what is left of its places, in percent."""

    number: int
    name: str
    state: DayState
    word: str = ""
    share: int = 0
    href: str = ""
    current: bool = False
    today: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of seven cells, None where a day belongs to another month."""

    title: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[DayCell | None, ...], ...]
    earlier: Link | None
    later: Link | None


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A time of the chosen day. `href` is empty when it cannot be chosen."""

    slot_id: str
    time: str
    left: str
    share: int
    state: SlotState
    price: str
    capacity: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type, with what was typed and what is wrong with it."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = "text"
    autocomplete: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of the price; the last one is the total."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The row that has become a form: first the places, then the details, or the waiting list."""

    slot_id: str
    step: Literal["places", "details", "waiting"]
    title: str
    people: str
    action: str
    party: int
    lines: tuple[PriceLine, ...] = ()
    terms: tuple[str, ...] = ()
    close_href: str = ""
    fields: tuple[Field, ...] = ()
    held_text: str = ""
    held_until: str = ""
    release_href: str = ""
    hint: str = ""
    ask_another: bool = False
    once: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """How many come, and the bounds."""

    size: int
    smallest: int
    largest: int
    range: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing, and how to go on."""

    title: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class OfferingPage:
    """An offering with its month, the chosen day's times and, in one of them, the form."""

    name: str
    sentence: str
    description: str
    price: str
    picture: str
    action: str
    day: str
    day_title: str
    zone: str
    month: Month
    party: Party
    slots: tuple[SlotRow, ...]
    chosen: Chosen | None = None
    note: Note | None = None
    empty: Empty | None = None
    live_href: str = ""
    live_texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A booking as the guest carries it."""

    ref: str
    status: str
    status_word: str
    void: bool
    house: str
    offering: str
    day: str
    time: str
    zone: str
    lines: tuple[tuple[str, str], ...]
    where: str
    qr: str
    code: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The ticket and what can be done with it. Links are empty where the terms forbid them."""

    ticket: Ticket
    note: Note | None
    calendar_href: str
    change_href: str
    directions_href: str
    again_href: str
    undo_href: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Moving and cancelling one booking."""

    ref: str
    token: str
    what: str
    back_href: str
    move_allowed: bool
    move_text: str
    action_move: str
    month: Month | None
    day_title: str
    slots: tuple[SlotRow, ...]
    picked: SlotRow | None
    move_button: str
    move_close_href: str
    cancel_allowed: bool
    cancel_text: str
    cancel_button: str
    action_cancel: str
    note: Note | None = None
    empty: str = ""


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A place on a waiting list, or an offer from it."""

    title: str
    text: str
    offering: str
    lines: tuple[tuple[str, str], ...] = ()
    accept_href: str = ""
    leave_action: str = ""
    leave_button: str = ""
    times_href: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One party on the run sheet."""

    ref: str
    size: int
    name: str
    status: str
    state_word: str
    href: str
    action: str


@dataclass(frozen=True, slots=True)
class RunSheetSlot:
    """One slot of the run sheet with its parties; shares are percent of the capacity."""

    anchor: str
    time: str
    offering: str
    expected: int
    arrived: int
    expected_share: int
    arrived_share: int
    tally: str
    sold: str
    now: bool
    parties: tuple[PartyRow, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """What was just done and can be undone for a minute; `until` is an ISO instant."""

    text: str
    action: str
    until: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class RunSheet:
    """A day at the front desk."""

    title: str
    date: str
    earlier: Link
    later: Link
    expected: int
    arrived: int
    arrived_share: int
    arrivals: tuple[RunSheetSlot, ...]
    undo: Undo | None = None
    note: Note | None = None
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Who did what, and when."""

    when: str
    instant: str
    text: str
    who: str


@dataclass(frozen=True, slots=True)
class BookingPage:
    """One booking as staff see it."""

    ref: str
    name: str
    status: str
    status_word: str
    facts: tuple[tuple[str, str], ...]
    history: tuple[HistoryLine, ...]
    today_href: str
    actions: tuple[Link, ...] = ()
    undo: Undo | None = None
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class EmailView:
    """A message as it is sent, or was."""

    subject: str
    recipient: str
    status: str
    status_word: str
    when: str
    body: str


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong, in plain words, and where to go."""

    title: str
    text: str
    link: Link
    code: int

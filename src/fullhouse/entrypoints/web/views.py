"""View values of the templates; dates and prices are formatted already."""

from typing import Literal

import msgspec

from fullhouse.booking.model.urls import organisation_path
from fullhouse.booking.party_availability import DayState, OfferedState
from fullhouse.booking.price_texts import GuestRow, PriceLine
from fullhouse.entrypoints.web.page_meta import PageMeta

Tone = Literal["good", "warn", "bad", "info"]


class Link(msgspec.Struct, frozen=True):
    """A link or button. `name` is the accessible name where `text` alone does not suffice."""

    text: str
    href: str
    name: str = ""
    current: bool = False
    icon: str = ""


class NavigationView(msgspec.Struct, frozen=True):
    """What this person may open from every page of staff."""

    places: tuple[Link, ...]
    actions: tuple[Link, ...] = ()
    search_href: str = ""
    """Where a search of bookings goes; empty for who may not see them."""
    close_href: str = ""
    """The way to close for weather or bloom; empty for who may not."""


class OrganisationView(msgspec.Struct, frozen=True):
    """An organisation in the frame of its pages."""

    slug: str
    name: str
    tagline: str = ""
    email: str = ""
    phone: str = ""
    phone_href: str = ""
    accent_href: str = ""
    logo_href: str = ""
    legal: tuple[Link, ...] = ()
    """Terms, privacy and imprint, those that there are."""
    consent: str = ""

    @property
    def href(self) -> str:
        return organisation_path(self.slug)


class ZoneView(msgspec.Struct, frozen=True):
    """The time zone of a page's times: a text for its foot, and one for readers elsewhere."""

    key: str
    text: str
    elsewhere: str


class Frame(msgspec.Struct, frozen=True):
    """The frame around the content of a page."""

    title: str
    language: str
    theme: str
    languages: tuple[Link, ...]
    organisation: OrganisationView | None = None
    zone: ZoneView | None = None
    meta: PageMeta | None = None
    """None for a page that nobody shall find: of one guest, of staff, or an error."""
    switch_href: str = ""
    """Where a person of several businesses chooses another one."""
    notice: str = ""
    """What is not possible at present, on any page."""


class Note(msgspec.Struct, frozen=True):
    """A message above the content: what happened, its consequence, what to do."""

    tone: Tone
    text: str
    more: str = ""
    links: tuple[Link, ...] = ()


class OfferingCard(msgspec.Struct, frozen=True):
    """An offering in the organisation's list."""

    name: str
    summary: str
    price: str
    picture: str
    href: str
    picture_alt: str = ""


class DayCell(msgspec.Struct, frozen=True):
    """A day of the month; `percent` of its places are left."""

    number: int
    name: str
    state: DayState
    label: str = ""
    percent: int = 0
    href: str = ""
    current: bool = False
    today: bool = False


class Month(msgspec.Struct, frozen=True):
    """A month as weeks of seven cells, None where a day belongs to another month."""

    title: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[DayCell | None, ...], ...]
    earlier: Link | None
    later: Link | None


class SlotRow(msgspec.Struct, frozen=True):
    """A time of the chosen day. `href` is empty when it cannot be chosen."""

    slot_id: str
    time: str
    left: str
    percent: int
    state: OfferedState
    price: str
    capacity: int
    href: str = ""
    price_for: str = ""


class Choice(msgspec.Struct, frozen=True):
    """An option of a select."""

    value: str
    text: str
    selected: bool = False


class Field(msgspec.Struct, frozen=True):
    """A form field with its typed value and its problem."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    problem: str = ""
    kind: str = "text"
    autocomplete: str = ""
    optional: bool = False
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    stored: str = ""
    """The stored text, when another editor has changed it."""
    picture: str = ""
    """The address of the picture that a field for one has."""


class ShownPicture(msgspec.Struct, frozen=True):
    """A picture of a page, which links to a large one."""

    href: str
    large_href: str
    alt: str


class FieldGroup(msgspec.Struct, frozen=True):
    """Fields under one legend."""

    legend: str
    fields: tuple[Field, ...]
    sentences: tuple[str, ...] = ()
    """What the values come to."""
    folds: bool = False
    """Whether it may be folded; it is open when a field has a text or a problem."""

    @property
    def is_open(self) -> bool:
        return any(one.value or one.problem for one in self.fields)


class SlotForm(msgspec.Struct, frozen=True):
    """The form in the chosen row: hold places, customer's details, or waiting list."""

    slot_id: str
    step: Literal["places", "details", "waiting"]
    title: str
    people: str
    action: str
    party: int
    lines: tuple[PriceLine, ...] = ()
    payment: str = ""
    terms: tuple[str, ...] = ()
    close_href: str = ""
    fields: tuple[Field, ...] = ()
    guests: tuple[FieldGroup, ...] = ()
    """What each guest is asked."""
    held_text: str = ""
    held_until: str = ""
    release_href: str = ""
    hint: str = ""
    ask_duplicate: bool = False
    any_time: bool = False
    any_time_text: str = ""
    """Of the box that says that any time of the day will do; empty where there is none."""
    price_due: bool = False
    """Whether who confirms has to pay: the button says so where the law wants it."""
    submission_id: str = ""
    hidden: tuple[tuple[str, str], ...] = ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return (*self.fields, *(field for group in self.guests for field in group.fields))


class Party(msgspec.Struct, frozen=True):
    """The size of the party with its bounds; `rows` where guests pay by price category."""

    size: int
    smallest: int
    largest: int
    range: str
    problem: str = ""
    rows: tuple[GuestRow, ...] = ()
    total: str = ""
    """How many they are and what they pay."""


class Empty(msgspec.Struct, frozen=True):
    """An empty state: why there is nothing, and how to go on."""

    title: str
    text: str
    link: Link | None = None


class OfferingPage(msgspec.Struct, frozen=True):
    """The page of an offering: month, times of the day, and the form in the chosen row."""

    name: str
    summary: str
    description: str
    price: str
    picture: str
    picture_alt: str
    pictures: tuple["ShownPicture", ...]
    """Those beside the first."""
    action: str
    day: str
    day_title: str
    month: Month
    party: Party
    slots: tuple[SlotRow, ...]
    slot_form: SlotForm | None = None
    note: Note | None = None
    empty: Empty | None = None
    live_href: str = ""
    counts_href: str = ""
    live_texts: tuple[tuple[str, str], ...] = ()


class PartyChange(msgspec.Struct, frozen=True):
    """Choosing another number of guests for a booking; without `button` it cannot be changed."""

    action_choose: str
    value: int
    smallest: int
    largest: int
    text: str
    button: str
    rows: tuple[GuestRow, ...] = ()
    """Instead of a number, where the guests pay by price category."""
    hidden: tuple[tuple[str, str], ...] = ()


class ChangePage(msgspec.Struct, frozen=True):
    """Changing one booking: its party, its time, its links."""

    ref: str
    token: str
    summary: str
    back_href: str
    party: PartyChange | None
    move_allowed: bool
    move_text: str
    action_move: str
    month: Month | None
    day_title: str
    slots: tuple[SlotRow, ...]
    picked: SlotRow | None
    move_button: str
    move_close_href: str
    link_text: str
    action_renew: str
    contact_href: str
    answers_href: str = ""
    note: Note | None = None
    empty: str = ""


class SendTicketPage(msgspec.Struct, frozen=True):
    """A form that has a ticket sent again, or its details changed; none without `action`."""

    title: str
    text: str
    action: str
    fields: tuple[Field, ...] = ()
    groups: tuple[FieldGroup, ...] = ()
    note: Note | None = None
    token: str = ""
    button: str = ""
    back_href: str = ""


class WaitingListPage(msgspec.Struct, frozen=True):
    """A place on a waiting list, or an offer from it."""

    title: str
    text: str
    offering: str
    lines: tuple[tuple[str, str], ...] = ()
    accept_action: str = ""
    change_href: str = ""
    ticket_href: str = ""
    leave_action: str = ""
    leave_button: str = ""
    times_href: str = ""
    is_over: bool = False
    refreshes: bool = False


class Undo(msgspec.Struct, frozen=True):
    """The last change, which can be undone by the button `verb` for `ref`."""

    text: str
    action: str
    date: str = ""
    ref: str = ""
    verb: str = "undo"


class EmailView(msgspec.Struct, frozen=True):
    """A message with the state of its delivery."""

    subject: str
    recipient: str
    status: str
    status_text: str
    when: str
    body: str
    reason: str = ""
    """Why it was not sent, in the mail server's words."""
    way: str = ""
    message_id: str = ""
    retry_action: str = ""
    """Where the form that sends it again goes; empty where that is of no use."""


class ErrorPage(msgspec.Struct, frozen=True):
    """An error page. One with `is_form` answers a form that may be sent again.

    `fields` are what was typed in it; without them the browser sends it again by a reload. By the
    `reference` the log is found, where the error is ours.
    """

    title: str
    text: str
    link: Link
    code: int
    is_form: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    reference: str = ""

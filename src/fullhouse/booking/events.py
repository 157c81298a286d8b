"""The events of booking. Their subject is the booking unless the class says otherwise."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from typing_extensions import override

from fullhouse.booking.model.price_categories import CategoryGuests
from fullhouse.kernel.events import Event, topic
from fullhouse.kernel.timespan import Instant


class BookingEvent(Event, frozen=True):
    """A party and its slots."""

    offering_id: UUID
    slots: tuple[UUID, ...]
    party: int


class PricedEvent(BookingEvent, frozen=True):
    """A party, its slots and their price in minor units of `currency`."""

    price: int
    currency: str


class StatusChanged(BookingEvent, frozen=True):
    """A booking went from one status to another; `booking_version` is the version after it."""

    from_status: str
    to_status: str
    booking_version: int


class BookingInitiated(PricedEvent, frozen=True):
    """Places are held."""


class Booked(PricedEvent, frozen=True):
    """A booking is confirmed, at once or from a hold."""


class BookingFailed(PricedEvent, frozen=True):
    """A booking was refused; `reason` is the ledger's verdict and `details` what it knows."""

    reason: str
    details: Mapping[str, object] | None = None


class Rescheduled(StatusChanged, frozen=True):
    """A booking moved to other slots, the first of which starts at `starts_at`.

    It may be for other guests than before as well: `from_party`, and by category `from_guests` and
    `guests`. `from_price` is what it cost before, in minor units of its currency. It had times of
    its own until which it could be cancelled for free and moved, where these are named.
    """

    from_slots: tuple[UUID, ...]
    from_starts_at: Instant
    starts_at: Instant
    from_party: int | None = None
    from_guests: tuple[CategoryGuests, ...] = ()
    guests: tuple[CategoryGuests, ...] = ()
    from_price: int | None = None
    from_free_until: Instant | None = None
    from_move_until: Instant | None = None


class PartyChanged(StatusChanged, frozen=True):
    """A booking is for other guests, on the same slots; `price` is the new one.

    By price category they are `guests`, and were `from_guests`, as they were sold.
    """

    from_party: int
    price: int
    currency: str
    from_guests: tuple[CategoryGuests, ...] = ()
    guests: tuple[CategoryGuests, ...] = ()
    from_price: int | None = None
    from_free_until: Instant | None = None
    from_move_until: Instant | None = None


class Cancelled(StatusChanged, frozen=True):
    """A booking is cancelled, for a `fee` in minor units of its currency.

    `reason` is the sentence that staff gave; the guest reads it when `tells_guest`. With a
    `closure_id` the business has closed its time.
    """

    fee: int
    reason: str = ""
    tells_guest: bool = False
    closure_id: UUID | None = None


class TimeClosed(BookingEvent, frozen=True):
    """The business has closed the time of a booking; its guest may move or cancel it free."""

    closure_id: UUID
    reason: str


class TimeReopened(BookingEvent, frozen=True):
    """The time of a booking takes place after all."""

    closure_id: UUID


class PlacesReleased(BookingEvent, frozen=True):
    """A cancelled booking kept its places for undo until now; written by the ledger's `expire.sql`.

    A booking of several slots may give them back one by one: `slots` are those of this event.
    """


class BookingRestored(StatusChanged, frozen=True):
    """The cancellation of a booking was undone."""


class CheckedIn(StatusChanged, frozen=True):
    """A party has arrived."""


class CheckInUndone(StatusChanged, frozen=True):
    """A check-in or a no-show was undone."""


class NoShow(StatusChanged, frozen=True):
    """A party did not come."""


class TicketRequested(Event, frozen=True):
    """Somebody asked for the ticket; it goes to the address of the booking."""

    offering_id: UUID


class ContactChanged(Event, frozen=True):
    """Contact details of a booking were changed: `fields` are of `name`, `email` and `phone`."""

    offering_id: UUID
    fields: tuple[str, ...]


class AnswersChanged(Event, frozen=True):
    """The answers of a booking to the questions of its offering were changed; read them with it."""

    offering_id: UUID


class BookingNoted(Event, frozen=True):
    """Staff changed the note of a booking, which only staff read."""

    offering_id: UUID


class GuestWrittenTo(Event, frozen=True):
    """The business wrote to the guest of a booking, who gets the text by e-mail."""

    offering_id: UUID
    text: str


class ReminderDue(Event, frozen=True):
    """The guest of a booking is reminded of it, by the rule `reminder` of the business."""

    offering_id: UUID
    reminder: str
    starts_at: Instant


class ThanksDue(Event, frozen=True):
    """The visit of a booking is over: its guest is thanked, and asked how it was."""

    offering_id: UUID


class VisitRated(Event, frozen=True):
    """The guest of a booking gave it `stars` out of five; the words are with the rating."""

    offering_id: UUID
    stars: int


class EmailBounced(Event, frozen=True):
    """An e-mail about a booking came back; a dead address gets only what it needs from now on."""

    email_kind: str
    is_address_dead: bool


class BookingLinkRenewed(Event, frozen=True):
    """The links of a booking that were given out before open nothing any more."""

    offering_id: UUID


class HoldReleased(StatusChanged, frozen=True):
    """Held places were given back before their time."""


class HoldExpired(BookingEvent, frozen=True):
    """Held places were given back at their time; written by the ledger's `expire.sql`."""


class WaitingListJoined(PricedEvent, frozen=True):
    """A party waits for places in a slot; the subject is the entry of the waiting list."""


class WaitingListLeft(Event, frozen=True):
    """A party waits no more; the subject is the entry of the waiting list."""

    offering_id: UUID
    slots: tuple[UUID, ...]


class PlaceOffered(PricedEvent, frozen=True):
    """Places that became free are held for a party of the waiting list."""


class CapacityChanged(Event, frozen=True):
    """A slot has another capacity; the subject is the slot."""

    offering_id: UUID
    slots: tuple[UUID, ...]
    capacity: int


class OfferingSaved(Event, frozen=True):
    """What changed, each with its value before and after; the subject is the offering."""

    offering_id: UUID
    before: Mapping[str, object]
    after: Mapping[str, object]

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (topic(org_id, self.offering_id),)


class OfferingAdded(OfferingSaved, frozen=True):
    """An offering exists; `before` is empty."""


class OfferingChanged(OfferingSaved, frozen=True):
    """An offering says something else of itself, its price or its policy."""


class SlotsMaterialised(Event, frozen=True):
    """The slots of an offering follow its schedules again; the subject is the offering."""

    offering_id: UUID
    created: int
    changed: int
    closed: int
    reopened: int
    dropped: int
    off_schedule: int
    slots: tuple[UUID, ...]
    """Slots that somebody waits for and that may have room now."""
    days: tuple[date, ...]
    """The days, by UTC, on which slots were made, changed or deleted."""

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return tuple([topic(org_id, self.offering_id, day) for day in self.days])


class SlotOffSchedule(Event, frozen=True):
    """A slot that is in use left its schedule, and the owner must look; the subject is the slot."""

    offering_id: UUID
    starts_at: Instant
    taken: int
    reason: str


ROOM_EVENTS: Final = (
    PlacesReleased,
    Rescheduled,
    PartyChanged,
    HoldReleased,
    HoldExpired,
    CapacityChanged,
    SlotsMaterialised,
    OfferingChanged,
    WaitingListJoined,
)
"""After these a slot may have room for its waiting list: see `slots_with_room`."""

HISTORY_EVENTS: Final = (
    BookingInitiated,
    Booked,
    BookingFailed,
    Rescheduled,
    PartyChanged,
    Cancelled,
    PlacesReleased,
    BookingRestored,
    CheckedIn,
    CheckInUndone,
    NoShow,
    HoldReleased,
    HoldExpired,
    PlaceOffered,
    TicketRequested,
    ContactChanged,
    AnswersChanged,
    BookingNoted,
    GuestWrittenTo,
    ReminderDue,
    ThanksDue,
    VisitRated,
    EmailBounced,
    BookingLinkRenewed,
    TimeClosed,
    TimeReopened,
)
"""The events whose subject is a booking."""

_HISTORY: Final = {event.kind(): event for event in HISTORY_EVENTS}


_SELLS: Final = {"published", "book_ahead_days", "book_until_minutes"}


class _Slots(msgspec.Struct):
    """What all of `ROOM_EVENTS` but `OfferingChanged` have."""

    slots: tuple[UUID, ...] = ()


class _OfOffering(msgspec.Struct):
    offering_id: UUID


def slots_with_room(kind: str, payload: object) -> tuple[UUID, ...]:
    """The slots that one of `ROOM_EVENTS` has given room, or whose waiting list has grown.

    See `offering_with_room` for all slots of an offering.
    """
    if kind == Rescheduled.kind():
        return msgspec.convert(payload, Rescheduled).from_slots
    return msgspec.convert(payload, _Slots).slots


def offering_of_waited_day(kind: str, payload: object) -> UUID | None:
    """The offering where a slot may suit who waits for any time of a day: a new slot, or entry."""
    if kind not in {SlotsMaterialised.kind(), WaitingListJoined.kind()}:
        return None
    return msgspec.convert(payload, _OfOffering).offering_id


def offering_with_room(kind: str, payload: object) -> UUID | None:
    """The offering whose slots may all be booked again: it is on sale, or until later, by now."""
    if kind != OfferingChanged.kind():
        return None
    changed = msgspec.convert(payload, OfferingChanged)
    return None if _SELLS.isdisjoint(changed.after) else changed.offering_id


def history_event(kind: str, payload: object) -> Event | None:
    """The typed event of a booking; None for a kind that a newer program has written."""
    known = _HISTORY.get(kind)
    return None if known is None else msgspec.convert(payload, known)

"""A slot: a span with a number of places, and the one rule that says whether it can be offered."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NewType
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import Instant, midnight

SlotId = NewType("SlotId", UUID)
SlotState = Literal["open", "closed"]
Refusal = Literal[
    "slot_closed", "slot_past", "slot_not_open", "party_too_small", "party_too_large", "slot_full"
]


class SlotIdentity(msgspec.Struct, frozen=True):
    """The immutable part of a slot, which may be cached for ever."""

    org_id: OrgId
    slot_id: SlotId
    offering_id: OfferingId
    starts_at: datetime
    ends_at: datetime


class Alternative(msgspec.Struct, frozen=True, rename={"slot_id": "id"}):
    """Another slot with room for the party."""

    slot_id: SlotId
    starts_at: Instant
    ends_at: Instant
    remaining: int


class Slot(msgspec.Struct, frozen=True):
    """A slot as it stood at one instant; `held` counts only holds that had not expired by then.

    `next_expiry` is when the first of its holds expires, and this snapshot with it.
    """

    slot_id: SlotId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked: int
    held: int
    state: SlotState
    reason: str
    waiting: int
    next_expiry: datetime | None = None

    @property
    def remaining(self) -> int:
        """Count the free places, whether or not the slot is open."""
        left = self.capacity - self.booked - self.held
        return left if left > 0 else 0  # noqa: FURB136 - a page asks thousands; `max` takes twice as long


class SlotOfDay(msgspec.Struct, frozen=True):
    """A slot with its offering, at a venue in `zone` and `country`."""

    slot_id: SlotId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked: int
    held: int
    state: SlotState
    reason: str
    offering_id: OfferingId
    offering_name: str
    venue_id: UUID
    venue_name: str
    zone: str
    country: str

    @property
    def remaining(self) -> int:
        return max(0, self.capacity - self.booked - self.held)

    def others_with_room(
        self, others: Sequence["SlotOfDay"], party: int, *, now: datetime
    ) -> list["SlotOfDay"]:
        """Those of its offering to which a party of this size may be moved from it."""
        return [
            one
            for one in others
            if one.slot_id != self.slot_id
            and (one.state, one.offering_id) == ("open", self.offering_id)
            and one.ends_at > now
            and one.remaining >= party
        ]

    def overlapping(self, others: Sequence["SlotOfDay"]) -> list["SlotOfDay"]:
        """Those of its offering that a closure of this one would close as well."""
        return [
            one
            for one in others
            if one.slot_id != self.slot_id
            and one.offering_id == self.offering_id
            and one.starts_at < self.ends_at
            and one.ends_at > self.starts_at
        ]


def refusals(
    offering: Offering, *, party: int, now: datetime, zone: str
) -> Callable[[Slot], Refusal | None]:
    """Return the rule by which a slot, in the venue's `zone`, cannot be offered to `party` guests.

    It returns why, or None. What is the same for all slots is worked out once: a page asks about
    thousands. Pages and the API ask this rule. `BookingPolicy` asks its two parts about the
    offering, and the ledger decides `slot_closed` and `slot_full` in SQL, under the slot's lock. A
    slot that is shown and then refused has changed in between.
    """
    past_before = now + timedelta(minutes=offering.book_until_minutes)
    open_before = midnight(offering.last_day(now, zone) + timedelta(days=1), zone)
    of_party = party_refusal(offering, party)

    def refusal_of(slot: Slot) -> Refusal | None:
        if slot.state == "closed":
            return "slot_closed"
        if slot.starts_at < past_before:
            return "slot_past"
        if slot.starts_at >= open_before:
            return "slot_not_open"
        return of_party or ("slot_full" if party > slot.remaining else None)

    return refusal_of


def time_refusal(
    offering: Offering, starts_at: datetime, *, now: datetime, zone: str
) -> Refusal | None:
    """Return why no guest may book a slot that starts then, any more or yet, or None."""
    if now > offering.books_until(starts_at):
        return "slot_past"
    return None if offering.is_open(starts_at, zone, now=now) else "slot_not_open"


def party_refusal(offering: Offering, party: int) -> Refusal | None:
    """Return why the offering never admits a party of this size, or None."""
    if party < offering.party_min:
        return "party_too_small"
    if party > offering.party_max:
        return "party_too_large"
    return None

"""What a party asks for: slots of one offering in order of time, and their price."""

from datetime import datetime

import msgspec

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.price_categories import CategoryGuests
from fullhouse.booking.model.slot import SlotId, SlotIdentity
from fullhouse.kernel.money import Money


class BookingPlan(msgspec.Struct, frozen=True):
    """A booking before it is made. Every guest takes one place in each slot."""

    offering: Offering
    zone: str
    slots: tuple[BookedSlot, ...]
    party: int
    price: Money
    planned_at: datetime
    guests: tuple[CategoryGuests, ...] = ()
    """By price category; none where the offering has no categories."""

    @property
    def slot_ids(self) -> tuple[SlotId, ...]:
        return tuple([slot.slot_id for slot in self.slots])

    @property
    def places(self) -> int:
        return self.party


class SoldParty(msgspec.Struct, frozen=True):
    """A party at the price and on the terms on which it was sold: undoing brings it back so."""

    party: int
    guests: tuple[CategoryGuests, ...] = ()
    price_amount: int | None = None
    """None where it is not known: then the offering says it."""
    free_until: datetime | None = None
    move_until: datetime | None = None
    """Its own, as those of a `Booking`; None where the offering says them."""


def plan_of(
    offering: Offering,
    zone: str,
    slots: tuple[SlotIdentity, ...],
    *,
    party: int,
    now: datetime,
    guests: tuple[CategoryGuests, ...] = (),
) -> BookingPlan:
    """Plan `slots` of `offering`, whose venue lies in `zone`, for `party` guests."""
    ordered = sorted(slots, key=lambda slot: slot.starts_at) if len(slots) > 1 else slots
    return BookingPlan(
        offering,
        zone,
        slots=tuple([BookedSlot(s.slot_id, s.starts_at, s.ends_at) for s in ordered]),
        party=party,
        price=offering.price_of(party, slots=len(slots), guests=guests),
        planned_at=now,
        guests=guests,
    )

"""A slot: a span with a number of places, and the one rule that says whether it can be offered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.ids import OrgId

SlotId = NewType("SlotId", UUID)
SlotState = Literal["open", "closed"]
Refusal = Literal["slot_closed", "slot_past", "party_too_small", "party_too_large", "slot_full"]


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """What never changes about a slot, so that it may be remembered for ever."""

    org_id: OrgId
    slot_id: SlotId
    offering_id: OfferingId
    starts_at: datetime
    ends_at: datetime


class Alternative(msgspec.Struct, frozen=True, rename={"slot_id": "id"}):
    """Another slot with room for the party."""

    slot_id: SlotId
    starts_at: datetime
    ends_at: datetime
    remaining: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot as it stood at one instant; `held` counts only holds that had not lapsed by then."""

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
    """When the first of its holds will lapse, and this picture with it."""

    @property
    def remaining(self) -> int:
        """Places that nobody has, whether or not the slot is open."""
        return max(self.capacity - self.booked - self.held, 0)


def refusal(slot: Slot, offering: Offering, *, party: int, now: datetime) -> Refusal | None:
    """Why `slot` cannot be offered to `party` guests at `now`, or None when it can.

    Pages, the API and the ledger's explanations all ask here, and the ledger decides by the same
    rule in SQL; shown and refused can differ by nothing but time.
    """
    if slot.state == "closed":
        return "slot_closed"
    if now > offering.books_until(slot.starts_at):
        return "slot_past"
    return party_refusal(offering, party) or ("slot_full" if party > slot.remaining else None)


def party_refusal(offering: Offering, party: int) -> Refusal | None:
    """Why an offering never admits a party of this size, or None when it does."""
    if party < offering.party_min:
        return "party_too_small"
    if party > offering.party_max:
        return "party_too_large"
    return None

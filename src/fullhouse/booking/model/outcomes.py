"""What a command came to: kept with its key, so that a repeat hears the very same."""

from datetime import datetime
from uuid import UUID

import msgspec

from fullhouse.booking.model.booking import BookingId, Status
from fullhouse.booking.model.price_categories import StoredGuests
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId


class BookedSlot(msgspec.Struct, frozen=True, array_like=True):
    """A slot of a booking: the immutable part."""

    slot_id: SlotId
    starts_at: datetime
    ends_at: datetime


class BookingOutcome(msgspec.Struct, frozen=True, omit_defaults=True, tag="booking"):
    """A booking right after a command: its first answer, and that of every repeat."""

    org_id: OrgId
    booking_id: BookingId
    ref: str
    status: Status
    version: int
    offering: str
    zone: str
    slots: tuple[BookedSlot, ...]
    party: int
    price_amount: int
    fee_amount: int
    currency: str
    expires_at: datetime | None = None
    link_version: int = 1
    guests: StoredGuests | None = None


class WaitingOutcome(msgspec.Struct, frozen=True, tag="waiting"):
    """An entry of a waiting list right after a command; `requester` is the id of who joined."""

    org_id: OrgId
    entry_id: UUID
    status: str
    offering: str
    zone: str
    slot: BookedSlot
    party: int
    requester: UUID
    any_time: bool = False


class CapacityOutcome(msgspec.Struct, frozen=True, tag="capacity"):
    """A slot's capacity right after it was set."""

    slot_id: SlotId
    capacity: int


class LeftOutcome(msgspec.Struct, frozen=True, tag="left"):
    """An entry of a waiting list that its party has left."""

    entry_id: UUID


Outcome = BookingOutcome | WaitingOutcome | CapacityOutcome | LeftOutcome

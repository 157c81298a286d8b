"""Slots that need the owner's decision."""

from dataclasses import dataclass
from datetime import datetime

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId, SlotState


@dataclass(frozen=True, slots=True)
class SlotNeedingReview:
    """A coming slot that somebody is in although it left the schedule or the venue is shut."""

    slot_id: SlotId
    offering_id: OfferingId
    offering: str
    offering_name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked: int
    held: int
    state: SlotState
    reason: str
    off_schedule_since: datetime

"""The facts that booking tells: their names, and what their `data` holds (never a person)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.events import Event, topic

BOOKING_INITIATED: Final = "BookingInitiated"
BOOKED: Final = "Booked"
BOOKING_FAILED: Final = "BookingFailed"
RESCHEDULED: Final = "Rescheduled"
CANCELLED: Final = "Cancelled"
BOOKING_RESTORED: Final = "BookingRestored"
CHECKED_IN: Final = "CheckedIn"
CHECK_IN_UNDONE: Final = "CheckInUndone"
NO_SHOW: Final = "NoShow"
HOLD_RELEASED: Final = "HoldReleased"
HOLD_EXPIRED: Final = "HoldExpired"
WAITING_LIST_JOINED: Final = "WaitingListJoined"
WAITING_LIST_LEFT: Final = "WaitingListLeft"
PLACE_OFFERED: Final = "PlaceOffered"
CAPACITY_CHANGED: Final = "CapacityChanged"

FREEING: Final = (
    CANCELLED,
    RESCHEDULED,
    HOLD_RELEASED,
    HOLD_EXPIRED,
    CAPACITY_CHANGED,
    "SlotsMaterialised",
)
"""After these a place may be free that somebody waits for: in `slots`, or what a move has left."""


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
    starts_at: datetime
    taken: int
    reason: str

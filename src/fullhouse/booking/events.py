"""The facts that booking tells: their names, and what their `data` holds (never a person)."""

from typing import Final

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
OFFERING_ADDED: Final = "OfferingAdded"
OFFERING_CHANGED: Final = "OfferingChanged"
SLOTS_MATERIALISED: Final = "SlotsMaterialised"
SLOT_OFF_SCHEDULE: Final = "SlotOffSchedule"

FREEING: Final = (
    CANCELLED,
    RESCHEDULED,
    HOLD_RELEASED,
    HOLD_EXPIRED,
    CAPACITY_CHANGED,
    SLOTS_MATERIALISED,
)
"""After these a place may be free that somebody waits for: in `slots`, or what a move has left."""

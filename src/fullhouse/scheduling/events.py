"""The kinds of events that scheduling records; an event names no person."""

from typing import Final

SCHEDULE_ADDED: Final = "ScheduleAdded"
SCHEDULE_CHANGED: Final = "ScheduleChanged"
SCHEDULE_ENDED: Final = "ScheduleEnded"
VENUE_CLOSED: Final = "VenueClosed"
VENUE_REOPENED: Final = "VenueReopened"
CLOSURES_IMPORTED: Final = "ClosuresImported"

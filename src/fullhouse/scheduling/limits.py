"""Limits of schedules, recurrence rules, closures and calendar files."""

from typing import Final

from fullhouse.booking.limits import SLOT_DAYS_AHEAD_MAX

MATERIALISE_DAYS_AHEAD: Final = 90
SLOTS_PER_SCHEDULE_MAX: Final = 20_000
SLOTS_PLANNED_AT_ONCE_MAX: Final = 500

RULE_CHARACTERS_MAX: Final = 500
RULE_INTERVAL_MAX: Final = 1_000
RULE_STEPS_MAX: Final = 200_000
FIRST_TIME_YEARS_MAX: Final = 40
FIRST_TIME_STEPS_MAX: Final = 20_000
TIMES_LISTED_MAX: Final = 1_000
DURATION_MINUTES_MAX: Final = 31 * 24 * 60
REASON_CHARACTERS_MAX: Final = 200
CALENDAR_BYTES_MAX: Final = 1024 * 1024
CALENDAR_CLOSURES_MAX: Final = 2_000
CALENDAR_UID_CHARACTERS_MAX: Final = 500
CALENDAR_DAYS_AHEAD: Final = 3 * 366
CLOSURES_LISTED_MAX: Final = 1_000
SLOTS_NEEDING_REVIEW_MAX: Final = 500

assert MATERIALISE_DAYS_AHEAD + 2 <= SLOT_DAYS_AHEAD_MAX, "availability shows every slot"
assert SLOTS_PER_SCHEDULE_MAX < RULE_STEPS_MAX, "a full schedule can be walked to its end"
assert FIRST_TIME_STEPS_MAX > FIRST_TIME_YEARS_MAX * 366, "each day of those years can be looked at"
assert MATERIALISE_DAYS_AHEAD < CALENDAR_DAYS_AHEAD, "closures are known before their slots are"

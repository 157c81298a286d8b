"""Limits of schedules, recurrence rules, closures and calendar files."""

from typing import Final

MATERIALISE_DAYS_MARGIN: Final = 1
SLOTS_PER_SCHEDULE_MAX: Final = 20_000
SCHEDULES_PER_OFFERING_MAX: Final = 100
SLOTS_PLANNED_AT_ONCE_MAX: Final = 500

SET_UP_NAME_CHARACTERS_MAX: Final = 80
SET_UP_ADDRESS_CHARACTERS_MAX: Final = 160
"""What is typed in set-up is kept in a cookie, of which browsers take 4 KB."""
RULE_CHARACTERS_MAX: Final = 500
RULE_INTERVAL_MAX: Final = 1_000
RULE_STEPS_MAX: Final = 200_000
FIRST_TIME_YEARS_MAX: Final = 40
FIRST_TIME_STEPS_MAX: Final = 20_000
NEXT_TIME_YEARS_MAX: Final = 40
TIMES_LISTED_MAX: Final = 1_000
DURATION_MINUTES_MAX: Final = 31 * 24 * 60
REASON_CHARACTERS_MAX: Final = 200
YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2200
CLOSURE_YEAR_MIN: Final = 1600
CLOSURE_YEAR_MAX: Final = 2199
CLOSURE_STEPS_MAX: Final = 1_000_000
"""The steps that all recurring closures of a venue may take for one window of slots."""
CALENDAR_BYTES_MAX: Final = 1024 * 1024
CALENDAR_YEAR_MAX: Final = CLOSURE_YEAR_MAX
CALENDAR_CLOSURES_MAX: Final = 2_000
CALENDAR_TIMES_A_YEAR_MAX: Final = 10_000
"""How often the recurring closures of one file may close the venue in a year."""
CALENDAR_EXCEPTIONS_MAX: Final = 1_000
CALENDAR_DAYS_LISTED: Final = 3 * 366
"""How far ahead times are listed one by one where no rule can be kept."""
CALENDAR_LINES_REPORTED_MAX: Final = 50
CALENDAR_UID_CHARACTERS_MAX: Final = 500
CALENDAR_ZONE_CHARACTERS_MAX: Final = 100
CALENDAR_ZONE_OBSERVANCES_MAX: Final = 50
CALENDAR_ZONE_CHANGES_MAX: Final = 500
CALENDAR_ZONE_CHANGES_KEPT_MAX: Final = 50_000
"""Changes of clocks in the zones of all recurring closures of a file; each keeps its zone."""
CALENDAR_FILES_READ_AT_ONCE_MAX: Final = 1
CALENDAR_FILES_WAITING_MAX: Final = 4
CALENDAR_WAIT_SECONDS_MAX: Final = 4
CALENDAR_SECONDS_MAX: Final = 8
CALENDAR_CPU_SECONDS_MAX: Final = 5
CALENDAR_MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
CLOSURES_PER_VENUE_MAX: Final = 5_000
CLOSURES_LISTED_MAX: Final = 1_000
CLOSURE_OFFERINGS_MAX: Final = 100
CLOSURE_NOTICES_MAX: Final = 10_000
CLOSURE_GUESTS_LISTED_MAX: Final = 500
CLOSURE_NOTICES_PER_SECOND: Final = 5
CLOSURE_UNDO_SECONDS: Final = 60
"""How long after a closure the first guest is told: until then all of it can be undone."""
CLOSURE_NOTICE_ATTEMPTS_MAX: Final = 1_440
SLOTS_NEEDING_REVIEW_MAX: Final = 500
SCHEDULES_LISTED_MAX: Final = 500

assert SLOTS_PER_SCHEDULE_MAX < RULE_STEPS_MAX, "a full schedule can be walked to its end"
assert FIRST_TIME_STEPS_MAX > FIRST_TIME_YEARS_MAX * 366, "each day of those years can be looked at"
assert RULE_STEPS_MAX <= CLOSURE_STEPS_MAX, "the rules of a file that was read can be followed"
assert CALENDAR_CLOSURES_MAX < CLOSURES_PER_VENUE_MAX, "a venue may have more than one calendar"
assert CALENDAR_CLOSURES_MAX * 25 <= CALENDAR_ZONE_CHANGES_KEPT_MAX, "two a year, for 12 years"
assert CALENDAR_CPU_SECONDS_MAX < CALENDAR_SECONDS_MAX, "a busy processor is no fault of the file"

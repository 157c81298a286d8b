"""Limits of jobs, effects and the event relay."""

from typing import Final

RELAY_BATCH_EVENTS: Final = 500
RELAY_POLL_SECONDS: Final = 2.0
JOB_ATTEMPTS_MAX: Final = 8
EFFECTS_AT_ONCE_MAX: Final = 64
JOB_CONCURRENCY_MAX: Final = 32
JOB_HEARTBEAT_SECONDS: Final = 10

JOB_SECONDS_MAX: Final = 20.0
JOB_LEASE_MARGIN_SECONDS: Final = 2.0
JOB_POLL_SECONDS: Final = 1.0
JOB_STALE_SECONDS: Final = 2 * JOB_HEARTBEAT_SECONDS
JOB_BUSY_ATTEMPTS_MAX: Final = 60
"""Of an effect that finds the database busy: two minutes apart in the end, an hour and a half."""
JOB_BACKOFF_SECONDS: Final = 1.0
JOB_BACKOFF_SECONDS_MAX: Final = 120.0
JOB_ERROR_CHARACTERS_MAX: Final = 2_000
JOB_HISTORY_MAX: Final = 20
EFFECTS_KEPT_DAYS: Final = 30
ROWS_TRIMMED_MAX: Final = 50_000
RECURRING_SECONDS_MAX: Final = 300.0
RECURRING_CALM_SECONDS: Final = 15.0
"""After a rush its e-mails go first."""
RECURRING_YIELDS_SECONDS_MAX: Final = 600.0
"""After so long in which rushes cancelled it each time, a run goes on beside them."""
DEAD_LETTERS_LISTED_MAX: Final = 200
DEAD_LETTERS_AT_ONCE_MAX: Final = 1_000
"""Retried or discarded in one transaction, each with its event."""
DEAD_LETTER_RETRIES_PER_SECOND: Final = 10
DEAD_LETTER_REASON_CHARACTERS_MAX: Final = 200
RELAY_PAUSE_SECONDS: Final = 0.02
RELAY_RUSH_PAUSE_SECONDS: Final = 0.5
RUSH_COMMANDS_PER_SECOND: Final = 20
RUSH_SECONDS_MAX: Final = 30.0
RUSH_PERIOD_SECONDS: Final = 4.0
RUSH_WORK_SECONDS: Final = 0.2
RELAY_BACKOFF_SECONDS_MAX: Final = 60.0
RELAY_ATTEMPTS_MAX: Final = 6
"""At one event that a subscriber cannot apply; then it is a dead letter."""
RELAY_LAG_COUNTED_MAX: Final = 10_000
REBASE_SECONDS_MAX: Final = 3_600
MEASURE_SECONDS: Final = 5.0
RECONNECT_SECONDS_MAX: Final = 5.0

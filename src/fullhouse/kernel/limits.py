"""Every limit of the system, in one file, with the relations between them asserted at the end.

Units are last in the name. What an owner may choose is bounded here and kept in the database.
"""

from typing import Final

# The database
POOL_CONNECTIONS_MAX: Final = 16
POOL_WAITERS_MAX: Final = 512
POOL_WAIT_SECONDS_MAX: Final = 5.0
STATEMENT_SECONDS_MAX: Final = 10
LOCK_SECONDS_MAX: Final = 3
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 15
MIGRATION_LOCK_SECONDS_MAX: Final = 5

# The ledger
GROUP_COMMANDS_MAX: Final = 64
QUEUE_COMMANDS_MAX: Final = 2_048
COMMAND_DEADLINE_SECONDS: Final = 10.0

# Requests
BODY_BYTES_MAX: Final = 64 * 1024
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255
NAME_CHARACTERS_MAX: Final = 200
EMAIL_CHARACTERS_MAX: Final = 254
PHONE_CHARACTERS_MAX: Final = 40
PAGE_ROWS_DEFAULT: Final = 50
PAGE_ROWS_MAX: Final = 200
AVAILABILITY_DAYS_MAX: Final = 62

# Rates: a school class books from one address, a script does not get far
WRITES_BURST: Final = 120
WRITES_PER_SECOND: Final = 20.0
READS_BURST: Final = 600
READS_PER_SECOND: Final = 100.0
RATE_CLIENTS_MAX: Final = 50_000

# Bookings
PARTY_MAX: Final = 500
SLOTS_PER_BOOKING_MAX: Final = 12
CAPACITY_MAX: Final = 100_000
HOLD_SECONDS_MIN: Final = 30
HOLD_SECONDS_MAX: Final = 3_600
HOLD_SECONDS_DEFAULT: Final = 600
ALTERNATIVES_MAX: Final = 5
ALTERNATIVE_DAYS: Final = 14
DUPLICATE_WINDOW_MINUTES: Final = 180
UNDO_SECONDS: Final = 60
WAITING_OFFER_MINUTES_DEFAULT: Final = 30
MATERIALISE_DAYS_AHEAD: Final = 90
SLOTS_PER_SCHEDULE_MAX: Final = 20_000

# Caches
AVAILABILITY_TTL_SECONDS: Final = 600.0
AVAILABILITY_STALE_AFTER_SECONDS: Final = 0.150
AVAILABILITY_DAYS_CACHED_MAX: Final = 4_096
SLOT_FACTS_CACHED_MAX: Final = 50_000

# Jobs and events
RELAY_BATCH_EVENTS: Final = 500
RELAY_POLL_SECONDS: Final = 2.0
JOB_ATTEMPTS_MAX: Final = 8
JOB_CONCURRENCY_MAX: Final = 32
SWEEP_SECONDS: Final = 30
JOB_HEARTBEAT_SECONDS: Final = 10

# Serving
DRAIN_SECONDS_MAX: Final = 20
REQUEST_SECONDS_MAX: Final = 15

assert STATEMENT_SECONDS_MAX > LOCK_SECONDS_MAX, "a statement must outlive its wait for locks"
assert COMMAND_DEADLINE_SECONDS >= STATEMENT_SECONDS_MAX, "a command must outlive its statement"
assert REQUEST_SECONDS_MAX > COMMAND_DEADLINE_SECONDS, "a request must outlive its command"
assert DRAIN_SECONDS_MAX > REQUEST_SECONDS_MAX, "draining waits for every request"
assert QUEUE_COMMANDS_MAX % GROUP_COMMANDS_MAX == 0, "a full queue is a whole number of groups"
assert HOLD_SECONDS_MIN < HOLD_SECONDS_DEFAULT < HOLD_SECONDS_MAX
assert PAGE_ROWS_DEFAULT <= PAGE_ROWS_MAX
assert WRITES_BURST > WRITES_PER_SECOND

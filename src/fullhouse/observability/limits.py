"""Limits of measurements, and when a part of the system is degraded or unhealthy."""

from typing import Final, NamedTuple

from fullhouse.storage.limits import SLOW_QUERY_SECONDS
from fullhouse.telemetry.metrics import TAKES_KEPT

MEASURED_SECONDS: Final = 10
"""Each process writes what it measured so often."""
PUBLISHED_SECONDS: Final = 1
"""So old are at most the durations of other processes in what one reports of all."""
MEASURED_SERIES_MAX: Final = 5_000
"""Combinations of label values in one process; what comes later is not kept."""
PERIODS: Final = (MEASURED_SECONDS, 60, 3_600, 86_400)
"""Seconds of the periods that measurements are kept by; each is merged into the next."""
MERGE_DELAY_SECONDS: Final = 30
"""A period is merged so long after it ended: other processes may be late."""
MERGED_ROWS_MAX: Final = 2_000
"""Rows merged by one statement; the next goes on."""
KEPT_DAYS: Final = (1, 4, 400, 1_200)
"""How long the measurements of each of `PERIODS` are kept."""
ROWS_PRUNED_MAX: Final = 2_000
LATENCY_POINTS: Final = 60
"""Steps of a chart, or some fewer or more: they are multiples of a period."""
SLOW_QUERIES_KEPT_MAX: Final = 1_000
SLOW_QUERIES_SHOWN_MAX: Final = 100
PLAN_EVERY_SECONDS: Final = 3_600
"""The plan of one statement is read so often at the most."""
PLAN_SECONDS_MAX: Final = 2.0
PLAN_CHARACTERS_MAX: Final = 20_000

assert all(kept > period / 86_400 for kept, period in zip(KEPT_DAYS, PERIODS[1:], strict=False)), (
    "a period is kept until it has been merged"
)

SLOW_SECONDS: Final = SLOW_QUERY_SECONDS
VERY_SLOW_SECONDS: Final = 1.0

HEALTH_CHECK_SECONDS: Final = 2.0
HEALTH_CHECK_SECONDS_MAX: Final = 2.0
HEALTH_AGE_SECONDS_MAX: Final = 5.0
HEALTH_WINDOW_SECONDS: Final = 60

STATEMENTS_P95_SECONDS_MAX: Final = 1.0
STATEMENTS_P99_SECONDS_MAX: Final = 2.0
STATEMENTS_FAILED_MAX: Final = 10
"""From so many in a minute the database is unhealthy."""
STATEMENTS_SLOW_MAX: Final = 20
STATEMENTS_OF_P95_MIN: Final = 20
STATEMENTS_OF_P99_MIN: Final = 100
"""Of fewer statements the quantile is the slowest one: a single export is no fault."""
CONNECTIONS_SHARE_MAX: Final = 0.9

NOTIFICATIONS_MINUTES: Final = 15
NOTIFICATIONS_COUNTED_MAX: Final = 1_000
NOTIFICATIONS_MIN: Final = 10
"""Of fewer the rate says nothing."""
NOTIFICATIONS_RATE_DEGRADED: Final = 0.95
NOTIFICATIONS_RATE_UNHEALTHY: Final = 0.9
NOTIFICATIONS_WAIT_DEGRADED_SECONDS: Final = 60.0
NOTIFICATIONS_WAIT_UNHEALTHY_SECONDS: Final = 900.0

MEMORY_FREE_SHARE_DEGRADED: Final = 0.1
MEMORY_FREE_SHARE_UNHEALTHY: Final = 0.03
LOAD_PER_PROCESSOR_MAX: Final = 4.0
DISK_FREE_SHARE_DEGRADED: Final = 0.1

LOOP_BEAT_SECONDS: Final = 0.25
LOOP_LOOK_SECONDS: Final = 1.0
LOOP_SILENT_LOOKS_MAX: Final = 2
LOOP_BLOCKED_LOOKS_MAX: Final = 30
LOOP_FRAMES_SHOWN_MAX: Final = 12
LOOP_PAUSES_KEPT: Final = round(HEALTH_WINDOW_SECONDS / LOOP_BEAT_SECONDS)
LOOP_PAUSE_SECONDS_MAX: Final = 1.0

FLEET_SECONDS: Final = 10.0
"""A web process says so often that its machine serves, and reads which others do."""
PEERS_ASKED_MAX: Final = 8
"""Of more machines only so many are asked whether they reach the database."""
PEER_SECONDS_MAX: Final = 1.0
PEERS_NOTICE_SECONDS: Final = 8.0
"""So long the others may take to notice that the database is away for them as well."""

assert HEALTH_CHECK_SECONDS + HEALTH_CHECK_SECONDS_MAX < HEALTH_AGE_SECONDS_MAX, (
    "a check that takes its whole time leaves no old answer"
)

MEMORY_SECONDS: Final = 10.0
"""Each process looks so often at the memory it has."""
MEMORY_KEPT_EVERY: Final = 6
"""Of so many looks one is kept in a row: one a minute."""
MEMORY_SETTLES_SECONDS: Final = 120.0
"""After its start a process fills its pools and caches."""
GROWTH_SECONDS: Final = 960.0
"""Memory is judged over this time, so a leak is found within 20 minutes of the start."""
GROWTH_SAMPLES_MIN: Final = 30
GROWN_BYTES_MIN: Final = 16 * 1024 * 1024
GROWN_SHARE_MIN: Final = 0.05
MEMORY_BOUND_SHARE: Final = 0.5
"""Of the machine's memory; a process that has more is replaced."""
MEMORY_BOUND_LOOKS: Final = 3
REPLACED_AFTER_SECONDS_MIN: Final = 900.0
"""A process is not replaced before it is so old, and asks again as seldom."""
CENSUS_OBJECTS_MAX: Final = 100_000
"""Of more objects only every second, third ... is looked at."""
GROWN_TYPES_SHOWN_MAX: Final = 10
MEMORY_GROWTHS_KEPT_DAYS: Final = 400
MEMORY_GROWTHS_SHOWN_MAX: Final = 20
MEMORY_ALERT_SECONDS: Final = 1_800.0
"""The operator is told so long of a process whose memory grew."""

ALERT_SECONDS: Final = 10.0
"""One process looks so often whether something is wrong."""
ALERT_LEASE_SECONDS: Final = 30.0
"""Another process watches when the one that did is not heard of for so long."""
ALERT_CALM_SECONDS: Final = 60.0
"""An alert is over when nothing was wrong for so long: what comes and goes is one alert."""
ALERT_REMIND_SECONDS: Final = 1_800.0
"""Of a critical alert that nobody looks at people are told again."""
ESCALATION_STEPS_MAX: Final = 5
ESCALATION_HOURS_MAX: Final = 24
ALERT_SEND_SECONDS_MAX: Final = 10.0
ALERT_RETRY_SECONDS: Final = 30.0
HEARTBEAT_SECONDS: Final = 60.0
ALERTS_KEPT_DAYS: Final = 800
ALERTS_SHOWN_MAX: Final = 200
MODE_CHANGES_READ_MAX: Final = 1_000
ALERTS_OF_MONTH_MAX: Final = 5_000
WATCH_GAP_MINUTES_MAX: Final = 2
"""Of an hour: so long another process may take to watch, and nothing was lost."""
SILENCE_HOURS_MAX: Final = 24 * 14
ALERT_NOTE_CHARACTERS_MAX: Final = 200
"""Of a note on an alert, and of why one is silenced."""

DATABASE_SECONDS: Final = 5.0
"""What the server says of itself is read so often while somebody looks."""
DATABASE_READ_SECONDS_MAX: Final = 5.0
DATABASE_STATEMENT_SECONDS_MAX: Final = 1.0
DATABASE_ROWS_MAX: Final = 20
DATABASE_SESSIONS_MAX: Final = 200
STATEMENT_CHARACTERS_SHOWN_MAX: Final = 160
UNUSED_INDEX_BYTES_MIN: Final = 32 * 1024 * 1024
UNUSED_INDEX_DAYS_MIN: Final = 30
"""Some are used by a report at the end of a month alone."""
BLOCKED_SECONDS_MAX: Final = 1.0
"""A lock that is waited for longer is worth a look: ours are held for milliseconds."""
LONG_TRANSACTION_SECONDS: Final = 60.0
IDLE_TRANSACTION_SECONDS_MAX: Final = 10.0
CACHE_BLOCKS_MIN: Final = 1_000_000
CACHE_HIT_SHARE_MIN: Final = 0.95
DEAD_ROWS_MIN: Final = 50_000
DEAD_ROWS_SHARE_MAX: Final = 0.3
TRANSACTION_AGE_SHARE_MAX: Final = 0.4
"""Autovacuum sets in at a tenth; from here on it was kept from it for long."""
STANDBY_SECONDS_MAX: Final = 30.0
SLOT_BYTES_MAX: Final = 1024 * 1024 * 1024

OVERVIEW_SECONDS: Final = 3.0
"""What rows say of the installation is read so often while somebody looks."""
OVERVIEW_CAPACITY_SECONDS: Final = 60.0
OVERVIEW_FIGURES_SECONDS: Final = 10.0
OVERVIEW_READ_SECONDS_MAX: Final = 3.0
OVERVIEW_CHANGES_MAX: Final = 12

ALERT_BOOKINGS_MIN: Final = 20
"""Of fewer attempts a share says nothing."""
ALERT_FAILURES_MIN: Final = 3
"""One guest's bad luck in a quiet morning is a large share and no reason to wake anybody."""
BURN_FAILURES_MIN: Final = 10
ALERT_DELIVERIES_FAILED_MIN: Final = 10
"""One receiver that is away for a moment is its own business."""
ALERT_LOOKUPS_MIN: Final = 1_000
"""In five minutes. A cache that hardly anybody asks is cold, and nobody notices."""
CHECKS_SECONDS: Final = 3_600.0
"""Certificate, clock and backups are looked at so often: they change in days."""
CHECKS_SECONDS_MAX: Final = 8.0


class BurnRate(NamedTuple):
    """So many times the budget's even pace, over a long span and still over a short one."""

    rate: float
    long_seconds: int
    short_seconds: int
    wakes: bool
    is_of_busy_days: bool = False
    """Judged only within a day of one: then a minute costs what an hour does else."""


BURN_RATES: Final = (
    BurnRate(36, 300, 60, wakes=True, is_of_busy_days=True),
    BurnRate(14.4, 3_600, 300, wakes=True),
    BurnRate(6, 21_600, 1_800, wakes=True),
    BurnRate(3, 86_400, 7_200, wakes=False),
    BurnRate(1, 259_200, 21_600, wakes=False),
)

GAUGE_DELAY_SECONDS: Final = 30
"""A minute is looked at so long after it ended: other processes may write late."""
GAUGE_MINUTES_KEPT_DAYS: Final = 14
GAUGE_TEN_MINUTES_KEPT_DAYS: Final = 60
GAUGE_HOURS_KEPT_DAYS: Final = 400
QUEUE_COUNTED_MAX: Final = 100_000
QUEUE_DEPTH_MAX: Final = 10_000
"""Due jobs that a worker has done within minutes; more of them for days it never will."""
TRENDS_SECONDS: Final = 600
TREND_COVERED_SHARE_MIN: Final = 0.9
"""Of the span of a trend: of a part of it nothing is foretold."""
TREND_KEPT_HOURS: Final = 6
TREND_AVERTED_SHARE: Final = 1.25
EXPECTATION_WEEKS: Final = 8
EXPECTATION_HOURS_MIN: Final = 24
"""Of fewer hours nothing is expected."""
UNUSUAL_HOURS_MIN: Final = 168
"""Before it has seen a week nothing is unusual, and before two no day is."""
UNUSUAL_KEPT_MINUTES: Final = 60
SHIFT_SPREADS_MIN: Final = 3.0
EXPECTATION_SPREADS: Final = 3.0
"""From so many spreads below to so many above what is usual nobody wonders."""

assert EXPECTATION_WEEKS * 7 <= GAUGE_TEN_MINUTES_KEPT_DAYS, "what is learnt from is kept"
assert ALERT_LEASE_SECONDS > 2 * ALERT_SECONDS, "who watches renews its lease in time"
assert CHECKS_SECONDS_MAX < ALERT_SECONDS, "a server that does not answer delays no look by more"
assert LOOP_SILENT_LOOKS_MAX < LOOP_BLOCKED_LOOKS_MAX, "it is named before it is ended"
assert MEASURED_SECONDS * TAKES_KEPT == HEALTH_WINDOW_SECONDS, "so long statements are kept"

INDEX_ROWS_MIN: Final = 10_000
"""Of a smaller table the rows are read as fast without an index."""
INDEX_COST_MIN: Final = 300.0
"""A statement that the planner holds to be cheaper needs no index, however hot it is."""
INDEX_COST_SHARE_MAX: Final = 0.7
"""An index is worth proposing that leaves at most so much of a statement's cost."""
INDEX_ORDER_SHARE_MAX: Final = 0.5
"""An index for the order alone spares a sort only where at most so much of it is asked for."""
INDEX_ROWS_FEW: Final = 100
"""Columns that leave so few rows need no other one beside them."""
INDEX_COLUMNS_MAX: Final = 4
INDEX_VALUES_MIN: Final = 20
"""A column with fewer values tells too few rows apart to be worth its place in an index."""
INDEX_PREDICATE_SHARE_MAX: Final = 0.25
"""A condition that more rows meet makes no partial index."""
ADVISED_QUERIES_MAX: Final = 100
"""So many statements are looked at, those that took most time in all first."""
ADVICE_HOURS: Final = 24
ADVICE_SECONDS_MIN: Final = 1.0
"""A statement that took less in all of the hours, and was never slow, needs nothing."""
PROPOSALS_MAX: Final = 20
PROPOSED_AGAIN_DAYS: Final = 30
"""What was undone, or came to nothing, is not proposed again for so long."""
OPTIMISATIONS_SHOWN_MAX: Final = 200
OPTIMISATIONS_KEPT_DAYS: Final = 800

INDEX_BUILD_SECONDS_MAX: Final = 240.0
INDEX_LOCK_SECONDS_MAX: Final = 15.0
"""Building waits so long for older transactions, which no write waits for, and then gives up."""
INDEX_TABLE_BYTES_MAX: Final = 20 * 1024**3
INDEXES_A_DAY_MAX: Final = 3
INDEXES_KEPT_MAX: Final = 12
TRIAL_SECONDS_MIN: Final = 300.0
TRIAL_SECONDS: Final = 1_500.0
"""A trial is judged after so long: with a run every five minutes, harm is gone within 35."""
TRIAL_HOURS_MAX: Final = 24.0
TRIAL_BEFORE_HOURS: Final = 1.0
TRIAL_SETTLE_SECONDS: Final = 20.0
"""What is measured so soon after building is not counted: pages are read into memory."""
TRIAL_RUNS_MIN: Final = 20
TRIAL_WRITES_MIN: Final = 100
TRIAL_READS_SHARE_MAX: Final = 0.7
TRIAL_WRITES_SHARE_MAX: Final = 1.05
"""Kept only when statements take at most the first, and writes the second, of before."""
assert MEMORY_SETTLES_SECONDS + GROWTH_SECONDS < 20 * 60, "a leak is found in 20 minutes"
assert OVERVIEW_FIGURES_SECONDS >= MEASURED_SECONDS, "there is nothing new before that"

BUSY_HOUR_TIMES: Final = 2.0

POOL_TUNE_SECONDS: Final = 60.0
POOL_WINDOWS: Final = 5
"""So many minutes before a step are compared with as many after it."""
POOL_LEASES_MIN: Final = 600
"""A minute with fewer says nothing."""
POOL_STEP: Final = 2
POOL_SIZE_MIN: Final = 4
POOL_WAIT_SECONDS_GOOD: Final = 0.002
POOL_SHARE_MAX: Final = 0.9
"""A step is kept that leaves at most so much of the time of waiting and statement."""
POOL_REST_WINDOWS: Final = 30
"""After a step that was undone, or kept, it is left alone for so long."""

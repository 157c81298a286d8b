"""Limits of measurements, and when a part of the system is degraded or unhealthy."""

from typing import Final

from fullhouse.storage.limits import SLOW_QUERY_SECONDS

MEASURED_SECONDS: Final = 10
"""Each process writes what it measured so often."""
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
HEALTH_WINDOW_SECONDS: Final = 60.0

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

assert HEALTH_CHECK_SECONDS + HEALTH_CHECK_SECONDS_MAX < HEALTH_AGE_SECONDS_MAX, (
    "a check that takes its whole time leaves no old answer"
)

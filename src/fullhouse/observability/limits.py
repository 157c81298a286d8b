"""Limits of measurements."""

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
POINTS_MAX: Final = 200
"""Points of a chart."""
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

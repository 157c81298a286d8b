"""Limits of load scenarios and of the benchmark."""

from typing import Final

LOAD_REQUESTS_MAX: Final = 100_000
LOAD_SECONDS_MAX: Final = 3_600
LOAD_ANSWER_SECONDS_MAX: Final = 30.0
LOAD_CONNECTIONS_MAX: Final = 1_024
LOAD_SETTLE_SECONDS_MAX: Final = 60.0
BENCH_START_SECONDS_MAX: Final = 60.0
BENCH_DISCARD_SECONDS_MAX: Final = 60.0

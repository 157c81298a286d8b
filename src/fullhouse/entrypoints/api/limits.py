"""Limits of the JSON API: queries, cached bodies, live streams."""

from typing import Final

QUERY_PARAMETERS_MAX: Final = 32
QUERIES_CACHED_MAX: Final = 1_024
AVAILABILITY_BODIES_CACHED_MAX: Final = 2_048
LIVE_SECONDS: Final = 1.0
LIVE_SILENCE_SECONDS_MAX: Final = 15.0

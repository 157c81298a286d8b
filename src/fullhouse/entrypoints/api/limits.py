"""Limits of the JSON API: cached bodies, live streams."""

from typing import Final

AVAILABILITY_BODIES_CACHED_MAX: Final = 2_048
LIVE_SECONDS: Final = 1.0
LIVE_SILENCE_SECONDS_MAX: Final = 15.0

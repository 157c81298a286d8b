"""Limits of the JSON API: cached bodies, live streams."""

from typing import Final

AVAILABILITY_BODIES_BYTES_MAX: Final = 64 * 1024 * 1024
AVAILABILITY_SLOTS_PER_TOKEN: Final = 100
LIVE_SECONDS: Final = 1.0
LIVE_SILENCE_SECONDS_MAX: Final = 15.0
LIVE_STREAMS_PER_TURN_MAX: Final = 64
LIVE_EVENTS_PENDING_MAX: Final = 8

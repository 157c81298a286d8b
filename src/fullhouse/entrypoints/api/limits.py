"""Limits of the JSON API: cached bodies."""

from typing import Final

AVAILABILITY_BODIES_BYTES_MAX: Final = 64 * 1024 * 1024
AVAILABILITY_SLOTS_PER_TOKEN: Final = 100
AVAILABILITY_SLOTS_PER_TURN: Final = 200

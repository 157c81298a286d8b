"""Limits of one request."""

from typing import Final

BODY_BYTES_MAX: Final = 64 * 1024
FORM_FIELDS_MAX: Final = 64
FORM_TEXT_BYTES_MAX: Final = 256 * 1024
"""Of a form with files: legal texts in several languages are long."""
FORM_BYTES_PER_TURN_MAX: Final = 1024 * 1024
"""Of a form with files, searched in one turn of the event loop: at most 3 ms."""
PART_HEAD_BYTES_MAX: Final = 2_048
"""What a form with files says before each of them."""
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255
REQUEST_SECONDS_MAX: Final = 15
OVERLOAD_RETRY_SECONDS_MAX: Final = 3
"""Programs that were refused come back after one to so many seconds: each refusal takes the time of
a quarter of a booking."""
COMPRESSED_BYTES_MIN: Final = 1_024
"""A smaller body fits into one packet as it is."""
COMPRESSED_BODIES_BYTES_MAX: Final = 4 * 1024 * 1024
COMPRESSIONS_AT_ONCE_MAX: Final = 2

LIVE_SECONDS: Final = 1.0
LIVE_SILENCE_SECONDS_MAX: Final = 15.0
LIVE_STREAMS_PER_TURN_MAX: Final = 64
LIVE_EVENTS_PENDING_MAX: Final = 8

"""Limits of one request."""

from typing import Final

BODY_BYTES_MAX: Final = 64 * 1024
FORM_FIELDS_MAX: Final = 64
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255
REQUEST_SECONDS_MAX: Final = 15

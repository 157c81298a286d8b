"""Limits of organisations, venues, keys and sessions, and of the texts that name people."""

from typing import Final

NAME_CHARACTERS_MAX: Final = 200
EMAIL_CHARACTERS_MAX: Final = 254
PHONE_CHARACTERS_MAX: Final = 40
SLUG_CHARACTERS_MAX: Final = 63

SIGN_IN_LINK_HOURS: Final = 24
STAFF_SESSION_HOURS: Final = 12
API_KEY_USE_NOTED_SECONDS: Final = 60
ORGANISATIONS_LISTED_MAX: Final = 1_000
VENUES_LISTED_MAX: Final = 200
API_KEYS_LISTED_MAX: Final = 200
ORGANISATIONS_BYTES_MAX: Final = 16 * 1024 * 1024
ORGANISATION_TTL_SECONDS: Final = 60.0

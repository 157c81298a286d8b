"""Limits of customers."""

from typing import Final

CUSTOMER_TTL_SECONDS: Final = 3_600
CUSTOMERS_CACHED_BYTES_MAX: Final = 8_000_000
CUSTOMERS_PER_CONTACT_MAX: Final = 20
CUSTOMERS_MERGED_AT_ONCE_MAX: Final = 10
SUBJECTS_SHOWN_MAX: Final = 100
TAGS_MAX: Final = 20
TAG_CHARACTERS_MAX: Final = 40
CUSTOMER_NOTE_CHARACTERS_MAX: Final = 2_000
SCORED_BOOKINGS_MAX: Final = 5
"""Bookings beyond these raise the engagement score no more."""

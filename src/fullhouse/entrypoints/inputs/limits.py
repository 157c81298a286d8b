"""Limits of what a request may contain."""

from typing import Final

SOURCE_FIELDS_MAX: Final = 12
POSITION_MAX: Final = 10_000

AVAILABILITY_DAYS_MAX: Final = 62
LISTED_DAYS_DEFAULT: Final = 31
LISTED_DAYS_MAX: Final = 366

"""Names of time zones."""

import zoneinfo
from typing import Final

_OTHER_TIMES: Final = frozenset({"posix", "right"})
"""Copies of the tz database on some machines, one of which counts leap seconds."""


def is_zone(name: str) -> bool:
    """Whether the tz database knows this place; paths and odd characters are no names."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    area, _, place = name.partition("/")
    return name == "UTC" or (place != "" and area not in _OTHER_TIMES)

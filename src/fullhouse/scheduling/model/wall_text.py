"""Days and wall times as requests and forms write them."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from msgspec import Meta

from fullhouse.kernel.errors import InvalidInput
from fullhouse.scheduling.limits import YEAR_MAX, YEAR_MIN

WallTime = Annotated[
    str,
    Meta(
        pattern=r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]$",
        description="What the clock at the venue shows, without an offset: `2027-06-12T08:30`.",
        examples=["2027-06-12T08:30"],
    ),
]


_HALF_DAY: Final = 12
_TIME: Final = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h] ?(?P<minute>[0-9]{2})(?::00)?| ?h)?"
    r"(?: ?(?:uhr|(?P<half>[ap])\.?m\.?))?"
)


def wall_time(text: str, field: str) -> datetime:
    """Raises `InvalidInput` naming `field`."""
    try:
        return datetime.fromisoformat(text)  # naive on purpose: the venue's zone gives it meaning
    except ValueError:
        raise InvalidInput(
            f"{text} is no day and time. Send one like 2027-06-12T08:30.", field=field
        ) from None


def wall_text(wall: datetime) -> str:
    return wall.isoformat(timespec="minutes")


def read_time(text: str) -> time:
    """A time of the day as people write one: `8`, `8:30`, `8.30`, `8h30`, `8 Uhr`, `1:30 pm`.

    Raises `ValueError`.
    """
    found = _TIME.fullmatch(text.strip().casefold())
    if found is None:
        raise ValueError(text)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= _HALF_DAY:
            raise ValueError(text)
        hour = hour % _HALF_DAY + (_HALF_DAY if found["half"] == "p" else 0)
    return time(hour, minute)


def read_date(text: str | None) -> date | None:
    """The day, or None for text that is no day: for links, which people edit by hand.

    None as well for a day so far away that the next one, or the same one elsewhere, may not exist.
    """
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if YEAR_MIN <= day.year <= YEAR_MAX else None


def day_range(
    first: date, last: date | None, *, days_default: int, days_max: int
) -> tuple[date, date]:
    """The first and last day of a query; raises `InvalidInput` for too many, or none."""
    if not YEAR_MIN <= first.year <= YEAR_MAX:
        raise InvalidInput(f"Choose a day between {YEAR_MIN} and {YEAR_MAX}.", field="from")
    end = last or first + timedelta(days=days_default - 1)
    if end < first:
        raise InvalidInput(
            "The last day comes before the first. Swap them, or choose a later one.", field="to"
        )
    if (end - first).days >= days_max:
        raise InvalidInput(f"Ask for at most {days_max} days.", field="to")
    return first, end

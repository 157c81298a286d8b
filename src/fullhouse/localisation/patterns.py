"""Patterns of dates and times (Unicode CLDR) for a locale in a country."""

import re
from functools import lru_cache
from typing import Final

from babel import Locale
from msgspec import Struct

from fullhouse.localisation.locales import has_month_first, has_twelve_hours

PERIOD_HOURS: Final = 12
"""Hours of AM and of PM."""

_REMEMBERED: Final = 1_000
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


class Patterns(Struct, frozen=True):
    """Patterns in the notation of Unicode (UTS 35)."""

    full_date: str
    long_date: str
    short_date: str
    day: str
    date_time: str
    dated_time: str
    listed_time: str
    listed_dated_time: str
    month: str
    time: str
    time_without_period: str


@lru_cache(_REMEMBERED)
def patterns_of(locale: Locale, country: str) -> Patterns:
    """The locale's order of weekday, day and month, at the widths that are shown (UTS 35)."""
    skeletons = locale.datetime_skeletons
    listed_date = re.sub("E+|c+", "EEE", str(skeletons["MMMEd"].pattern))
    short_date = re.sub("M+", "MMMM", listed_date)
    long_date = short_date.replace("EEE", "EEEE")
    year = ", y" if has_month_first(locale) else " y"
    time = str(skeletons["hm" if has_twelve_hours(locale, country) else "Hm"].pattern)
    time = re.sub(r"\s", _NO_BREAK, time)
    return Patterns(
        full_date=long_date + year,
        long_date=long_date,
        short_date=short_date,
        day=str(skeletons["MMMd"].pattern),
        date_time=f"{short_date}, {time}",
        dated_time=f"{short_date}{year}, {time}",
        listed_time=f"{listed_date}, {time}",
        listed_dated_time=f"{listed_date}{year}, {time}",
        month=str(skeletons["yMMMM"].pattern),
        time=time,
        time_without_period=re.sub(r"\s*a\s*", "", time),
    )

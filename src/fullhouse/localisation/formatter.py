"""Dates, times, numbers and money in one locale and in the wall time of one zone.

Nothing else formats what people read: the rules of a locale (CLDR) are here, and what programs
read is ISO 8601.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import floor
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_day_names, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from msgspec import Struct

from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan, merged
from fullhouse.localisation.amounts import money_shown, money_text
from fullhouse.localisation.locales import first_weekday, locale_at, number_locale
from fullhouse.localisation.patterns import PERIOD_HOURS, Patterns, patterns_of
from fullhouse.localisation.translations import Translations, translations_of

_MIDNIGHT = time(0)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_MINUTES_SHOWN_BELOW = 120
_MINUTES_EXACT_TO = 60
_SECONDS_SHOWN_FROM = 10
_MILLISECONDS_SHOWN_FROM = 0.001
_DECIMAL_SHOWN_BELOW = 100
_THOUSAND = 1000
_TIMES_REMEMBERED = 4_096


class LocaleFormatter(Struct, frozen=True):
    """Formats for one locale. Instants of any zone are shown in the wall time of `zone`.

    `country` (ISO 3166-1) is the venue's. It decides what a language leaves open: English is
    American in Chicago and British in London. With `names_zone` every time carries the name of the
    zone, where no page says which one it is. `this_year` is the year that goes without saying; 0
    says none.
    """

    locale: Locale
    zone: ZoneInfo
    translations: Translations
    country: str = ""
    names_zone: bool = False
    this_year: int = 0

    def long_date(self, day: date) -> str:
        """`Saturday 14 June`, American `Saturday, June 14`."""
        return self._date(day, self._patterns.long_date)

    def full_date(self, day: date) -> str:
        """`Saturday 14 June 2027`, American `Saturday, June 14, 2027`."""
        return self._date(day, self._patterns.full_date)

    def short_date(self, day: date) -> str:
        """`Sat 14 June`, American `Sat, June 14`."""
        return self._date(day, self._patterns.short_date)

    def day(self, day: date) -> str:
        """`14 Jun`, American `Jun 14`: for the axis of a chart."""
        return self._date(day, self._patterns.day)

    def month(self, day: date) -> str:
        """`June 2027`."""
        return self._date(day, self._patterns.month)

    def time(self, instant: datetime) -> str:
        """`10:30` or `10:30 AM`; with the zone in the hour that a clock change repeats."""
        local = self.local(instant)
        return self._time(local, self._patterns.time, named=self._needs_zone(local))

    def time_on(self, day: date, instant: datetime) -> str:
        """The time; with its day when that is another than `day`."""
        same = self.local(instant).date() == day
        return self.time(instant) if same else self.date_time(instant)

    def time_range(self, start: datetime, end: datetime) -> str:
        """`10:00 - 11:00`, `11:00 AM - 1:00 PM`; with the day of the end when it is another."""
        first, last = self.local(start), self.local(end)
        if not _is_one_day(first, last):
            return f"{self.time(start)} \N{EN DASH} {self.date_time(end)}"
        named = self._needs_zone(first) or self._needs_zone(last)
        pattern = self._patterns.time
        if not named and (first.hour < PERIOD_HOURS) == (last.hour < PERIOD_HOURS):
            pattern = self._patterns.time_without_period
        begin = self._time(first, pattern, named=named)
        return f"{begin} \N{EN DASH} {self._time(last, self._patterns.time, named=named)}"

    def date_time(self, instant: datetime) -> str:
        """`Sat 14 June, 10:30`, American `Sat, June 14, 10:30 AM`; with a year that is another."""
        return self._dated(instant, self._patterns.date_time, self._patterns.dated_time)

    def listed_time(self, instant: datetime) -> str:
        """The same for the cells of a table: `Sat 14 Jun, 10:30`, American `Sat, Jun 14, ...`."""
        return self._dated(instant, self._patterns.listed_time, self._patterns.listed_dated_time)

    def timespans(self, spans: Iterable[Timespan]) -> str:
        """Spans with touching ones merged: `Saturday 14 June 2027, 10:00 - 11:00`."""
        return "; ".join(map(self._timespan, merged(spans)))

    def money(self, money: Money) -> str:
        """`$12.00`, with the decimals that are customary unless they would hide a part."""
        return money_shown(money, number_locale(self.locale))

    def sheet_time(self, instant: datetime) -> str:
        """`2027-06-12 10:30`, which every spreadsheet reads as a time: see `sheet_zone`."""
        return self.local(instant).replace(tzinfo=None).isoformat(" ", "minutes")

    def sheet_zone(self, instant: datetime) -> str:
        """`America/Chicago, UTC-05:00`: what a time in a spreadsheet needs to be an instant."""
        return f"{self.zone.key}, UTC{self.local(instant).isoformat()[-len('+00:00') :]}"

    def sheet_amount(self, money: Money) -> str:
        """`12.00`, which a spreadsheet of the language reads as a number."""
        return money_text(money, self.translations.locale)

    def percent(self, hundredths: int) -> str:
        """`50%`, in German `50 %`."""
        return format_percent(hundredths / 100, locale=number_locale(self.locale))

    def share(self, share: float) -> str:
        """`99.95%`, in German `99,95 %`; rounded down: 99.999 % is not all."""
        hundredths = floor(round(share * 10_000, 6)) / 10_000
        return format_percent(
            hundredths, locale=number_locale(self.locale), decimal_quantization=False
        )

    def figure(self, n: float) -> str:
        """`1,240` and `4.6`, in German `1.240` and `4,6`."""
        return format_decimal(n, locale=number_locale(self.locale))

    def size(self, count: int) -> str:
        """`312 kB`, `4.6 MB`, `1.2 GB`: of so many bytes, by powers of ten."""
        value, unit = count / _THOUSAND, "kB"
        for larger in ("MB", "GB", "TB"):
            if abs(value) < _THOUSAND:
                break
            value, unit = value / _THOUSAND, larger
        pattern = "#,##0" if value >= _DECIMAL_SHOWN_BELOW or unit == "kB" else "0.0"
        return f"{format_decimal(value, pattern, locale=number_locale(self.locale))} {unit}"

    def latency(self, seconds: float) -> str:
        """`40 µs`, `9.4 ms`, `250 ms`, `9,400 ms`, `12.3 s`."""
        if 0 < seconds < _MILLISECONDS_SHOWN_FROM:
            return f"{round(1e6 * seconds)} µs"
        value, unit = (seconds, "s") if seconds >= _SECONDS_SHOWN_FROM else (1000 * seconds, "ms")
        pattern = "#,##0" if value >= _DECIMAL_SHOWN_BELOW else "0.0"
        return f"{format_decimal(value, pattern, locale=number_locale(self.locale))} {unit}"

    def duration(self, length: timedelta) -> str:
        """`30 minutes`, `70 minutes`, `3 hours`: rounded down, the more the longer it is."""
        minutes = length // _MINUTE
        minutes -= minutes % 10 if minutes > _MINUTES_EXACT_TO else 0
        if minutes < _MINUTES_SHOWN_BELOW:
            return self.translations.ngettext("%(n)s minute", "%(n)s minutes", minutes)
        return self.translations.ngettext("%(n)s hour", "%(n)s hours", minutes // 60)

    def exact_duration(self, length: timedelta) -> str:
        """`1 day`, `1 hour 30 minutes`, `10 minutes`: nothing is rounded but parts of a second."""
        ngettext = self.translations.ngettext
        seconds = length // _SECOND
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        parts = (
            ngettext("%(n)s day", "%(n)s days", days) if days else "",
            ngettext("%(n)s hour", "%(n)s hours", hours) if hours else "",
            ngettext("%(n)s minute", "%(n)s minutes", minutes) if minutes else "",
            ngettext("%(n)s second", "%(n)s seconds", seconds) if seconds else "",
        )
        return " ".join(filter(None, parts)) or ngettext("%(n)s minute", "%(n)s minutes", 0)

    def people(self, n: int) -> str:
        """`2 people`."""
        return self.translations.ngettext("%(n)s person", "%(n)s people", n)

    def number(self, n: int) -> str:
        """Numbers up to ten in words, as sentences spell them; others in digits."""
        words = self.translations.pgettext(
            "numbers from 0", "no one,one,two,three,four,five,six,seven,eight,nine,ten"
        ).split(",")
        return words[n] if 0 <= n < len(words) else str(n)

    def listing(self, items: Sequence[str]) -> str:
        """`10:00, 10:30 and 11:00`."""
        return format_list(items, locale=self.locale)

    def zone_city(self) -> str:
        """`Chicago`."""
        return get_timezone_location(self.zone.key, locale=self.locale, return_city=True)

    @property
    def first_weekday(self) -> int:
        """First day of the week in the country, else in the locale; 0 for Monday."""
        return first_weekday(self.locale, self.country)

    @property
    def weekdays(self) -> tuple[tuple[str, str], ...]:
        """Short and full names of the days, from the first of the week."""
        short = get_day_names("short", context="stand-alone", locale=self.locale)
        wide = get_day_names("wide", context="stand-alone", locale=self.locale)
        days = [(self.first_weekday + n) % 7 for n in range(7)]
        return tuple((short[day], wide[day]) for day in days)

    def weekday(self, number: int) -> str:
        """`Monday` for 0, within a sentence."""
        return str(get_day_names("wide", context="format", locale=self.locale)[number])

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return self.local(now).date()

    @property
    def _patterns(self) -> Patterns:
        return patterns_of(self.locale, self.country)

    def _needs_zone(self, local: datetime) -> bool:
        """Whether the wall time alone could be two instants."""
        return self.names_zone or (
            local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
        )

    def _timespan(self, span: Timespan) -> str:
        day = self.full_date(self.local(span.start).date())
        return f"{day}, {self.time_range(span.start, span.end)}"

    def _dated(self, instant: datetime, of_this_year: str, of_another: str) -> str:
        local = self.local(instant)
        pattern = of_another if self.this_year not in {0, local.year} else of_this_year
        return self._time(local, pattern, named=self._needs_zone(local))

    def _date(self, day: date, pattern: str) -> str:
        return format_date(day, format=pattern, locale=self.locale)

    def _time(self, local: datetime, pattern: str, *, named: bool) -> str:
        text = _formatted(local.replace(tzinfo=None), pattern, self.locale)
        return f"{text} {self._zone_name(local)}" if named else text

    def _zone_name(self, local: datetime) -> str:
        """`CDT`; `GMT-05:00` where the language has no short name."""
        name = format_datetime(local, format="z", tzinfo=self.zone, locale=self.locale)
        if name.startswith(("+", "-")):
            return format_datetime(local, format="ZZZZ", tzinfo=self.zone, locale=self.locale)
        return name


@lru_cache(_TIMES_REMEMBERED)
def _formatted(wall_time: datetime, pattern: str, locale: Locale) -> str:
    """By a pattern without a zone; guests of one day are told the same times over and over."""
    return format_datetime(wall_time, format=pattern, locale=locale)


def _is_one_day(first: datetime, last: datetime) -> bool:
    """Whether a span ends on the day on which it begins; midnight is still that day."""
    if last.time() == _MIDNIGHT:
        last -= timedelta(days=1)
    return first.date() == last.date()


def formatter_for(
    locale: str,
    zone: ZoneInfo,
    *,
    country: str = "",
    names_zone: bool = False,
    now: datetime | None = None,
) -> LocaleFormatter:
    """The formatter of a locale at a venue, see `locale_at`; `now` says which year it is."""
    found = locale_at(locale, country)
    year = 0 if now is None else now.astimezone(zone).year
    return LocaleFormatter(found, zone, translations_of(found), country, names_zone, year)


def utc_english() -> LocaleFormatter:
    """For commands, which speak English."""
    return formatter_for("en", ZoneInfo("UTC"), names_zone=True)

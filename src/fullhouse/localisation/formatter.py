"""Dates, times, numbers and money in one locale and in the wall time of one zone."""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.numbers import NumberPattern, get_currency_precision, get_currency_symbol
from msgspec import Struct

from fullhouse.kernel.currencies import minor_unit_digits
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan, merged
from fullhouse.localisation.negotiation import supported_locale
from fullhouse.localisation.translations import Translations, load_translations

_LOCALES_REMEMBERED: Final = 500


class LocaleFormatter(Struct, frozen=True):
    """Formats for one locale. Instants of any zone are shown in the wall time of `zone`.

    The date patterns are Unicode's (CLDR) and stand in the catalogues. `country` (ISO 3166-1) is
    the venue's.
    """

    locale: Locale
    zone: ZoneInfo
    translations: Translations
    country: str = ""

    def long_date(self, day: date) -> str:
        """`Saturday 14 June`."""
        return self._date(day, self.translations.pgettext("date pattern", "EEEE d MMMM"))

    def full_date(self, day: date) -> str:
        """`Saturday 14 June 2027`."""
        return self._date(day, self.translations.pgettext("date pattern", "EEEE d MMMM y"))

    def month(self, day: date) -> str:
        """`June 2027`."""
        return self._date(day, self.translations.pgettext("date pattern", "MMMM y"))

    def time(self, instant: datetime) -> str:
        """`10:30`; with the zone's abbreviation in the hour that a clock change repeats."""
        local = self.local(instant)
        if local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset():
            return self._datetime(local, self.translations.pgettext("date pattern", "HH:mm z"))
        return self._datetime(local, self.translations.pgettext("date pattern", "HH:mm"))

    def date_time(self, instant: datetime) -> str:
        """`Sat 14 June, 10:30`."""
        pattern = self.translations.pgettext("date pattern", "EEE d MMMM, HH:mm")
        return self._datetime(self.local(instant), pattern)

    def timespans(self, spans: Iterable[Timespan]) -> str:
        """Spans with touching ones merged: `Saturday 14 June 2027, 10:00 - 11:00`."""
        return "; ".join(map(self._timespan, merged(spans)))

    def money(self, money: Money) -> str:
        """`$12.00`, with the decimals that are customary (CLDR) unless they would hide a part."""
        digits = minor_unit_digits(money.currency)
        amount = Decimal(money.amount).scaleb(-digits)
        customary = get_currency_precision(money.currency)
        shown = customary if amount == round(amount, customary) else digits
        pattern = _currency_pattern(self.locale, money.currency, digits=shown)
        text: str = pattern.apply(
            amount, self.locale, currency=money.currency, currency_digits=False
        )
        return text

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
        *others, last = items
        return ", ".join(others) + self.translations.gettext(" and ") + last if others else last

    def zone_city(self) -> str:
        """`Chicago`."""
        return get_timezone_location(self.zone.key, locale=self.locale, return_city=True)

    @property
    def first_weekday(self) -> int:
        """First day of the week in the country, else in the locale; 0 for Monday."""
        return _first_weekday(self.locale, self.country)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return self.local(now).date()

    def _timespan(self, span: Timespan) -> str:
        first, last = self.local(span.start), self.local(span.end)
        end = self.time(last) if first.date() == last.date() else self.date_time(last)
        return f"{self.full_date(first.date())}, {self.time(first)} \N{EN DASH} {end}"

    def _date(self, day: date, pattern: str) -> str:
        return format_date(day, format=pattern, locale=self.locale)

    def _datetime(self, local: datetime, pattern: str) -> str:
        return format_datetime(local, format=pattern, tzinfo=self.zone, locale=self.locale)


@lru_cache(_LOCALES_REMEMBERED)
def _currency_pattern(locale: Locale, currency: str, *, digits: int) -> NumberPattern:
    """The locale's pattern, with a space after a symbol of letters (CLDR `currencySpacing`)."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    if get_currency_symbol(currency, locale)[-1:].isalpha():
        positive, negative = pattern.prefix
        pattern.prefix = (_spaced(positive), _spaced(negative))
    return pattern


def _spaced(prefix: str) -> str:
    return re.sub("\N{CURRENCY SIGN}$", "\\g<0>\xa0", prefix)


@lru_cache(_LOCALES_REMEMBERED)
def _first_weekday(locale: Locale, country: str) -> int:
    try:
        return Locale(locale.language, territory=country or None).first_week_day
    except UnknownLocaleError:
        return locale.first_week_day


def formatter_for(locale: str, zone: ZoneInfo, *, country: str = "") -> LocaleFormatter:
    """The formatter of the nearest supported locale, see `supported_locale`."""
    supported = supported_locale(locale)
    translations = load_translations()[supported.language]
    return LocaleFormatter(supported, zone, translations, country)

"""Days, times and money as people say them, in one language."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.numbers import format_currency, get_currency_precision

from fullhouse.entrypoints.web.words import Words
from fullhouse.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Speech:
    """Speaks of times at one venue. Instants come in UTC and are said in the venue's wall time."""

    words: Words
    zone: ZoneInfo
    country: str = ""

    def day(self, day: date) -> str:
        """`Sat 14 June`."""
        return self._date(day, "pattern.day")

    def day_long(self, day: date) -> str:
        """`Saturday 14 June`."""
        return self._date(day, "pattern.day_long")

    def day_year(self, day: date) -> str:
        """`Saturday 14 June 2027`."""
        return self._date(day, "pattern.day_year")

    def month(self, day: date) -> str:
        """`June 2027`."""
        return self._date(day, "pattern.month")

    def time(self, instant: datetime) -> str:
        """`10:30`; with the zone's abbreviation in the hour that the clocks show twice."""
        local = self.local(instant)
        twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
        return self._datetime(local, "pattern.time_zoned" if twice else "pattern.time")

    def day_time(self, instant: datetime) -> str:
        """`Sat 14 June, 10:30`."""
        return self._datetime(self.local(instant), "pattern.day_time")

    def money(self, money: Money) -> str:
        """`$12.00`, with the currency's own number of decimals."""
        digits = get_currency_precision(money.currency)
        amount = Decimal(money.amount).scaleb(-digits)
        return format_currency(amount, money.currency, locale=self.words.locale)

    def people(self, n: int) -> str:
        """`2 people`."""
        return self.words("party.people", n=n)

    def city(self) -> str:
        """Where the clock on the wall hangs: `Chicago`."""
        return get_timezone_location(self.zone.key, locale=self.words.locale, return_city=True)

    @property
    def first_weekday(self) -> int:
        """The day on which a week begins there, 0 for Monday; unknown, as in the language."""
        try:
            return Locale(self.words.language, territory=self.country or None).first_week_day
        except UnknownLocaleError:
            return self.words.locale.first_week_day

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        return self.local(now).date()

    def midnight(self, day: date) -> datetime:
        """The instant, in UTC, at which that day begins at the venue."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def _date(self, day: date, pattern: str) -> str:
        return format_date(day, format=self.words(pattern), locale=self.words.locale)

    def _datetime(self, local: datetime, pattern: str) -> str:
        return format_datetime(
            local, format=self.words(pattern), tzinfo=self.zone, locale=self.words.locale
        )

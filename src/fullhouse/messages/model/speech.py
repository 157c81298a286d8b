"""Days, times, money and phrases in one language, at one venue."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_precision

from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan

LANGUAGES: Final = ("en", "de")


@dataclass(frozen=True, slots=True)
class Speech:
    """Speaks one language; instants are said in the venue's wall time."""

    locale: Locale
    zone: ZoneInfo
    phrases: Mapping[str, Mapping[str, str]]

    @property
    def language(self) -> str:
        return self.locale.language

    def __call__(self, part: str, key: str, **facts: object) -> str:
        """The phrase `part.key` with its facts filled in; empty when it has none."""
        return self.phrases[part].get(key, "").format_map(facts)

    def day(self, instant: datetime) -> str:
        """`Saturday 14 June 2027`."""
        return self._said(instant, "day")

    def time(self, instant: datetime) -> str:
        """`10:30`."""
        return self._said(instant, "time")

    def day_time(self, instant: datetime) -> str:
        """`Sat 14 June, 10:30`."""
        return self._said(instant, "day_time")

    def when(self, slots: Iterable[BookedSlot]) -> str:
        """Every span of time, those that touch as one: `Saturday 14 June 2027, 10:00 - 11:00`."""
        return "; ".join(self._span(span) for span in joined(slots))

    def money(self, money: Money) -> str:
        """`$12.00`, with the currency's own number of decimals."""
        digits = get_currency_precision(money.currency)
        return format_currency(
            Decimal(money.amount).scaleb(-digits), money.currency, locale=self.locale
        )

    def people(self, count: int) -> str:
        return self("facts", "person" if count == 1 else "people", n=count)

    def _span(self, span: Timespan) -> str:
        first, last = span.start.astimezone(self.zone), span.end.astimezone(self.zone)
        end = self.time(last) if first.date() == last.date() else self.day_time(last)
        return f"{self.day(first)}, {self.time(first)} \N{EN DASH} {end}"

    def _said(self, instant: datetime, pattern: str) -> str:
        return format_datetime(
            instant, self.phrases["patterns"][pattern], tzinfo=self.zone, locale=self.locale
        )


def speech_for(locale: str, zone: ZoneInfo) -> Speech:
    """The nearest language that we speak, English for all others."""
    try:
        parsed = Locale.parse(locale.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        parsed = Locale("en")
    if parsed.language not in LANGUAGES:
        parsed = Locale("en")
    return Speech(parsed, zone, phrases_in(parsed.language))


def joined(slots: Iterable[BookedSlot]) -> list[Timespan]:
    """The slots as spans of time, in order; those that touch become one."""
    spans: list[Timespan] = []
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        if spans and slot.starts_at <= spans[-1].end:
            spans[-1] = Timespan(spans[-1].start, max(spans[-1].end, slot.ends_at))
        else:
            spans.append(Timespan(slot.starts_at, slot.ends_at))
    return spans


@cache
def phrases_in(language: str) -> Mapping[str, Mapping[str, str]]:
    """The catalogue of one language, read once."""
    text = files("fullhouse.messages").joinpath("words", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)

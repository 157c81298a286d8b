"""The locale for a reader's language at a venue: `en` is American in Chicago, British in London."""

from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError

from fullhouse.localisation.negotiation import supported_locale

_REMEMBERED: Final = 1_000
_WORLD: Final = {"en": Locale("en", "001")}
"""Languages whose plain locale is that of one country: their locale for all others."""


@lru_cache(_REMEMBERED)
def locale_at(tag: str, country: str) -> Locale:
    """The locale of a tag (BCP 47), which says the region itself, or of its language in a country.

    The nearest supported language, see `supported_locale`. Browsers say `en-US` for most people
    who never chose it, so pages ask by the bare language, and the venue's country decides.
    """
    supported = supported_locale(tag)
    if supported.territory is not None:
        return supported
    return _in_country(supported.language, country) or _WORLD.get(supported.language, supported)


@lru_cache(_REMEMBERED)
def number_locale(locale: Locale) -> Locale:
    """The locale for amounts: never with a decimal comma where the language has a point.

    English in Germany is `en-DE`, whose `1.200 €` an English reader takes for one euro twenty.
    """
    language = _WORLD.get(locale.language, Locale(locale.language))
    is_comma = locale.number_symbols["latn"]["decimal"] == ","
    return language if is_comma and language.number_symbols["latn"]["decimal"] == "." else locale


def has_month_first(locale: Locale) -> bool:
    """Whether people write the month before the day, as in `June 14`."""
    return str(locale.datetime_skeletons["MMMMd"].pattern).startswith("M")


@lru_cache(_REMEMBERED)
def has_twelve_hours(locale: Locale, country: str) -> bool:
    """Whether the day has twice twelve hours; in a country without this language by its own."""
    if locale.territory == "001" and country:
        locale = _main_locale(country) or locale
    return "h" in str(locale.time_formats["short"].pattern)


@lru_cache(_REMEMBERED)
def first_weekday(locale: Locale, country: str) -> int:
    """First day of the week in the country, else in the locale; 0 for Monday."""
    return (_main_locale(country) or locale).first_week_day


def _in_country(language: str, country: str) -> Locale | None:
    try:
        return Locale(language, territory=country) if country else None
    except UnknownLocaleError:
        return None


def _main_locale(country: str) -> Locale | None:
    """The locale of most people in a country."""
    try:
        return Locale.parse(f"und_{country}") if country else None
    except (UnknownLocaleError, ValueError):
        return None

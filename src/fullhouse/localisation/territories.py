"""Countries by their ISO 3166-1 codes, with their names, currencies and time zones."""

import unicodedata
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location, get_timezone_name
from babel.numbers import get_currency_name, get_territory_currencies

from fullhouse.kernel.text import normalized

_NO_COUNTRIES: Final = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
"""Codes of CLDR for regions and parts of countries, which the standard does not assign."""

_HALF_A_YEAR_DAYS: Final = 182
_UNKNOWN_ZONE: Final = "Etc/Unknown"
_CODE_CHARACTERS: Final = 2
_AREAS: Final = (
    *("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian"),
    "Pacific",
)


@cache
def countries() -> frozenset[str]:
    """All codes of the standard, and `XK`, which everybody uses for Kosovo."""
    codes = {code for code in map(str, Locale("en").territories) if len(code) == _CODE_CHARACTERS}
    return frozenset(codes - _NO_COUNTRIES)


@cache
def country_names(language: str) -> tuple[tuple[str, str], ...]:
    """The code and the name of every country, by name without its accents."""
    territories = Locale.parse(language, sep="-").territories
    named = [(code, territories[code]) for code in countries() if code in territories]
    return tuple(sorted(named, key=lambda one: _without_accents(one[1])))


@cache
def zones() -> tuple[str, ...]:
    """The time zones of places, by name. The tz database is read once."""
    names = zoneinfo.available_timezones()
    return tuple(sorted(name for name in names if name.partition("/")[0] in _AREAS))


def _without_accents(text: str) -> str:
    decomposed = normalized("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def likely_country(language: str) -> str:
    """Where most people who speak a language live (CLDR): `DE` for `de`."""
    found = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    return found if found in countries() else "US"


def currency_names(codes: Iterable[str], locale: Locale) -> list[tuple[str, str]]:
    """Code and name of each currency, by name."""
    return _by_name({code: f"{get_currency_name(code, locale=locale)} ({code})" for code in codes})


def currency_of(country: str) -> str:
    """The currency of a country (CLDR); empty where nobody lives."""
    return next(iter(get_territory_currencies(country)), "")


def zone_names(country: str, locale: Locale) -> list[tuple[str, str]]:
    """Time zone and place of each zone of a country, by place; of a country without any, UTC."""
    territories = get_global("zone_territories")
    found = [zone for zone, of in territories.items() if of == country and zone != _UNKNOWN_ZONE]
    return _by_name({zone: _zone_name(zone, locale) for zone in found}) or [("UTC", "UTC")]


def likely_zone(country: str, now: datetime) -> str:
    """The time zone of a country whose clocks all show the same time; empty for others."""
    names = [name for name, _ in zone_names(country, Locale("en"))]
    half_a_year_later = now + timedelta(days=_HALF_A_YEAR_DAYS)
    shown = {
        tuple(at.astimezone(ZoneInfo(name)).utcoffset() for at in (now, half_a_year_later))
        for name in names
    }
    return names[0] if len(shown) == 1 else ""


def _zone_name(zone: str, locale: Locale) -> str:
    """`Chicago (Central Time)`."""
    city = get_timezone_location(zone, locale=locale, return_city=True)
    return f"{city} ({get_timezone_name(zone, locale=locale, zone_variant='generic')})"


def _by_name(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """In an order in which accents make no difference."""
    return sorted(names.items(), key=lambda pair: (_without_accents(pair[1]), pair[0]))

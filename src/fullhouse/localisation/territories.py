"""Countries by their ISO 3166-1 codes with their names, and time zones."""

import unicodedata
import zoneinfo
from functools import cache
from typing import Final

from babel import Locale

_NO_COUNTRIES: Final = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
"""Codes of CLDR for regions and parts of countries, which the standard does not assign."""

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
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))

"""Countries by their ISO 3166-1 codes, and their names."""

from functools import cache
from typing import Final

from babel import Locale

_NO_COUNTRIES: Final = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
"""Codes of CLDR for regions and parts of countries, which the standard does not assign."""

_CODE_CHARACTERS: Final = 2


@cache
def countries() -> frozenset[str]:
    """All codes of the standard, and `XK`, which everybody uses for Kosovo."""
    codes = {code for code in map(str, Locale("en").territories) if len(code) == _CODE_CHARACTERS}
    return frozenset(codes - _NO_COUNTRIES)

"""National ids: their normal form, and the check digits of countries that define them."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import normalized, pasted
from fullhouse.localisation.translations import gettext_noop

_CHARACTERS_MIN, _CHARACTERS_MAX = 5, 32
_WRONG_FORM: Final = gettext_noop(
    "A national ID has 5 to 32 letters and digits, and at least one digit."
)
_WRONG_DIGITS: Final = gettext_noop(
    "This is no national ID of that country: its check digit is wrong. Check its digits."
)
_SEPARATORS: Final = re.compile(r"[\s./\-]+")


def normalised_national_id(typed: str) -> str:
    """Letters and digits of ASCII, in capitals; empty for text that is no national id."""
    text = _SEPARATORS.sub("", normalized("NFKC", pasted(typed))).upper()
    is_plain = text.isascii() and text.isalnum() and any(map(str.isdigit, text))
    return text if is_plain and _CHARACTERS_MIN <= len(text) <= _CHARACTERS_MAX else ""


def national_id(typed: str, *, country: str, field: str = "national_id") -> str:
    """The normal form; raises `InvalidInput` for a wrong form or a wrong check digit.

    `country` is ISO 3166-1; of a country without a rule here only the form is checked.
    """
    text = normalised_national_id(typed)
    if not text:
        raise InvalidInput(_WRONG_FORM, field=field)
    if not _RULES.get(country, bool)(text):
        raise InvalidInput(_WRONG_DIGITS, field=field)
    return text


def _digits(text: str, count: int) -> list[int]:
    """The digits of a text that has just as many; else none."""
    return [int(c) for c in text] if text.isdecimal() and len(text) == count else []


def _weighted(digits: list[int], weights: range | tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _luhn(digits: list[int]) -> bool:
    doubled = (2 * d if at % 2 else d for at, d in enumerate(reversed(digits)))
    return bool(digits) and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0  # noqa: PLR2004


def _thailand(text: str) -> bool:
    """13 digits: the last is 11 less the weighted sum of the others modulo 11, modulo 10."""
    d = _digits(text, 13)
    return bool(d) and d[0] > 0 and (11 - _weighted(d, range(13, 1, -1)) % 11) % 10 == d[12]


def _brazil(text: str) -> bool:
    """CPF: two check digits, each modulo 11; eleven equal digits pass both and are nobody's."""
    d = _digits(text, 11)
    if not d or len(set(d)) == 1:
        return False
    return all(
        _weighted(d, range(length + 1, 1, -1)) * 10 % 11 % 10 == d[length] for length in (9, 10)
    )


def _spain(text: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23."""
    number = text[:-1].translate(str.maketrans("XYZ", "012")) if text[0] in "XYZ" else text[:-1]
    is_spelled = number.isdecimal() and len(text) == 9  # noqa: PLR2004
    return is_spelled and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


def _poland(text: str) -> bool:
    """PESEL."""
    d = _digits(text, 11)
    return bool(d) and (10 - _weighted(d, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == d[10]


def _sweden(text: str) -> bool:
    """Personnummer, with or without the century."""
    return _luhn(_digits(text[-10:], 10)) and len(text) in {10, 12} and text.isdecimal()


def _netherlands(text: str) -> bool:
    """BSN: the test of eleven."""
    d = _digits(text.zfill(9), 9)
    return bool(d) and any(d) and (_weighted(d, range(9, 1, -1)) - d[8]) % 11 == 0


def _china(text: str) -> bool:
    """Resident identity card: ISO 7064, MOD 11-2."""
    d = _digits(text[:17], 17)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return bool(d) and text[17:] == "10X98765432"[_weighted(d, weights) % 11]


def _taiwan(text: str) -> bool:
    """A letter, which counts as two digits, and nine digits."""
    letters = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
    if text[:1] not in letters or not _digits(text[1:], 9):
        return False
    first = letters.index(text[0]) + 10
    digits = [first // 10, first % 10, *map(int, text[1:])]
    return _weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def _south_africa(text: str) -> bool:
    return _luhn(_digits(text, 13))


_RULES: Final[Mapping[str, Callable[[str], bool]]] = {
    "BR": _brazil,
    "CN": _china,
    "ES": _spain,
    "NL": _netherlands,
    "PL": _poland,
    "SE": _sweden,
    "TH": _thailand,
    "TW": _taiwan,
    "ZA": _south_africa,
}

COUNTRIES_WITH_CHECK_DIGITS: Final = frozenset(_RULES)
"""By ISO 3166-1."""

"""Amounts of money as people read them, and as they type them into a field."""

import re
from copy import copy
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import (
    NumberPattern,
    format_decimal,
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
)

from fullhouse.kernel.currencies import minor_unit_digits
from fullhouse.kernel.money import Money

_CHARACTERS_MAX: Final = 40
_SEVERAL: Final = 2
_PATTERNS_REMEMBERED: Final = 1_000
_AMOUNTS_REMEMBERED: Final = 4_096
_SPACES: Final = re.compile(r"[\s'\u2019]")
"""Separators of thousands that are a decimal point nowhere."""


@lru_cache(_AMOUNTS_REMEMBERED)
def money_shown(money: Money, locale: Locale) -> str:
    """`$12.00`, with the decimals that are customary (CLDR) unless they would hide a part."""
    digits = minor_unit_digits(money.currency)
    amount = Decimal(money.amount).scaleb(-digits)
    customary = get_currency_precision(money.currency)
    shown = customary if amount == round(amount, customary) else digits
    pattern = _currency_pattern(locale, money.currency, digits=shown)
    text: str = pattern.apply(amount, locale, currency=money.currency, currency_digits=False)
    return text


def money_text(money: Money, locale: Locale) -> str:
    """`1250.00` for a field: all decimals of the minor unit, without separators of thousands."""
    digits = minor_unit_digits(money.currency)
    amount = Decimal(money.amount).scaleb(-digits)
    return format_decimal(amount, format=f"0.{'0' * digits}" if digits else "0", locale=locale)


def currency_name(currency: str, locale: Locale) -> str:
    """`US dollars`, in German `US-Dollar`: as after a number."""
    return get_currency_name(currency, _SEVERAL, locale=locale)


def has_decimal_comma(locale: Locale) -> bool:
    return get_decimal_symbol(locale) == ","


def parse_money(text: str, currency: str, locale: Locale) -> Money:
    """The amount that was typed; raises `ValueError` when two amounts could be meant.

    The separators are the locale's: `1,200` is never 1.20. Those the other way round are taken
    where they cannot mean anything else, as in `12,50` and `1.234,50`.
    """
    digits = minor_unit_digits(currency)
    point, group = (".", ",") if not has_decimal_comma(locale) else (",", ".")
    typed = _SPACES.sub("", text[: _CHARACTERS_MAX + 1])
    found = re.fullmatch(f"{_whole(group)}{_decimals(point, digits)}?", typed)
    found = found or re.fullmatch(f"{_whole(point)}{_decimals(group, digits)}", typed)
    if found is None or len(typed) > _CHARACTERS_MAX:
        raise ValueError(text)
    whole, decimals = re.sub("[.,]", "", found["whole"]), found["decimals"] or ""
    return Money(int(whole + decimals.ljust(digits, "0")), currency)


def _whole(group: str) -> str:
    return rf"(?P<whole>[0-9]+|[0-9]{{1,3}}(?:[{group}][0-9]{{3}})+)"


def _decimals(point: str, digits: int) -> str:
    return rf"(?:[{point}](?P<decimals>[0-9]{{1,{digits}}}))" if digits else "(?P<decimals>(?!))"


@lru_cache(_PATTERNS_REMEMBERED)
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

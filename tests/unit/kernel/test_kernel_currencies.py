"""Currencies of ISO 4217: which are in use, and the decimals of their minor units."""

from datetime import date

import pytest
from babel.core import get_global
from babel.numbers import get_territory_currencies

from fullhouse.kernel.currencies import CURRENCIES, minor_unit_digits, parse_currency
from fullhouse.kernel.errors import InvalidInput

AS_OF = date(2026, 1, 1)
WITHDRAWN = {"BGN"}
"""Currencies that were replaced after the edition of CLDR that babel carries."""


def test_currencies_in_use_are_those_that_are_legal_tender_somewhere() -> None:
    tender = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, AS_OF, AS_OF, tender=True)
    }
    assert tender - WITHDRAWN == CURRENCIES


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "JPY KRW ISK CLP UGX VND XAF XOF XPF"),
        (2, "USD EUR RSD LBP ALL HUF AFN IRR LAK MGA MMK SYP YER KPW SOS TWD MRU"),
        (3, "KWD TND IQD BHD JOD LYD OMR"),
    ],
)
def test_minor_units_are_those_of_the_standard(digits: int, codes: str) -> None:
    assert {code: minor_unit_digits(code) for code in codes.split()} == dict.fromkeys(
        codes.split(), digits
    )


@pytest.mark.parametrize("text", ["usd", " USD ", "Usd"])
def test_a_currency_is_read_in_any_case(text: str) -> None:
    assert parse_currency(text) == "USD"


@pytest.mark.parametrize(
    "text",
    [
        *("XYZ", "X" * 3, "XTS", "XAU", "XAG", "XDR", "CLF", "USN", "BTC", "DEM", "BGN"),
        *("", "US", "dollars", "U$D", "ÄÖÜ", "€", "u\N{LATIN SMALL LETTER LONG S}d"),
    ],
)
def test_what_nobody_can_be_charged_in_is_no_currency(text: str) -> None:
    with pytest.raises(InvalidInput, match="ISO 4217") as caught:
        parse_currency(text)
    assert caught.value.field == "currency"

"""Amounts of money that people type, and the text a field shows."""

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.kernel.currencies import CURRENCIES
from fullhouse.kernel.money import Money
from fullhouse.localisation.amounts import money_text, parse_money


@pytest.mark.parametrize(
    ("text", "currency", "locale", "amount"),
    [
        ("12.50", "EUR", "en", 1250),
        ("12,50", "EUR", "en", 1250),
        ("12.50", "EUR", "de", 1250),
        ("12,5", "EUR", "de", 1250),
        ("1,200", "USD", "en", 120_000),
        ("1.200", "EUR", "de", 120_000),
        ("1,234.50", "USD", "en", 123_450),
        ("1.234,50", "USD", "en", 123_450),
        ("1 234,50", "EUR", "de", 123_450),
        ("1\N{RIGHT SINGLE QUOTATION MARK}234.50", "CHF", "de", 123_450),
        ("1,234,567", "USD", "en", 123_456_700),
        ("1200", "RSD", "en", 120_000),
        ("25", "IQD", "en", 25_000),
        ("1.250", "KWD", "en", 1250),
        ("1,250", "KWD", "de", 1250),
        ("1,250", "KWD", "en", 1_250_000),
        ("1,250", "JPY", "en", 1250),
        ("1250", "JPY", "de", 1250),
    ],
)
def test_separators_are_read_as_the_language_has_them(
    text: str, currency: str, locale: str, amount: int
) -> None:
    assert parse_money(text, currency, Locale(locale)) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "locale"),
    [
        ("1.200", "USD", "en"),
        ("1,200", "EUR", "de"),
        ("12.505", "USD", "en"),
        ("1,23,456", "USD", "en"),
        ("1,2345", "USD", "en"),
        ("1.250", "JPY", "en"),
        ("12.50", "JPY", "en"),
        ("-1", "USD", "en"),
        ("1e3", "USD", "en"),
        ("", "USD", "en"),
        ("12.", "USD", "en"),
        (".50", "USD", "en"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "USD", "en"),
        ("1" * 41, "USD", "en"),
    ],
)
def test_what_could_be_two_amounts_is_refused(text: str, currency: str, locale: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse_money(text, currency, Locale(locale))


@given(
    st.integers(0, 10**12),
    st.sampled_from(sorted(CURRENCIES)),
    st.sampled_from(["en", "en_GB", "de", "de_CH", "de_AT"]),
)
def test_the_text_of_an_amount_is_read_as_that_amount(
    amount: int, currency: str, locale: str
) -> None:
    money = Money(amount, currency)
    assert (
        parse_money(money_text(money, Locale.parse(locale)), currency, Locale.parse(locale))
        == money
    )

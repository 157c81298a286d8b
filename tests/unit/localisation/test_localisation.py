"""Translations, negotiation of the language, and the formatter of a locale and a zone."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fullhouse.localisation
from fullhouse.kernel.currencies import CURRENCIES, minor_unit_digits
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import formatter_for
from fullhouse.localisation.negotiation import negotiate_language, supported_locale
from fullhouse.localisation.translations import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    load_translations,
    ngettext_noop,
)

CATALOGUES: Final = Path(fullhouse.localisation.__file__).parent / "catalogues"
CHICAGO: Final = formatter_for("en", ZoneInfo("America/Chicago"), country="US")
BERLIN: Final = formatter_for("de", ZoneInfo("Europe/Berlin"), country="DE")
LEFT: Final = ngettext_noop("%(n)s left", "%(n)s left")


def test_every_language_has_a_catalogue_and_every_catalogue_a_language() -> None:
    assert {DEFAULT_LANGUAGE, *(path.name for path in CATALOGUES.iterdir())} == set(LANGUAGES)
    assert set(load_translations()) == set(LANGUAGES)


def test_no_compiled_catalogue_can_be_staler_than_its_source() -> None:
    assert not list(CATALOGUES.rglob("*.mo"))


def test_english_texts_are_their_own_translation() -> None:
    english = load_translations()["en"]
    assert english.gettext("Times on %(day)s", day="Saturday") == "Times on Saturday"
    assert [english.ngettext(*LEFT, n) for n in (1, 12)] == ["1 left", "12 left"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_nothing_in_every_language(language: str) -> None:
    assert load_translations()[language].gettext("") == ""


def test_german_has_its_own_plural_forms() -> None:
    german = load_translations()["de"]
    assert german.gettext("Times on %(day)s", day="Samstag") == "Zeiten am Samstag"
    assert [german.ngettext(*LEFT, n) for n in (1, 12)] == ["letzter Platz", "12 frei"]


def test_context_tells_apart_texts_that_are_one_in_english() -> None:
    german = load_translations()["de"]
    assert german.pgettext("price", "Free") == "Kostenlos"
    assert german.pgettext("day", "closed") == "zu"
    assert german.gettext("closed") == "geschlossen"


def test_script_gets_each_plural_form_with_a_placeholder() -> None:
    german = load_translations()["de"]
    assert german.plural_forms(*LEFT) == {"one": "letzter Platz", "other": "{n} frei"}


@pytest.mark.parametrize(
    ("requested", "accept", "fallback", "expected"),
    [
        ("de", "en", "en", "de"),
        ("DE", "en", "en", "de"),
        ("xx", "de-AT,de;q=0.9,en;q=0.8", "en", "de"),
        (None, "fr;q=1, en;q=0.2, de;q=0.7", "en", "de"),
        (None, "fr", "de", "de"),
        (None, "fr", "de_CH", "de"),
        (None, "nonsense;q=much", "", "en"),
        (None, None, "en", "en"),
    ],
)
def test_language_is_the_requested_one_else_the_best_accepted_one(
    requested: str | None, accept: str | None, fallback: str, expected: str
) -> None:
    assert negotiate_language(requested=requested, accept=accept, fallback=fallback) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "de"), ("de-AT", "de_AT"), ("de_AT", "de_AT"), ("tlh", "en"), ("??", "en"), ("", "en")],
)
def test_locale_without_a_catalogue_becomes_english(tag: str, expected: str) -> None:
    assert str(supported_locale(tag)) == expected


def test_dates_and_times_follow_language_and_zone() -> None:
    instant = datetime(2027, 6, 12, 15, 30, tzinfo=UTC)
    assert CHICAGO.date_time(instant) == "Sat, June 12, 10:30\N{NO-BREAK SPACE}AM"
    assert CHICAGO.listed_time(instant) == "Sat, Jun 12, 10:30\N{NO-BREAK SPACE}AM"
    assert CHICAGO.month(date(2027, 6, 12)) == "June 2027"
    assert BERLIN.date_time(instant) == "Sa., 12. Juni, 17:30"
    assert BERLIN.month(date(2027, 6, 12)) == "Juni 2027"
    assert CHICAGO.zone_city() == "Chicago"


def test_touching_timespans_are_shown_as_one() -> None:
    def span(first: int, last: int) -> Timespan:
        return Timespan(
            datetime(2027, 6, 12, first, tzinfo=UTC), datetime(2027, 6, 12, last, tzinfo=UTC)
        )

    assert BERLIN.timespans([span(9, 10), span(8, 9)]) == (
        "Samstag, 12. Juni 2027, 10:00 \N{EN DASH} 12:00"
    )
    assert BERLIN.timespans([span(8, 9), span(11, 12)]) == (
        "Samstag, 12. Juni 2027, 10:00 \N{EN DASH} 11:00; "
        "Samstag, 12. Juni 2027, 13:00 \N{EN DASH} 14:00"
    )


@pytest.mark.parametrize(
    ("locale", "zone", "country", "expected"),
    [
        ("en", "America/Chicago", "US", 6),
        ("de", "Europe/Berlin", "DE", 0),
        ("en", "Asia/Tokyo", "JP", 6),
        ("de", "Europe/Berlin", "", 0),
    ],
)
def test_week_begins_as_in_the_venues_country(
    locale: str, zone: str, country: str, expected: int
) -> None:
    formatter = formatter_for(locale, ZoneInfo(zone), country=country)
    assert formatter.first_weekday == expected


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(1200, "USD"), "$12.00"),
        (Money(1200, "JPY"), "¥1,200"),
        (Money(1234, "KWD"), "KWD\xa01.234"),
        (Money(120_000, "RSD"), "RSD\xa01,200"),
        (Money(120_050, "RSD"), "RSD\xa01,200.50"),
        (Money(150_000_000, "LBP"), "LBP\xa01,500,000"),
        (Money(25_000, "IQD"), "IQD\xa025"),
        (Money(25_250, "IQD"), "IQD\xa025.250"),
        (Money(250_000, "HUF"), "HUF\xa02,500.00"),
        (Money(5_000, "UGX"), "UGX\xa05,000"),
        (Money(1, "RSD"), "RSD\xa00.01"),
    ],
)
def test_money_has_the_decimals_that_are_customary_unless_they_hide_a_part(
    money: Money, expected: str
) -> None:
    assert CHICAGO.money(money) == expected


def test_money_follows_the_language() -> None:
    assert BERLIN.money(Money(123_456, "EUR")) == "1.234,56\xa0€"
    assert BERLIN.money(Money(120_000, "RSD")) == "1.200\xa0RSD"


@given(st.integers(0, 10**12), st.sampled_from(sorted(CURRENCIES)))
def test_shown_money_has_every_minor_unit(amount: int, currency: str) -> None:
    (shown,) = re.findall("[0-9][0-9.,]*", CHICAGO.money(Money(amount, currency)))
    assert Decimal(shown.replace(",", "")).scaleb(minor_unit_digits(currency)) == amount


def test_counts_and_lists_read_as_in_a_sentence() -> None:
    assert [CHICAGO.people(n) for n in (1, 3)] == ["1 person", "3 people"]
    assert [CHICAGO.number(n) for n in (4, 12)] == ["four", "12"]
    assert CHICAGO.listing(["10:00"]) == "10:00"

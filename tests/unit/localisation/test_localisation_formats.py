"""Dates and times as the venue's country and the reader's language write them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fullhouse
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.locales import locale_at
from fullhouse.localisation.negotiation import accepted_country
from fullhouse.localisation.translations import BRITISH_SPELLING

PARTS = [
    Path(fullhouse.__file__).parent / part / "templates" for part in ("entrypoints/web", "messages")
]
NNBSP, DASH = "\N{NO-BREAK SPACE}", "\N{EN DASH}"
COUNTRIES = ("US", "GB", "DE", "JP", "AU", "CA", "IN", "MX", "BR", "FR", "EG", "AQ", "")


def at(country: str, *, language: str = "en", zone: str = "UTC") -> LocaleFormatter:
    return formatter_for(language, ZoneInfo(zone), country=country)


def spaced(text: str) -> str:
    """With plain spaces, for reading."""
    return text.replace(NNBSP, " ")


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [
        ("en", "US", "en_US"),
        ("en", "GB", "en_GB"),
        ("en", "DE", "en_DE"),
        ("en", "JP", "en_001"),
        ("en", "", "en_001"),
        ("en-GB", "US", "en_GB"),
        ("en-US", "DE", "en_US"),
        ("de", "AT", "de_AT"),
        ("de", "US", "de"),
        ("de-CH", "DE", "de_CH"),
        ("fr", "US", "en_US"),
    ],
)
def test_the_country_decides_unless_the_reader_says_the_region(
    language: str, country: str, locale: str
) -> None:
    assert str(locale_at(language, country)) == locale


@pytest.mark.parametrize(
    ("language", "country", "short", "full"),
    [
        ("en", "US", "Sat, June 12, 1:30 PM", "Saturday, June 12, 2027"),
        ("en", "GB", "Sat 12 June, 13:30", "Saturday 12 June 2027"),
        ("en", "AU", "Sat, 12 June, 1:30 pm", "Saturday, 12 June 2027"),
        ("en", "CA", "Sat, June 12, 1:30 p.m.", "Saturday, June 12, 2027"),
        ("en", "DE", "Sat, 12 June, 13:30", "Saturday, 12 June 2027"),
        ("en", "JP", "Sat, 12 June, 13:30", "Saturday, 12 June 2027"),
        ("en", "EG", "Sat, 12 June, 1:30 pm", "Saturday, 12 June 2027"),
        ("de", "DE", "Sa., 12. Juni, 13:30", "Samstag, 12. Juni 2027"),
        ("de", "US", "Sa., 12. Juni, 13:30", "Samstag, 12. Juni 2027"),
        ("en-GB", "US", "Sat 12 June, 13:30", "Saturday 12 June 2027"),
    ],
)
def test_dates_and_hours_are_those_of_the_country(
    language: str, country: str, short: str, full: str
) -> None:
    formatter, instant = at(country, language=language), datetime(2027, 6, 12, 13, 30, tzinfo=UTC)
    assert spaced(formatter.date_time(instant)) == short
    assert formatter.full_date(instant.date()) == full
    assert full.startswith(formatter.long_date(instant.date()))


@pytest.mark.parametrize(
    ("hour", "american", "british"),
    [
        (0.0, "12:00 AM", "00:00"),
        (0.5, "12:30 AM", "00:30"),
        (8.0, "8:00 AM", "08:00"),
        (12.0, "12:00 PM", "12:00"),
        (12.5, "12:30 PM", "12:30"),
        (23.5, "11:30 PM", "23:30"),
    ],
)
def test_noon_and_midnight_cannot_be_mistaken(hour: float, american: str, british: str) -> None:
    instant = datetime(2027, 6, 12, tzinfo=UTC) + timedelta(hours=hour)
    assert spaced(at("US").time(instant)) == american
    assert NNBSP in at("US").time(instant)
    assert at("GB").time(instant) == british


@pytest.mark.parametrize(
    ("first", "last", "american", "british"),
    [
        (10, 11, "10:00 ~ 11:00 AM", "10:00 ~ 11:00"),
        (11.5, 12, "11:30 AM ~ 12:00 PM", "11:30 ~ 12:00"),
        (11, 13, "11:00 AM ~ 1:00 PM", "11:00 ~ 13:00"),
        (12, 13.5, "12:00 ~ 1:30 PM", "12:00 ~ 13:30"),
        (0, 1, "12:00 ~ 1:00 AM", "00:00 ~ 01:00"),
        (22, 24, "10:00 PM ~ 12:00 AM", "22:00 ~ 00:00"),
        (22, 26, "10:00 PM ~ Sun, June 13, 2:00 AM", "22:00 ~ Sun 13 June, 02:00"),
        (10, 48, "10:00 AM ~ Mon, June 14, 12:00 AM", "10:00 ~ Mon 14 June, 00:00"),
    ],
)
def test_a_range_says_what_differs_of_its_ends(
    first: float, last: float, american: str, british: str
) -> None:
    day = datetime(2027, 6, 12, tzinfo=UTC)
    ends = day + timedelta(hours=first), day + timedelta(hours=last)
    assert spaced(at("US").time_range(*ends)) == american.replace("~", DASH)
    assert at("GB").time_range(*ends) == british.replace("~", DASH)
    assert spaced(at("US").timespans([Timespan(*ends)])) == (
        f"Saturday, June 12, 2027, {american.replace('~', DASH)}"
    )


@pytest.mark.parametrize(
    ("language", "country", "zone", "first", "second"),
    [
        ("en", "US", "America/Chicago", "1:30 AM CDT", "1:30 AM CST"),
        ("de", "US", "America/Chicago", "01:30 GMT-05:00", "01:30 GMT-06:00"),
    ],
)
def test_the_hour_that_a_clock_change_repeats_names_its_zone(
    language: str, country: str, zone: str, first: str, second: str
) -> None:
    formatter = at(country, language=language, zone=zone)
    once = datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    again = once + timedelta(hours=1)
    assert [spaced(formatter.time(t)) for t in (once, again)] == [first, second]
    assert spaced(formatter.time_range(once, again)) == f"{first} {DASH} {second}"


def test_a_range_into_the_repeated_hour_names_the_zone_at_both_ends() -> None:
    formatter = at("US", zone="America/Chicago")
    start = datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert spaced(formatter.time_range(start, start + timedelta(hours=2))) == (
        f"12:30 AM CDT {DASH} 1:30 AM CST"
    )


@pytest.mark.parametrize(
    ("accept", "language", "country"),
    [
        ("en-US,en;q=0.9", "en", "US"),
        ("de-AT,en-GB;q=0.8", "en", "GB"),
        ("de-AT,en-GB;q=0.8", "de", "AT"),
        ("en,de;q=0.5", "en", ""),
        ("en-ZZ,en-001;q=0.9,en-x-y;q=0.8", "en", ""),
        (None, "en", ""),
    ],
)
def test_a_reader_says_the_region_with_the_language(
    accept: str | None, language: str, country: str
) -> None:
    assert accepted_country(accept, language) == country


def test_what_has_no_venue_names_the_zone_of_each_time() -> None:
    formatter = formatter_for("en", ZoneInfo("UTC"), names_zone=True)
    assert spaced(formatter.date_time(datetime(2027, 6, 12, 13, 30, tzinfo=UTC))) == (
        "Sat, 12 June, 1:30 pm UTC"
    )


@pytest.mark.parametrize(
    ("language", "country", "text"),
    [
        ("en", "US", "Sat, June 12, 2027, 1:30 PM"),
        ("en", "GB", "Sat 12 June 2027, 13:30"),
        ("de", "DE", "Sa., 12. Juni 2027, 13:30"),
    ],
)
def test_time_of_another_year_says_its_year(language: str, country: str, text: str) -> None:
    at_half_past = datetime(2027, 6, 12, 13, 30, tzinfo=UTC)
    formatters = [
        formatter_for(language, ZoneInfo("UTC"), country=country, now=now)
        for now in (None, at_half_past, datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    ]
    texts = [spaced(formatter.date_time(at_half_past)) for formatter in formatters]
    assert texts == [text.replace(", 2027", "").replace(" 2027", "")] * 2 + [text]


@pytest.mark.parametrize(
    ("language", "country", "text"),
    [("en", "US", "50%"), ("en", "GB", "50%"), ("de", "DE", f"50{NNBSP}%"), ("en", "DE", "50%")],
)
def test_percent_is_written_as_in_the_language(language: str, country: str, text: str) -> None:
    assert at(country, language=language).percent(50) == text


@pytest.mark.parametrize(
    ("language", "country", "currency", "text"),
    [
        ("en", "US", "USD", "$1,200.00"),
        ("en", "GB", "USD", "US$1,200.00"),
        ("en", "AU", "AUD", "$1,200.00"),
        ("en", "DE", "EUR", "€1,200.00"),
        ("de", "DE", "EUR", f"1.200,00{NNBSP}€"),
        ("de", "CH", "CHF", f"CHF{NNBSP}1\N{RIGHT SINGLE QUOTATION MARK}200.00"),
    ],
)
def test_amounts_never_have_the_comma_of_another_language(
    language: str, country: str, currency: str, text: str
) -> None:
    assert at(country, language=language).money(Money(120_000, currency)) == text


@pytest.mark.parametrize(
    ("country", "text"), [("US", "canceled"), ("GB", "cancelled"), ("DE", "cancelled")]
)
def test_english_is_spelled_as_in_the_country(country: str, text: str) -> None:
    translations = at(country).translations
    assert translations.gettext("This booking is cancelled.") == f"This booking is {text}."
    assert translations.pgettext("status", "Cancelled") == text.capitalize()
    assert at(country, language="de").translations.gettext("This booking is cancelled.") == (
        at("DE", language="de").translations.gettext("This booking is cancelled.")
    )


def test_texts_with_two_spellings_come_from_a_formatter_not_from_a_template() -> None:
    """Templates know the language of a page alone, a formatter the country of the venue."""
    templates = [path for part in PARTS for path in part.rglob("*.html")]
    assert len(templates) > 20
    assert not [path for path in templates if BRITISH_SPELLING.search(path.read_text())]


def test_lists_have_the_comma_of_the_country() -> None:
    assert at("US").listing(["a", "b", "c"]) == "a, b, and c"
    assert at("GB").listing(["a", "b", "c"]) == "a, b and c"
    assert at("DE", language="de").listing(["a", "b", "c"]) == "a, b und c"


def test_the_week_and_its_names_begin_as_in_the_country() -> None:
    assert [short for short, _ in at("US").weekdays][:2] == ["Su", "Mo"]
    assert at("GB").weekdays[0] == ("Mo", "Monday")
    assert at("EG").weekdays[0][1] == "Saturday"
    assert at("US", language="de").weekdays[0][1] == "Sonntag"


CLOCK_CHANGES = {
    "America/Chicago": datetime(2027, 11, 7, 7, tzinfo=UTC),
    "Europe/London": datetime(2027, 10, 31, 1, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2027, 4, 3, 15, tzinfo=UTC),
}
"""When clocks are set back: by an hour, on Lord Howe by half an hour."""


@given(
    st.integers(-180, 180),
    st.sampled_from(COUNTRIES),
    st.sampled_from(["en", "de"]),
    st.sampled_from(sorted(CLOCK_CHANGES)),
)
def test_two_different_times_never_look_the_same(
    minutes: int, country: str, language: str, zone: str
) -> None:
    formatter = at(country, language=language, zone=zone)
    instant = CLOCK_CHANGES[zone] + timedelta(minutes=minutes)
    later = [instant + timedelta(minutes=after) for after in (30, 60, 720)]
    shown = {formatter.date_time(one) for one in (instant, *later)}
    assert len(shown) == 4

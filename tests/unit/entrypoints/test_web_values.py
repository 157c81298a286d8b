"""Colors, form fields and links of the pages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.booking.party_availability import is_few, next_month, percent
from fullhouse.entrypoints.web.forms import read_details, read_party
from fullhouse.entrypoints.web.render import load_templates
from fullhouse.http.same_origin import is_same_origin
from fullhouse.localisation.translations import load_translations
from fullhouse.numerics.colors import (
    CONTRAST_MIN,
    DAY,
    NIGHT,
    accent_css,
    contrast,
    readable,
)

ENGLISH = load_translations()["en"]


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_accent_has_enough_contrast_in_both_themes(color: tuple[int, int, int]) -> None:
    for grounds in (DAY, NIGHT):
        accent = readable(color, on=grounds)
        for ground in (*grounds.plain, grounds.soft(accent)):
            assert contrast(accent, ground) >= CONTRAST_MIN


@pytest.mark.parametrize("accent", ["", "red", "#12345", "#12345g", "#fff;}body{display:none"])
def test_an_invalid_color_yields_no_style(accent: str) -> None:
    assert accent_css(accent) == ""


def test_an_accent_yields_a_style_for_both_themes() -> None:
    css = accent_css("#ffd400")
    assert css.count("--accent:") == 3
    assert "#ffd400" in css


def test_details_are_normalised_when_valid() -> None:
    details, customer = read_details(
        {"name": " Ana\n\tLopez ", "email": "ANA@Example.com", "phone": "(312) 555-0123"},
        ENGLISH,
        country="US",
    )
    assert not details.problems
    assert customer is not None
    assert (customer.name, customer.email, customer.phone) == (
        "Ana Lopez",
        "ana@example.com",
        "+13125550123",
    )


def test_every_wrong_field_has_its_problem_and_keeps_its_value() -> None:
    details, customer = read_details(
        {"name": "x" * 300, "email": "ana@", "phone": "12"}, ENGLISH, country="US"
    )
    assert customer is None
    assert set(details.problems) == {"name", "email", "phone"}
    assert details.email == "ana@"
    assert read_details({}, ENGLISH, country="US")[0].problems["email"].startswith("Enter your")


@pytest.mark.parametrize(
    ("text", "step", "expected"),
    [
        (None, None, 2),
        ("", "1", 2),
        ("3", "1", 4),
        ("1", "-1", 1),
        ("10", "1", 10),
        ("25", None, 25),
        ("-4", None, -4),
        ("many", None, None),
        ("9" * 40, None, 999_999_999),
    ],
)
def test_the_party_is_parsed_and_stepped(
    text: str | None, step: str | None, expected: int | None
) -> None:
    assert read_party(text, step, smallest=1, largest=10) == expected


def test_few_places_are_three_or_a_fifth() -> None:
    assert [n for n in range(13) if is_few(n, 12)] == [0, 1, 2, 3]
    assert is_few(8, 40)
    assert not is_few(9, 40)


def test_percentages_stay_between_0_and_100() -> None:
    assert [percent(0, 0), percent(1, 3), percent(5, 3), percent(-1, 3)] == [0, 33, 100, 0]


def test_the_month_after_december_is_january() -> None:
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert next_month(date(2027, 1, 31)) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("fetch_site", "origin", "is_own"),
    [
        ("same-origin", None, True),
        ("none", None, True),
        ("cross-site", "https://here.example", False),
        ("same-site", None, False),
        (None, "https://here.example", True),
        (None, "https://here.example.evil.example", False),
        (None, "null", False),
        (None, "http://[", False),
        (None, "https://here.example, https://evil.example", False),
        (None, None, True),
    ],
)
def test_a_change_must_come_from_the_same_origin_or_from_no_browser(
    fetch_site: str | None, origin: str | None, *, is_own: bool
) -> None:
    assert is_same_origin(fetch_site=fetch_site, origin=origin, host="here.example") is is_own


def test_no_origin_is_that_of_a_request_without_a_host() -> None:
    assert not is_same_origin(fetch_site=None, origin="null", host="")
    assert not is_same_origin(fetch_site=None, origin="https://", host="")
    assert is_same_origin(fetch_site=None, origin=None, host="")


def test_languages_share_the_compiled_code_of_a_template() -> None:
    english, german = (
        load_templates().environments[language].get_template("error.html").root_render_func.__code__
        for language in ("en", "de")
    )
    assert english is german

"""The figure of a load: complete without colour, and well-formed."""

from xml.etree import ElementTree as ET

from fullhouse.capacity.load.figure import render
from fullhouse.capacity.load.outcomes import OutcomeKind, RequestOutcome, summarise
from fullhouse.capacity.load.run_scenario import ScenarioResult
from fullhouse.capacity.load.scenarios import RUSH

SVG = "{http://www.w3.org/2000/svg}"


def a_rush(*, booked: int = 40, others: OutcomeKind = "refusal") -> ScenarioResult:
    outcomes = tuple(
        RequestOutcome(0.0, 0.01 + number / 500, "success" if number < booked else others, "x", 2)
        for number in range(100)
    )
    return ScenarioResult(RUSH, outcomes, summarise(outcomes))


def test_figure_describes_itself_for_screen_readers() -> None:
    root = ET.fromstring(render(a_rush(), as_page=False))  # noqa: S314 - our own text
    assert root.findtext(f"{SVG}title") == RUSH.description
    description = root.findtext(f"{SVG}desc") or ""
    assert "100 came, 40 booked, 60 refused (sold out), 0 errors" in description
    circles = [circle.get("class") for circle in root.iter(f"{SVG}circle")]
    assert circles.count("success") == 41, "forty dots and one in the key"
    assert circles.count("refusal") == 61


def test_errors_are_drawn_as_crosses_not_only_in_red() -> None:
    root = ET.fromstring(render(a_rush(others="timeout"), as_page=False))  # noqa: S314 - as above
    assert sum(path.get("class") == "timeout" for path in root.iter(f"{SVG}path")) == 61


def test_html_page_loads_nothing_and_holds_the_summary_as_a_table() -> None:
    page = render(a_rush(), as_page=True)
    assert page.startswith("<!doctype html>")
    assert '<td align="right">40</td>' in page
    assert "src=" not in page
    assert "href=" not in page


def test_rush_fails_when_more_or_fewer_places_are_booked_than_exist() -> None:
    assert a_rush().failures == ()
    assert a_rush(booked=41).failures == ("41 customers got one of the 40 places",)
    assert a_rush(others="error").failures == ("60 customers got an error",)

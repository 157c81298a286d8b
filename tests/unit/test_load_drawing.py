"""The figure of a load: complete without colour, and well-formed."""

from xml.etree import ElementTree as ET

from fullhouse.capacity.load.answers import Answer, Verdict, summarise
from fullhouse.capacity.load.drawing import drawn
from fullhouse.capacity.load.run import Played
from fullhouse.capacity.load.scenarios import RUSH

SVG = "{http://www.w3.org/2000/svg}"


def a_rush(*, won: int = 40, lost: Verdict = "refusal") -> Played:
    answers = tuple(
        Answer(0.0, 0.01 + number / 500, "success" if number < won else lost, "x", 2)
        for number in range(100)
    )
    return Played(RUSH, answers, summarise(answers))


def test_the_figure_says_in_words_what_it_shows() -> None:
    root = ET.fromstring(drawn(a_rush(), as_page=False))  # noqa: S314 - our own text
    assert root.findtext(f"{SVG}title") == RUSH.sentence
    description = root.findtext(f"{SVG}desc") or ""
    assert "100 came, 40 booked, 60 politely refused, 0 errors" in description
    circles = [circle.get("class") for circle in root.iter(f"{SVG}circle")]
    assert circles.count("success") == 41, "forty dots and one in the key"
    assert circles.count("refusal") == 61


def test_errors_are_crosses_not_only_red() -> None:
    root = ET.fromstring(drawn(a_rush(lost="timeout"), as_page=False))  # noqa: S314 - as above
    assert sum(path.get("class") == "timeout" for path in root.iter(f"{SVG}path")) == 61


def test_the_page_stands_alone_and_holds_the_figures_as_a_table() -> None:
    page = drawn(a_rush(), as_page=True)
    assert page.startswith("<!doctype html>")
    assert '<td align="right">40</td>' in page
    assert "src=" not in page
    assert "href=" not in page


def test_a_rush_complains_of_every_place_too_many_or_too_few() -> None:
    assert a_rush().complaints == ()
    assert a_rush(won=41).complaints == ("41 customers got one of the 40 places",)
    assert a_rush(lost="error").complaints == ("60 customers got an error",)

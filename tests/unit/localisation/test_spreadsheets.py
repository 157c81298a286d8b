"""CSV files: a mark for Excel, and no formula in any country's reading of the file."""

import csv
import io
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.localisation.spreadsheets import COMMA, SEMICOLON, csv_text, plain_text

FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1 312-555-0123", "'+1 312-555-0123"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r'=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        (" =1", "' =1"),
        ("Ada;=1+1", "Ada;'=1+1"),
        ('Ada;"=1+1"', 'Ada;\'"=1+1"'),
        ("Ada\n=1+1", "Ada\n'=1+1"),
        ("Ada-Maria", "Ada-Maria"),
        ("Jörg & Söhne", "Jörg & Söhne"),
        ("a@b.example", "a@b.example"),
        ("2027-06-12 10:30", "2027-06-12 10:30"),
        ("", ""),
    ],
)
def test_a_cell_never_begins_as_a_formula_does(typed: str, cell: str) -> None:
    assert plain_text(typed) == cell


@given(st.lists(st.text("=+-@\t\r\n;, '\"aé", max_size=8), min_size=1, max_size=4))
def test_no_reading_of_a_file_finds_a_formula(cells: list[str]) -> None:
    for written in (COMMA, SEMICOLON):
        text = csv_text([cells], delimiter=written)
        assert text.startswith("\ufeff")
        for read in (COMMA, SEMICOLON):
            for row in csv.reader(io.StringIO(text[1:], newline=""), delimiter=read):
                starts = [cell.lstrip(" '\"\t\r\n") for cell in row if not cell.startswith("'")]
                assert not [cell for cell in starts if cell.startswith(FORMULAS)], row


def test_quotes_separators_and_line_breaks_survive() -> None:
    cells = ['Rosa "Rosie" Field,\nJr.', "a;b", "ü"]
    for delimiter in (COMMA, SEMICOLON):
        text = csv_text([cells], delimiter=delimiter).removeprefix("\ufeff")
        assert list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) == [cells]


@pytest.mark.parametrize("piece", ["\n", "\r\n", "\n ", ",", ", ", ",\n", "'", " ", '"\n'])
def test_a_cell_is_looked_at_once_whatever_it_repeats(piece: str) -> None:
    def seconds(repeats: int) -> float:
        cell = "a" + piece * repeats + "b"
        return min(timeit.repeat(lambda: plain_text(cell), number=1, repeat=7))

    # Twenty times as much takes about twenty times as long; a square would take four hundred
    assert seconds(10_000) < 100 * seconds(500)

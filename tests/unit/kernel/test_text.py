"""Texts in normal forms of Unicode, whatever somebody sends."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.kernel.text import may_be_mark, normalized, pasted

FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@pytest.mark.parametrize("form", FORMS)
@given(st.text(max_size=200))
def test_a_text_is_normalized_as_unicode_says(form: str, text: str) -> None:
    assert normalized(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]  # noqa: TID251


@pytest.mark.parametrize(
    "marks", ["\u0300\u0316", "\u05b1\u05b0", "\u0f73", "\uff9e\u0334", "\u064b\u0591\u302e"]
)
def test_no_letter_has_so_many_marks_that_sorting_them_takes_long(marks: str) -> None:
    text = ("a" + marks * 500 + " ") * 20
    for form in FORMS:
        few = normalized(form, text)  # type: ignore[arg-type]
        assert len(few) < len(text) / 8
        assert set(few) >= set(normalized(form, "a" + marks))  # type: ignore[arg-type]
    assert len(pasted(text)) < len(text) / 8


def test_whatever_is_sorted_among_marks_is_counted_as_one() -> None:
    """Python sorts runs of characters with a combining class, after they are decomposed."""
    missed = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if not may_be_mark(character)
        and unicodedata.combining((unicodedata.normalize("NFKD", character) or " ")[0])  # noqa: TID251
    ]
    assert missed == []

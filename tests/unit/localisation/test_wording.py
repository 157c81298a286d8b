"""Texts say things in the field's words; no habit that was given up comes back."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from tests.conftest import SOURCE

GIVEN_UP_IN_ENGLISH = (
    r"\bcome free\b",
    r"\b(given?|gives|gave) (the |these )?(places )?back\b",
    r"\bno longer held\b",
    r"\b(write|written|writes) (here|to (you|it|%\(email\)s))\b",
    r"\bstands again\b",
    r"\bnear this time\b",
    r"\bto the start page\b",
    r"\bthere is nothing here\b",
    r"\b(earlier|later) month\b",
    r"\bin the demo\b",
    r"\bcancel and pay\b",
    r"\bfree to cancel\b",
    r"price is kept\.",
    r"\bgoes here\b",
    r"^last %\(n\)s",
    r"^full, ",
    r"%\(\w+\)s %%",
    r"\bquestions\? just\b",
)
GIVEN_UP_IN_GERMAN = (
    r"\bab(ge)?sag",
    r"\bAbsage",
    r"\bKarten?\b",
    r"\bBuchungszeichen\b",
    r"\bVorführung\b",
    r"\bfreiwillig\b",
    r"\bSumme\b",
    r"\bDa fehlt noch etwas\b",
    r"^wenig$",
    r"^Weg$",
    r"\b(Früherer|Späterer) Monat\b",
    r"\bfrei gehalten\b",
    r"\bgedruckt\b",
)


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    path = SOURCE / "localisation" / "catalogues" / "de" / "LC_MESSAGES" / "fullhouse.po"
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def texts_like(texts: list[str], patterns: tuple[str, ...]) -> list[str]:
    found = re.compile("|".join(patterns), re.IGNORECASE)
    return [text for text in texts if found.search(text)]


def texts_of(message: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [message] if isinstance(message, str) else list(message or ())


def test_english_texts_have_no_wording_that_was_given_up(catalogue: Catalog) -> None:
    texts = [text for message in catalogue if message.id for text in texts_of(message.id)]
    assert len(texts) > 300
    assert texts_like(texts, GIVEN_UP_IN_ENGLISH) == []


def test_german_texts_have_no_wording_that_was_given_up(catalogue: Catalog) -> None:
    texts = [text for message in catalogue if message.id for text in texts_of(message.string)]
    assert texts_like(texts, GIVEN_UP_IN_GERMAN) == []

"""The catalogues of the pages: complete, the same in each language, and all of it used."""

import re
from pathlib import Path
from typing import Final

import pytest

from fullhouse.entrypoints.web.words import (
    LANGUAGES,
    UnknownPhrase,
    Words,
    choose_language,
    load_words,
)

WEB: Final = Path(__file__).parents[2] / "src" / "fullhouse" / "entrypoints" / "web"
FACT: Final = re.compile(r"\{(\w+)\}")


def forms(words: Words, key: str) -> list[str]:
    phrase = words.raw(key)
    return [phrase] if isinstance(phrase, str) else [phrase["one"], phrase["other"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_facts(language: str) -> None:
    english, other = load_words("en"), load_words(language)
    assert set(other.phrases) == set(english.phrases)
    for key in english.phrases:
        assert len(forms(other, key)) == len(forms(english, key)), key
        said = set(FACT.findall(forms(other, key)[-1]))
        assert said == set(FACT.findall(forms(english, key)[-1])), key


def test_every_phrase_is_used_and_every_phrase_used_is_there() -> None:
    sources = "\n".join(
        path.read_text("utf-8")
        for path in WEB.rglob("*")
        if path.suffix in {".py", ".html"} and path.is_file()
    )
    keys = set(load_words("en").phrases)
    spelled = set(re.findall(r"""["']([a-z]+\.[A-Za-z_0-9]+[A-Za-z0-9])["']""", sources))
    built = set(re.findall(r"""["']([a-z]+\.(?:[a-z]+_)?)(?:\{|["'] ~)""", sources))
    sections = {key.partition(".")[0] for key in keys}
    missing = {
        name
        for name in spelled
        if name.partition(".")[0] in sections and not name.endswith((".html", ".ics"))
    } - keys
    unused = {
        key for key in keys if key not in spelled and not any(key.startswith(b) for b in built)
    }
    assert missing == set()
    assert unused == set()


def test_a_phrase_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(UnknownPhrase):
        load_words("en")("slot.nowhere")


def test_counts_and_lists_are_said_as_people_say_them() -> None:
    words = load_words("en")
    assert words("slot.left", n=12) == "12 left"
    assert words("party.people", n=1) == "1 person"
    assert words.number(4) == "four"
    assert words.number(12) == "12"
    assert words.listing(["10:00"]) == "10:00"
    assert words.listing(["10:00", "10:30", "11:00"]) == "10:00, 10:30 and 11:00"


@pytest.mark.parametrize(
    ("asked", "accept", "house", "expected"),
    [
        ("de", "en", "en", "de"),
        ("xx", "de-AT,de;q=0.9,en;q=0.8", "en", "de"),
        (None, "fr;q=1, en;q=0.2, de;q=0.7", "en", "de"),
        (None, "fr", "de", "de"),
        (None, "nonsense;q=much", "", "en"),
        (None, None, "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_best_understood(
    asked: str | None, accept: str | None, house: str, expected: str
) -> None:
    assert choose_language(asked=asked, accept=accept, house=house) == expected

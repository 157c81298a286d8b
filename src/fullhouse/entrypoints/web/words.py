"""What the pages say: one file a language under `words/`, the same keys in each."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale

DEFAULT_LANGUAGE: Final = "en"
LANGUAGES: Final = ("en", "de")

Phrase = str | Mapping[str, str]


class UnknownPhrase(KeyError):
    """A page asked for words that are in no catalogue."""


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one language. Call it: `words("slot.left", n=3)` is "3 left"."""

    language: str
    locale: Locale
    phrases: Mapping[str, Phrase]

    def __call__(self, key: str, /, **facts: object) -> str:
        """The phrase of that key with its facts filled in; its plural form is chosen by `n`."""
        phrase = self.phrases.get(key)
        if phrase is None:
            raise UnknownPhrase(key, self.language)
        if not isinstance(phrase, str):
            phrase = phrase[self.plural(facts["n"])]
        return phrase.format_map(facts)

    def raw(self, key: str) -> Phrase:
        """The phrase as written, for the script that fills it in on the page."""
        return self.phrases[key]

    def plural(self, n: object) -> str:
        """The CLDR category of a count that the catalogue spells out: `one` or `other`."""
        assert isinstance(n, int), "a plural is chosen by a whole number"
        return "one" if self.locale.plural_form(n) == "one" else "other"

    def number(self, n: int) -> str:
        """Small numbers as words, as one writes them in a sentence; others as digits."""
        spelled = self("number.words").split(",")
        return spelled[n] if 0 <= n < len(spelled) else str(n)

    def listing(self, things: list[str]) -> str:
        """`10:00, 10:30 and 11:00`."""
        if len(things) < 2:  # noqa: PLR2004 - one thing needs no joining
            return "".join(things)
        return ", ".join(things[:-1]) + self("frame.and") + things[-1]


def load_words(language: str) -> Words:
    """Read one language's catalogue from the package."""
    text = (
        files("fullhouse.entrypoints.web").joinpath("words", f"{language}.toml").read_text("utf-8")
    )
    return Words(language, Locale.parse(language), dict(_flat(tomllib.loads(text))))


@cache
def load_languages() -> Mapping[str, Words]:
    """Every language, by its code; read once."""
    return {language: load_words(language) for language in LANGUAGES}


def choose_language(*, asked: str | None, accept: str | None, house: str) -> str:
    """The language asked for, else the best accepted one, else the house's own."""
    wishes = [(asked or "").lower()[:2], *_accepted(accept or ""), house.lower()[:2]]
    return next((wish for wish in wishes if wish in LANGUAGES), DEFAULT_LANGUAGE)


def _accepted(header: str) -> list[str]:
    """The languages of an `Accept-Language` header (RFC 9110 §12.5.4), the most wanted first."""
    wishes: list[tuple[float, str]] = []
    for part in header[:400].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.strip().lower()[:2]))
        except ValueError:
            continue
    return [tag for _, tag in sorted(wishes, key=lambda wish: wish[0])]


def _flat(tables: Mapping[str, object]) -> Iterator[tuple[str, Phrase]]:
    for section, table in tables.items():
        assert isinstance(table, dict), f"{section} holds phrases"
        for name, phrase in table.items():
            yield f"{section}.{name}", phrase

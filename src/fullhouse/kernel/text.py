"""Text that people type or paste: without what nobody sees, and on one line."""

import re
import unicodedata
from typing import Final, Literal

_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
"""Invisible, and part of how Persian and Sinhala spell words, and of some emoji."""
_ENDS: Final = " \t\n\r\v\f" + "".join(sorted(_JOINERS))
_BLANK: Final = frozenset(
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}"
    "\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
    "\N{KHMER VOWEL INHERENT AQ}\N{KHMER VOWEL INHERENT AA}\N{MONGOLIAN VOWEL SEPARATOR}"
)
"""Characters that are drawn as nothing although Unicode calls them letters, marks or symbols."""
_STACKED: Final = re.compile(
    "([{marks}]{{4}})[{marks}]+".format(
        marks="\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    )
)
"""More accents on one letter than any language has: they are drawn over the lines around it."""
_MARKS_MAX: Final = 30
"""On one letter, as in the stream-safe format of Unicode (UAX 15, D4)."""
_MANY_MARKS: Final = re.compile(rf"(?:[^\w\s!-~]|[\uff9e\uff9f]){{{_MARKS_MAX + 1},}}")
"""Where so many may be: no mark is a letter, but for those of halfwidth Katakana."""


def pasted(text: str) -> str:
    """The text without invisible characters, with plain spaces, and without spaces around it.

    Letters with accents are composed (NFC): some systems write them in two characters, and a search
    for the same name would not find it.

    Web pages and documents give zero-width and non-breaking spaces and marks of direction along
    when somebody copies from them. Control characters stay: what they mean is the caller's matter.
    """
    if text.isascii():
        return text.strip()
    pairs = zip(" " + text, text, strict=False)
    shown = "".join(_plain(before, c) for before, c in pairs).strip(_ENDS)
    return _composed(shown)


def one_line(text: str) -> str:
    """The text as pasted, without control characters and double spaces, for mails and tables."""
    if not text.isprintable() or not (text.isascii() or _BLANK.isdisjoint(text)):
        text = "".join(c if c.isprintable() or c in _JOINERS else " " for c in pasted(text))
    return _composed(" ".join(text.split()))


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in a normal form of Unicode; of very many marks on one letter the first 30.

    Marks are sorted, which takes Python the square of their number: 32,000 of them 0.8 seconds.
    """
    if text.isascii():
        return text
    return unicodedata.normalize(form, _MANY_MARKS.sub(_few, text))  # noqa: TID251


def _few(found: re.Match[str]) -> str:
    kept, marks = list[str](), 0
    for character in found[0]:
        marks = marks + 1 if may_be_mark(character) else 0
        if marks <= _MARKS_MAX:
            kept.append(character)
    return "".join(kept)


def may_be_mark(character: str) -> bool:
    """Whether the character, or all that it stands for, can be sorted among marks on a letter."""
    return character in "\uff9e\uff9f" or unicodedata.category(character)[0] == "M"


def _composed(text: str) -> str:
    """The text with letters and their accents in one character, and few accents on each."""
    return text if text.isascii() else normalized("NFC", _STACKED.sub(r"\1", text))


def _plain(before: str, character: str) -> str:
    """The character itself, a space for any kind of space, nothing for what is invisible."""
    if character in _JOINERS:
        joins = not before.isascii() and unicodedata.category(before)[0] in "LMS"
        return character if joins else ""
    if character in _BLANK or unicodedata.category(character) == "Cf":
        return ""
    return " " if character.isspace() and not character.isascii() else character

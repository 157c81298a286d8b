"""How people spell names whose letters they do not have, or do not see, on their keyboards."""

import re
from typing import Final

from fullhouse.kernel.text import normalized

SPELLED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"}
    | {"ł": "l", "ð": "d", "đ": "d", "þ": "th"}
)
"""Letters that people spell with two where there is only ASCII."""
_ACCENTS: Final = re.compile("[\u0300-\u036f]")


def spelled(text: str) -> str:
    """The text in lower case without accents and umlauts, `mueller` of `Müller`, for searches.

    The SQL function `spellings` gives the same of a stored name, and `muller` beside it.
    """
    if text.isascii():
        return text.lower()
    letters = normalized("NFC", text).lower().translate(SPELLED)
    plain = _ACCENTS.sub("", normalized("NFD", letters))
    return normalized("NFC", plain)

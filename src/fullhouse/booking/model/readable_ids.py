"""Ids of questions and price categories: made once from a text, so that programs can read them."""

import re
from collections.abc import Collection
from itertools import count
from typing import Final

from fullhouse.booking.limits import READABLE_ID_CHARACTERS_MAX
from fullhouse.kernel.text import normalized

READABLE_ID: Final = r"^[a-z0-9]+(-[a-z0-9]+)*(?!\n)$"
_OTHERS: Final = re.compile("[^a-z0-9]+")
_NUMBER_CHARACTERS: Final = 4


def new_readable_id(text: str, taken: Collection[str], *, without: str) -> str:
    """An id like `any-allergies` that is not taken; of a text without Latin letters, `without`."""
    ascii_text = normalized("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = _OTHERS.sub("-", ascii_text)[: READABLE_ID_CHARACTERS_MAX - _NUMBER_CHARACTERS]
    base = words.strip("-") or without
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)

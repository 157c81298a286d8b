"""An address that is made of a name."""

import re
import unicodedata
from typing import Final

from fullhouse.kernel.text import normalized
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import RESERVED_SLUGS
from fullhouse.people.model.spelling import SPELLED

_APOSTROPHES: Final = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]")
_REST: Final = re.compile("[^a-z0-9]+")


def suggested_slug(name: str) -> str:
    """`muellers-hof` of `Müller's Hof`; empty for a name without Latin letters and digits."""
    spelled = _APOSTROPHES.sub("", normalized("NFC", name).casefold())
    plain = normalized("NFKD", spelled.translate(SPELLED))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    slug = _REST.sub("-", plain)[:SLUG_CHARACTERS_MAX].strip("-")
    return f"{slug}-1" if slug in RESERVED_SLUGS else slug

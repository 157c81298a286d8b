"""Names of people who are no users of ours: one line of text, and nothing that becomes a link.

A guest types a name and somebody else's e-mail address, and the business writes to that address
with the name in the greeting. So a name is no place for an address of the web: mail programs make
links of `evil.example/win` and of `evil.com` without being asked.
"""

import re
import unicodedata
from typing import Final

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import normalized, one_line
from fullhouse.people.limits import NAME_CHARACTERS_MAX

_HARMLESS: Final = re.compile(r"[\w ',&()+-]*")
"""Nearly every name there is: without a full stop, a colon and an at sign it is no address."""
_WORDS_WITH_FULL_STOP: Final = re.compile(r"[\u2488-\u249b\ua4f8\U0001f100]")
"""Letters and digits of Unicode that look as though a full stop followed or stood there."""
_SCHEME: Final = re.compile(
    r"""://
    | (?<!\w) (?: // | \\\\ )
    | (?<!\w) (?: https? | s?ftp | file | mailto | tel | callto | sms | whatsapp | skype
        | data | javascript | magnet | bitcoin | webcal s? ) :
    | (?<!\w) www\d? \.
    | \w @ \w""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKS: Final = frozenset(":@/\\")
"""One of them is in everything that `_SCHEME` finds, but in `www.`; they are found faster."""
_BETWEEN_WORDS: Final = re.compile(r"[^\w./\\:?#-]+")
_AFTER_HOST: Final = re.compile(r"[/\\:?#]")
_ABBREVIATIONS: Final = frozenset(
    (
        "co", "da", "de", "dipl", "dr", "fa", "fam", "fr", "frau", "herr", "hon", "hr", "ing",
        "jr", "kg", "ma", "mag", "med", "mr", "mrs", "ms", "no", "nr", "prof", "rev", "sr",
        "sra", "st", "ste", "van", "von",
    )
)  # fmt: skip
"""What people write before a full stop without a space after it."""
_TOP_LEVEL_DOMAINS: Final = frozenset(
    (
        "com", "net", "org", "info", "biz", "app", "dev", "xyz", "top", "win", "club", "shop",
        "site", "online", "live", "link", "click", "page", "store", "vip", "icu",
    )
)  # fmt: skip
_COMMON_DOMAINS: Final = frozenset(("com", "net", "org", "info", "biz"))
"""What follows a domain of one letter, and no initial: `x.com`, but `J. Page`."""
_DEGREES: Final = frozenset("bm")
"""Bachelors and masters of commerce are `B.Com.` and `M.Com.`."""
_AFTER_SURNAMES: Final = frozenset(("jr", "sr", "ii", "iii", "iv", "jun", "sen", "md", "phd"))
"""What may follow a surname without being one."""
_IPV4_NUMBERS: Final = 4
_LOOKALIKES: Final = str.maketrans(
    {
        "\N{FRACTION SLASH}": "/",
        "\N{DIVISION SLASH}": "/",
        "\N{BIG SOLIDUS}": "/",
        "\N{RATIO}": ":",
        "\N{MODIFIER LETTER COLON}": ":",
        **dict.fromkeys("\N{IDEOGRAPHIC FULL STOP}\N{ARABIC FULL STOP}\N{BULLET}", "."),
        **dict.fromkeys("\N{HYPHENATION POINT}\N{BULLET OPERATOR}\N{DOT OPERATOR}", "."),
        **dict.fromkeys("\N{SYRIAC SUPRALINEAR FULL STOP}\N{SYRIAC SUBLINEAR FULL STOP}", "."),
        **dict.fromkeys("\N{LISU LETTER TONE MYA TI}\N{WORD SEPARATOR MIDDLE DOT}", "."),
    }
)
"""What compatibility decomposition leaves as it is, and what looks like a mark of an address."""
_MIDDLE_DOT: Final = re.compile(
    r"(?<=[a-z0-9])\N{MIDDLE DOT}(?=[a-z0-9])(?!(?<=l.)l)", re.IGNORECASE
)
"""It stands for a full stop among Latin letters, but in the Catalan `l·l`."""


def person_name(text: str, *, field: str = "name") -> str:
    """The name as one line; raises `InvalidInput` naming `field`.

    Invisible characters and marks of direction are left out, control characters become spaces.
    """
    name = one_line(text)
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"A name has 1 to {NAME_CHARACTERS_MAX} characters.", field=field)
    if has_address(name):
        raise InvalidInput(
            "Write the name alone, without a web or e-mail address, and a space after a full stop.",
            field=field,
        )
    return name


def sorting_name(name: str) -> str:
    """What a list by surname sorts a name by: the last word, or what stands before a comma."""
    surname, comma, given = name.partition(",")
    words = name.split()
    while len(words) > 1 and words[-1].strip(".").lower() in _AFTER_SURNAMES:
        words.pop()
    last = surname if comma and given.strip() else words[-1] if words else ""
    return f"{_sortable(last)} {_sortable(name)}"


def _sortable(text: str) -> str:
    if text.isascii():
        return text.casefold()
    decomposed = normalized("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def has_address(text: str) -> bool:
    """Whether a text contains what a mail program or a person would take for an address."""
    if _HARMLESS.fullmatch(text) and (text.isascii() or not _WORDS_WITH_FULL_STOP.search(text)):
        return False
    text = text if text.isascii() else _plain(text)
    may_have_scheme = not _MARKS.isdisjoint(text) or "www" in text.lower()
    return (may_have_scheme and _SCHEME.search(text) is not None) or any(
        _is_address(word) for word in _BETWEEN_WORDS.split(text) if "." in word
    )


def _is_address(word: str) -> bool:
    """Whether a word is a host, alone (`evil.com`) or with what follows one (`evil.co/win`)."""
    *before_more, last = (part.rstrip("-") for part in _AFTER_HOST.split(word))
    with_more = (part for part in before_more if not part.endswith("."))
    if any("." in part.lstrip(".") for part in with_more):
        return True
    return any(_is_host(part) for part in (*before_more, last))


def _is_host(text: str) -> bool:
    labels = text.lower().split(".")
    numbers = [label for label in labels if label.isdecimal()]
    return len(numbers) >= _IPV4_NUMBERS or any(map(_is_domain, labels, labels[1:]))


def _is_domain(label: str, following: str) -> bool:
    """Whether two labels with a full stop between them are no initial, title or abbreviation."""
    if following.startswith("xn--"):
        return True
    if len(label) == 1:
        return following in _COMMON_DOMAINS and label not in _DEGREES
    if len(following) == 1 or not any(map(str.isalpha, following)):
        return False
    if label not in _ABBREVIATIONS:
        return True
    is_country = len(following) == len("de") and following not in _ABBREVIATIONS
    return is_country or following in _TOP_LEVEL_DOMAINS


def _plain(text: str) -> str:
    """The text as it looks: without accents, joiners, full-width forms and variants of marks."""
    parts = normalized("NFKD", text.translate(_LOOKALIKES))
    parts = _MIDDLE_DOT.sub(".", parts)
    seen = (c for c in parts if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return "".join(seen).translate(_LOOKALIKES)

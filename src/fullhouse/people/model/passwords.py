"""Passwords: their normal form, and which are refused because they are guessed first.

Length counts, composition does not (NIST SP 800-63B §3.1.1.2). Lists of breached passwords hold
mostly shorter ones than are admitted here, and people lengthen those in few ways: they repeat
them, and put digits and signs around them. So a password is looked up without its decoration, too.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import normalized
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.limits import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    PASSWORD_TYPED_CHARACTERS_MAX,
)

CONTEXT_WORDS: Final = (
    "fullhouse",
    "full house",
    "bookings",
    "tickets",
    "administrator",
    "operator",
)
"""What somebody who knows this program tries first; documented in docs/security/policies.md."""
_DECORATION_CHARACTERS_MAX: Final = 8
_UNIT_CHARACTERS_SHORT: Final = 4
_PERSONAL_CHARACTERS_MIN: Final = 4
_LEET: Final = str.maketrans("@4310$57!|", "aaeiosstil")
_ENDS: Final = re.compile(r"^[^a-z]+|[^a-z]+$")
_TOO_SHORT: Final = gettext_noop("Use at least 12 characters. A few words are fine.")
_TOO_LONG: Final = gettext_noop("Use at most 128 characters.")
_NOT_TYPED: Final = gettext_noop("Use characters that a keyboard can type.")
_TOO_EASY: Final = gettext_noop(
    "This password is among the first that attackers try. Use a few words that nobody else "
    "would put together."
)

assert str(PASSWORD_CHARACTERS_MIN) in _TOO_SHORT
assert str(PASSWORD_CHARACTERS_MAX) in _TOO_LONG


def normalised_password(typed: str) -> str:
    """NFKC, so that one password typed on two keyboards is the same; spaces count.

    A text that is far too long stays as it is: it is nobody's password.
    """
    if typed.isascii() or len(typed) > PASSWORD_TYPED_CHARACTERS_MAX:
        return typed
    return normalized("NFKC", typed)


def new_password(typed: str, *, personal: tuple[str, ...] = (), field: str = "password") -> str:
    """The normal form of a password that somebody chooses; raises `InvalidInput`.

    `personal` are texts that others know of the person: name and e-mail address.
    """
    password = normalised_password(typed)
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise InvalidInput(_TOO_SHORT, field=field)
    if len(password) > PASSWORD_CHARACTERS_MAX:
        raise InvalidInput(_TOO_LONG, field=field)
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in password):
        raise InvalidInput(_NOT_TYPED, field=field)
    if is_common(password) or _is_personal(password.casefold(), (*personal, *CONTEXT_WORDS)):
        raise InvalidInput(_TOO_EASY, field=field)
    return password


def is_common(password: str) -> bool:
    """Whether the password is on the list, with or without its decoration, or follows a pattern."""
    return any(text in common_passwords() or _is_pattern(text) for text in _forms(password))


@cache
def common_passwords() -> frozenset[str]:
    """The list that ships with the package, in lower case: 3 MB, read when it is first needed."""
    packed = files("fullhouse.people.model").joinpath("common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("ascii").split())


def _forms(password: str) -> Iterator[str]:
    """The password as typed, without what is repeated, and without digits and signs around it."""
    text = password.casefold()
    yield text
    unit = _unit(text)
    if unit != text:
        yield unit
    for bare in (_ENDS.sub("", unit), _ENDS.sub("", unit.translate(_LEET))):
        if len(unit) - len(bare) <= _DECORATION_CHARACTERS_MAX:
            plain = bare.translate(_LEET)
            yield from (bare, plain, _unit(plain))


def _unit(text: str) -> str:
    """The shortest text that this one repeats, the last time perhaps in part."""
    for length in range(1, len(text) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


def _is_pattern(text: str) -> bool:
    """Whether it is a short text repeated, or each character follows the one before."""
    if len(text) <= _UNIT_CHARACTERS_SHORT:
        return True
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    return len(steps) == 1 and text.isalnum()


def _is_personal(password: str, personal: tuple[str, ...]) -> bool:
    """Whether hardly more than a name or an address is left."""
    for text in personal:
        for part in {text.casefold(), text.casefold().partition("@")[0]}:
            is_in = len(part) >= _PERSONAL_CHARACTERS_MIN and part in password
            if is_in and len(password) - len(part) <= _DECORATION_CHARACTERS_MAX:
                return True
    return False

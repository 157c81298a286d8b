"""Access and refresh tokens of programs: opaque texts, of which only hashes are stored.

The tokens that a refresh returns are derived from the refresh token that was sent and a secret of
the installation. So a client that repeats a refresh whose answer was lost gets the same tokens,
although no token is stored, and nobody without the secret can tell the next from the last.
"""

import base64
import hashlib
from typing import Final

from msgspec import Struct

ACCESS_PREFIX: Final = "fha_"
REFRESH_PREFIX: Final = "fhr_"
"""Unlike that of an API key, and found by scanners of published code as well."""


class TokenPair(Struct, frozen=True):
    """What a program signs its calls with, and what it gets the next pair for."""

    access: str
    refresh: str


def next_pair(secret: bytes, refresh: str) -> TokenPair:
    """The tokens that a refresh token is exchanged for; of a new session, for a random text."""
    return TokenPair(
        ACCESS_PREFIX + _derived(secret, b"access", refresh),
        REFRESH_PREFIX + _derived(secret, b"refresh", refresh),
    )


def _derived(secret: bytes, purpose: bytes, token: str) -> str:
    text = token.encode("utf-8", "surrogatepass")
    mac = hashlib.blake2b(text, key=secret, digest_size=32, person=purpose).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

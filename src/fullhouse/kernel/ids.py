"""Ids are given, never taken: time-ordered UUIDs, references for people, and derived ids."""

import base64
import hashlib
import secrets
from random import Random
from typing import NewType, Protocol
from uuid import UUID

from fullhouse.kernel.clock import Clock

OrgId = NewType("OrgId", UUID)

REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a reference is spelled with: nothing that can be mistaken, aloud or on paper."""

REFERENCE_LENGTH = 8
_MEANING = hashlib.sha1(UUID("6f0cf9a5-2d6b-5f0f-9c1c-5a2f7d1f4b11").bytes, usedforsecurity=False)
"""The hash of every derived id, as far as all of them are alike."""


class Ids(Protocol):
    """Where new ids come from."""

    def uuid(self) -> UUID:
        """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
        ...

    def reference(self) -> str:
        """Eight letters for people, out of 31⁸ (8.5e11); the ledger replaces a rare repeat."""
        ...

    def secret(self) -> str:
        """Thirty-two random bytes in URL-safe base64: for links and keys that are passwords."""
        ...


class RandomIds:
    """Ids from the system's source of randomness, or from a seeded one for demo data."""

    def __init__(self, clock: Clock, random: Random | None = None) -> None:
        self._clock = clock
        self._random = random or secrets.SystemRandom()
        self._bits = self._random.getrandbits

    def uuid(self) -> UUID:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        bits = self._bits(74)
        return UUID(
            int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1
        )

    def reference(self) -> str:
        # One draw of 64 bits: the system's randomness costs a call each time it is asked
        drawn, letters = self._bits(64), ""
        for _ in range(REFERENCE_LENGTH):
            drawn, place = divmod(drawn, len(REFERENCE_LETTERS))
            letters += REFERENCE_LETTERS[place]
        return letters

    def secret(self) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(32)).rstrip(b"=").decode()


def derived_id(*parts: str) -> UUID:
    """The UUIDv5 of a meaning: equal parts in equal order give the equal id, for ever."""
    hashed = _MEANING.copy()
    hashed.update("\x1f".join(parts).encode())
    return UUID(bytes=hashed.digest()[:16], version=5)


def fingerprint(body: bytes) -> UUID:
    """BLAKE2b-128 of a request's canonical form: tells a repeat from a reused key."""
    return UUID(bytes=hashlib.blake2b(body, digest_size=16).digest())

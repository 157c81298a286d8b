"""Lockout: what failed attempts to sign in are counted by, and how many are free.

A guesser is counted by the pair of login and network, by network, and by login. A browser in which
the person has signed in before shows a device token, and is counted by that alone: so nobody can
lock another person out by guessing (OWASP Authentication Cheat Sheet, device cookies).
"""

import base64
import hashlib
import hmac
from typing import Final, Literal

import msgspec

from fullhouse.people.limits import (
    DEVICE_FAILURES_FREE,
    EMAIL_CHANGES_FREE,
    LOGIN_FAILURES_FREE,
    NETWORK_FAILURES_FREE,
    PAIR_FAILURES_FREE,
    SIGN_UPS_FREE,
)
from fullhouse.people.model import AccountId

FailureKind = Literal["pair", "network", "account", "device", "sign_up"]
_NONCE_BYTES: Final = 16
_MAC_BYTES: Final = 16


class FailureCount(msgspec.Struct, frozen=True):
    """A count of failures: by what, for whom as a keyed hash, and how many lock nothing."""

    kind: FailureKind
    subject: bytes
    free: int


def failure_counts(
    secret: bytes, login: str, network: str, *, device: bytes | None = None
) -> tuple[FailureCount, ...]:
    """The counts of an attempt; an unknown login is counted like any other."""
    if device is not None:
        return (FailureCount("device", _subject(secret, "device", device), DEVICE_FAILURES_FREE),)
    who, where = login.encode("utf-8", "surrogatepass"), network.encode()
    pair = _subject(secret, "pair", hashlib.sha256(who).digest() + where)
    return (
        FailureCount("account", _subject(secret, "account", who), LOGIN_FAILURES_FREE),
        FailureCount("network", _subject(secret, "network", where), NETWORK_FAILURES_FREE),
        FailureCount("pair", pair, PAIR_FAILURES_FREE),
    )


def sign_up_count(secret: bytes, network: str) -> FailureCount:
    """The count of accounts that were asked for: each is an e-mail to anybody's address."""
    return FailureCount("sign_up", _subject(secret, "sign_up", network.encode()), SIGN_UPS_FREE)


def email_change_counts(
    secret: bytes, network: str, account_id: AccountId
) -> tuple[FailureCount, ...]:
    """The counts of a change of address: it is an e-mail to anybody's as well."""
    own = _subject(secret, "sign_up", b"account " + account_id.bytes)
    return sign_up_count(secret, network), FailureCount("sign_up", own, EMAIL_CHANGES_FREE)


def device_token(secret: bytes, account_id: AccountId, nonce: bytes) -> str:
    """What a browser shows that a person has signed in there before; `nonce` names the device."""
    token = nonce + _mac(secret, account_id, nonce)
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def known_device(secret: bytes, account_id: AccountId, tokens: tuple[str, ...]) -> bytes | None:
    """The nonce of the token that is this person's; None without one."""
    for token in tokens:
        try:
            decoded = base64.urlsafe_b64decode(token.encode() + b"==")
        except ValueError:
            continue
        nonce, mac = decoded[:_NONCE_BYTES], decoded[_NONCE_BYTES:]
        if len(nonce) == _NONCE_BYTES and hmac.compare_digest(mac, _mac(secret, account_id, nonce)):
            return nonce
    return None


def _mac(secret: bytes, account_id: AccountId, nonce: bytes) -> bytes:
    meaning = account_id.bytes + nonce
    return hashlib.blake2b(meaning, key=secret, digest_size=_MAC_BYTES, person=b"device").digest()


def _subject(secret: bytes, kind: FailureKind, meaning: bytes) -> bytes:
    return hashlib.blake2b(meaning, key=secret, digest_size=16, person=kind.encode()).digest()

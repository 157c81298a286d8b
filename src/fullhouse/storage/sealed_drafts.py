"""Drafts of forms as text that a browser keeps, and only this installation can read."""

import base64
import binascii
import hashlib
from typing import TypeVar

import msgspec

from fullhouse.storage.errors import EncryptionKeyWrong
from fullhouse.storage.sealing import Sealer

T = TypeVar("T")


def sealer_of_drafts(secret: bytes) -> Sealer:
    """Seals drafts under a key of their own, derived from the installation's secret."""
    derived = hashlib.blake2b(key=secret, person=b"drafts", digest_size=32).digest()
    key = base64.urlsafe_b64encode(derived).decode()
    return Sealer(lambda: [key])


def seal_draft(sealer: Sealer, draft: object) -> str:
    """The draft as a cookie holds it."""
    return base64.b64encode(sealer.seal(msgspec.json.encode(draft)), altchars=b"-_").decode()


def open_draft(sealer: Sealer, kept: str, of: type[T]) -> T | None:
    """The draft that a cookie holds; None for a text that is not one of ours."""
    try:
        sealed = base64.b64decode(kept.encode("ascii"), altchars=b"-_", validate=True)
        return msgspec.json.decode(sealer.open(sealed), type=of)
    except (ValueError, binascii.Error, EncryptionKeyWrong, msgspec.DecodeError):
        return None

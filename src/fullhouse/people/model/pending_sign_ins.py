"""A browser that has given the right password and has still to give the code.

The token is signed and not stored: it says who gave the password, from which known device, and
until when. Alone it opens nothing.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.people.model import AccountId

_ID_BYTES: Final = 16
_TIME_BYTES: Final = 8
_MAC_BYTES: Final = 16


class PendingSignIn(Struct, frozen=True):
    """Who gave the password; `expires_at` is in whole seconds."""

    account_id: AccountId
    expires_at: datetime

    def token(self, secret: bytes) -> str:
        """The token for the browser."""
        meaning = self.account_id.bytes + int(self.expires_at.timestamp()).to_bytes(_TIME_BYTES)
        return base64.urlsafe_b64encode(meaning + _mac(secret, meaning)).rstrip(b"=").decode()


def read_pending_sign_in(secret: bytes, token: str, *, now: datetime) -> PendingSignIn | None:
    """What a token says; None for one that is none or has expired."""
    try:
        decoded = base64.urlsafe_b64decode(token.encode() + b"==")
    except ValueError:
        return None
    meaning, mac = decoded[:-_MAC_BYTES], decoded[-_MAC_BYTES:]
    is_whole = len(meaning) == _ID_BYTES + _TIME_BYTES
    if not is_whole or not hmac.compare_digest(mac, _mac(secret, meaning)):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(meaning[_ID_BYTES:]), UTC)
    pending = PendingSignIn(AccountId(UUID(bytes=meaning[:_ID_BYTES])), expires_at)
    return pending if now < expires_at else None


def _mac(secret: bytes, meaning: bytes) -> bytes:
    return hashlib.blake2b(meaning, key=secret, digest_size=_MAC_BYTES, person=b"pending").digest()

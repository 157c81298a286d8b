"""Secret links: a token that only this installation can make, for one thing and one purpose.

Nothing is stored for it: the token is the keyed BLAKE2b-128 (RFC 7693 §2.9) of what it opens. Every
answer to a booking carries one, and HMAC-SHA-256 takes three times as long.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fullhouse.kernel.ids import OrgId

Purpose = Literal["manage", "waiting"]
_BYTES = 16


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and knows the tokens of links; `secret` is the installation's own."""

    secret: bytes

    def token(self, purpose: Purpose, org_id: OrgId, subject: UUID) -> str:
        """22 letters of URL-safe base64."""
        meaning = purpose.encode() + org_id.bytes + subject.bytes
        mac = hashlib.blake2b(meaning, key=self.secret, digest_size=_BYTES).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def opens(self, token: str, purpose: Purpose, *, org_id: OrgId, subject: UUID) -> bool:
        """Whether it is the token of just that; takes the same time when it is not."""
        return hmac.compare_digest(
            token.encode(errors="replace"), self.token(purpose, org_id, subject).encode()
        )

"""Secret links: a token that only this installation can make, for one thing and one purpose.

Nothing is stored for it: the token is an HMAC-SHA-256 (RFC 2104) of what it opens, cut to 128 bits.
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
        mac = hmac.digest(self.secret, meaning, hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:_BYTES]).rstrip(b"=").decode()

    def opens(self, token: str, purpose: Purpose, *, org_id: OrgId, subject: UUID) -> bool:
        """Whether it is the token of just that; takes the same time when it is not."""
        return hmac.compare_digest(
            token.encode(errors="replace"), self.token(purpose, org_id, subject).encode()
        )

"""Signed links: a token that only this installation can make, for one subject and one purpose.

Nothing is stored: the token is the keyed BLAKE2b-128 (RFC 7693 §2.9) of purpose, subject and
version. Every booking response carries one, and HMAC-SHA-256 takes three times as long. A token
ends when its subject counts its version up.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fullhouse.booking.model.booking import Booking
from fullhouse.kernel.ids import INSTALLATION, OrgId

Purpose = Literal[
    "manage",
    "show",
    "hold",
    "waiting",
    "set_up",
    "acknowledge",
    "rate",
    "unsubscribe",
    "bounce",
    "digest",
]
"""`manage` shows and changes a booking, `show` shows it, `rate` says how it was; `hold` is a
browser's own hold; `set_up` makes the first business of an installation; `acknowledge` says that a
message has arrived; `unsubscribe` is an address's own choice of what it gets; `bounce` is where a
message comes back; `digest` is a person's own choice whether to get the morning's."""
_BYTES = 16


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Signs links and verifies their tokens; `secret` is the installation's own."""

    secret: bytes

    def token(self, purpose: Purpose, org_id: OrgId, subject: UUID, *, version: int = 1) -> str:
        """22 letters of URL-safe base64."""
        meaning = purpose.encode() + org_id.bytes + subject.bytes + version.to_bytes(4)
        mac = hashlib.blake2b(meaning, key=self.secret, digest_size=_BYTES).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def verify(
        self, token: str, purpose: Purpose, *, org_id: OrgId, subject: UUID, version: int = 1
    ) -> bool:
        """Return whether `token` is of this purpose, subject and version, in constant time."""
        valid = self.token(purpose, org_id, subject, version=version)
        return hmac.compare_digest(token.encode(errors="replace"), valid.encode())

    @property
    def set_up_token(self) -> str:
        """Of the link that sets the installation up, which works until it has a business."""
        return self.token("set_up", INSTALLATION, INSTALLATION)

    def opens(self, token: str, booking: Booking, *purposes: Purpose) -> bool:
        """Return whether `token` opens a booking for one of these purposes."""
        return any(
            self.verify(
                token,
                purpose,
                org_id=booking.org_id,
                subject=booking.booking_id,
                version=booking.link_version,
            )
            for purpose in purposes
        )

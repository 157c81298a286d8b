"""Signatures of e-mails by DKIM (RFC 6376, dkimpy), in the name of the sender's domain.

The domain is that of `From`, as DMARC wants it. RSA alone: few receivers verify Ed25519.
"""

from pathlib import Path
from typing import Final

from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.errors import InvalidInput

_SIGNED: Final = (
    b"From",
    b"To",
    b"Reply-To",
    b"Subject",
    b"Date",
    b"Message-ID",
    b"References",
    b"Auto-Submitted",
    b"List-Unsubscribe",
    b"List-Unsubscribe-Post",  # RFC 8058 §4
    b"MIME-Version",
    b"Content-Type",
    b"From",
    b"Subject",
)
"""Also those that an e-mail does not have: so nobody adds them on its way (RFC 6376 §8.15)."""
_RELAXED: Final = (b"relaxed", b"relaxed")
_EXAMPLE: Final = b"From: a@example.org\r\n\r\n"


class DkimKey(Struct, frozen=True):
    """A private RSA key in PEM, and the selector by which its public half is found in the DNS."""

    selector: str
    pem: bytes

    @override
    def __repr__(self) -> str:
        return f"DkimKey({self.selector!r})"

    def signed(self, message: bytes, *, domain: str) -> bytes:
        """The message with its signature before it; takes about 10 ms."""
        # Loaded where it is used: with what it asks of the DNS it took a tenth of every start
        import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped upstream

        signature: bytes = dkim.sign(
            message,
            self.selector.encode(),
            domain.encode(),
            self.pem,
            canonicalize=_RELAXED,
            include_headers=list(_SIGNED),
        )
        return signature + message


def read_dkim_key(selector: str, path: Path) -> DkimKey:
    """Raises `InvalidInput` for a file that cannot be read, or has no key that signs."""
    import dkim  # noqa: PLC0415 - see above

    try:
        key = DkimKey(selector, path.expanduser().read_bytes())
        key.signed(_EXAMPLE, domain="example.org")
    except (OSError, RuntimeError, dkim.DKIMException) as error:
        raise InvalidInput(
            "Name a file with a private RSA key, as `openssl genrsa 2048` writes it.",
            field="dkim_key_file",
        ) from error
    return key

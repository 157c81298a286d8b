"""What an operator sets for alerts, checked."""

import base64
import binascii
from typing import Final
from urllib.parse import urlsplit

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
_SECRET_BYTES_MIN: Final = 24
_URL_SENTENCE: Final = "Give a full address, such as https://hooks.example.org/alerts."
_HOW_TO_MAKE_ONE: Final = (
    "Give whsec_ and at least 24 random bytes in base64, as `openssl rand -base64 24` prints them."
)


def require_alert_url(text: str) -> None:
    """Raises `ValueError` for what cannot be posted to."""
    try:
        parts = urlsplit(text)
        is_port_valid = parts.port != 0
    except ValueError:
        raise ValueError(_URL_SENTENCE) from None
    is_host_given = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not is_host_given or not is_port_valid or not text.isprintable() or " " in text:
        raise ValueError(_URL_SENTENCE)


def alert_secret(text: str) -> bytes:
    """The bytes of a secret of Standard Webhooks; raises `ValueError`."""
    try:
        secret = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_HOW_TO_MAKE_ONE) from None
    if not text.startswith(_SECRET_PREFIX) or len(secret) < _SECRET_BYTES_MIN:
        raise ValueError(_HOW_TO_MAKE_ONE)
    return secret

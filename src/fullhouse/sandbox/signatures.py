"""Signatures of webhooks, each as its provider documents it."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with


def standard_webhook(secret: str, body: bytes, *, message_id: str, at: int) -> dict[str, str]:
    """Standard Webhooks 1.0: `v1,base64(HMAC-SHA256(id.timestamp.body))`; `at` in Unix seconds."""
    signed = b".".join((message_id.encode(), str(at).encode(), body))
    digest = hmac.digest(_key(secret), signed, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def square(signature_key: str, body: bytes, *, url: str) -> dict[str, str]:
    """Over the notification URL, as it was configured, and the body."""
    digest = hmac.digest(signature_key.encode(), url.encode() + body, hashlib.sha256)
    return {"x-square-hmacsha256-signature": base64.b64encode(digest).decode()}


def stripe(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """Over the Unix seconds and the body; the whole secret is the key."""
    signature = _hexadecimal(secret, str(at).encode() + b"." + body)
    return {"Stripe-Signature": f"t={at},v1={signature}"}


def cal(secret: str, body: bytes) -> dict[str, str]:
    """Over the body alone."""
    return {"X-Cal-Signature-256": _hexadecimal(secret, body)}


def retell(api_key: str, body: bytes, *, at_milliseconds: int) -> dict[str, str]:
    """Over the body and the Unix milliseconds, with the API key."""
    signature = _hexadecimal(api_key, body + str(at_milliseconds).encode())
    return {"x-retell-signature": f"v={at_milliseconds},d={signature}"}


def _hexadecimal(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _key(secret: str) -> bytes:
    """The bytes behind `whsec_`; a secret of another form is taken as it is."""
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()

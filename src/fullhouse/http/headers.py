"""Values of request headers that have a form of their own."""

from fullhouse.http.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from fullhouse.http.request import Request
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import pasted


def bearer_token(authorization: str) -> str | None:
    """The secret of `Bearer <secret>`, or None for any other scheme."""
    if not authorization.isascii():  # a secret that was pasted with what surrounds it
        authorization = pasted(authorization.encode("latin-1").decode("utf-8", "replace"))
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


def idempotency_key(request: Request) -> str | None:
    """The client's own key; raises `InvalidInput` unless it is visible ASCII, not too long."""
    key = request.header(b"idempotency-key")
    if key is None:
        return None
    is_visible = key.isascii() and key.isprintable() and " " not in key
    if not is_visible or not 0 < len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
        raise InvalidInput(
            f"Use 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters.",
            field="Idempotency-Key",
        )
    return key


def join_values(name: bytes, before: bytes, value: bytes) -> bytes:
    """The values of two headers of one name as one (RFC 9110 §5.3), so that none hides another."""
    return before + (b"; " if name == b"cookie" else b", ") + value

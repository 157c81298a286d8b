"""Signatures of webhooks that providers send, each as its provider documents it.

A scheme takes a request as it came and the secrets of now, two of them while one replaces the
other. It returns the provider's id of the event, by which a repetition is known, and raises
`WebhookNotSigned`. Every comparison takes the same time, whatever was sent.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.errors import WebhookNotSigned
from fullhouse.resilience.limits import (
    WEBHOOK_CLOCK_SECONDS_MAX,
    WEBHOOK_EVENT_ID_CHARACTERS_MAX,
    WEBHOOK_EVENT_SECONDS_MAX,
    WEBHOOK_SIGNATURES_MAX,
)

T = TypeVar("T", bound=Struct)

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with


class IncomingWebhook(Struct, frozen=True):
    """A request as it came: header names in lower case, and `url` as the provider knows it."""

    headers: Mapping[bytes, bytes]
    body: bytes
    url: str
    now: datetime

    def header(self, name: bytes) -> bytes:
        """Raises `WebhookNotSigned` without it."""
        value = self.headers.get(name)
        if value is None:
            raise WebhookNotSigned
        return value


SignatureScheme = Callable[[IncomingWebhook, Sequence[str]], str]


def standard_webhooks(webhook: IncomingWebhook, secrets: Sequence[str]) -> str:
    """Standard Webhooks 1.0: `v1,base64(HMAC-SHA256(id.timestamp.body))`, several with spaces."""
    event_id, sent_at = webhook.header(b"webhook-id"), webhook.header(b"webhook-timestamp")
    _require_recent(webhook, _seconds(sent_at), seconds_max=WEBHOOK_CLOCK_SECONDS_MAX)
    signed = b".".join((event_id, sent_at, webhook.body))
    given = [
        one.removeprefix(b"v1,")
        for one in webhook.header(b"webhook-signature").split(b" ")
        if one.startswith(b"v1,")
    ]
    _require_one(given, [_base64(_standard_key(secret), signed) for secret in secrets])
    return _event_id(event_id.decode("latin-1"))


def square(webhook: IncomingWebhook, secrets: Sequence[str]) -> str:
    """Over the address as Square has it and the body; nothing says when it was sent."""
    given = webhook.header(b"x-square-hmacsha256-signature")
    signed = webhook.url.encode() + webhook.body
    _require_one([given], [_base64(secret.encode(), signed) for secret in secrets])
    return _event_id(_decoded(webhook, _SquareEvent).event_id)


def stripe(webhook: IncomingWebhook, secrets: Sequence[str]) -> str:
    """`t=<seconds>,v1=<hex>,…` over the seconds and the body; the whole secret is the key."""
    parts = [part.partition(b"=") for part in webhook.header(b"stripe-signature").split(b",")]
    sent_at = next((value for name, _, value in parts if name == b"t"), b"")
    _require_recent(webhook, _seconds(sent_at), seconds_max=WEBHOOK_CLOCK_SECONDS_MAX)
    given = [value for name, _, value in parts if name == b"v1"]
    signed = sent_at + b"." + webhook.body
    _require_one(given, [_hexadecimal(secret.encode(), signed) for secret in secrets])
    return _event_id(_decoded(webhook, _StripeEvent).id)


def cal(webhook: IncomingWebhook, secrets: Sequence[str]) -> str:
    """Over the body alone, which says when its event was; the event has no id of its own."""
    given = webhook.header(b"x-cal-signature-256")
    _require_one([given], [_hexadecimal(secret.encode(), webhook.body) for secret in secrets])
    event = _decoded(webhook, _CalEvent)
    at = event.created_at
    _require_recent(webhook, at.timestamp(), seconds_max=WEBHOOK_EVENT_SECONDS_MAX)
    return _event_id(f"{event.trigger_event}/{event.payload.uid}/{at.isoformat()}")


class _SquareEvent(Struct, frozen=True):
    event_id: str


class _StripeEvent(Struct, frozen=True):
    id: str


class _CalPayload(Struct, frozen=True):
    uid: str = ""


class _CalEvent(Struct, frozen=True, rename="camel"):
    trigger_event: str
    created_at: Annotated[datetime, Meta(tz=True)]
    payload: _CalPayload


def _require_one(given: Sequence[bytes], expected: Sequence[bytes]) -> None:
    """One of the signatures is one of those expected; each pair is compared."""
    pairs = [(one, other) for one in given[:WEBHOOK_SIGNATURES_MAX] for other in expected]
    if sum(hmac.compare_digest(one, other) for one, other in pairs) == 0:
        raise WebhookNotSigned


def _require_recent(webhook: IncomingWebhook, at: float, *, seconds_max: float) -> None:
    if abs(webhook.now.timestamp() - at) > seconds_max:
        raise WebhookNotSigned("It was signed too long ago, or by a clock that is wrong.")


def _seconds(digits: bytes) -> float:
    """Unix seconds; raises `WebhookNotSigned` for what is none."""
    if not digits.isdigit() or len(digits) > len("4102444800"):
        raise WebhookNotSigned
    return float(digits)


def _event_id(text: str) -> str:
    if not 0 < len(text) <= WEBHOOK_EVENT_ID_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(
            f"Send an id of 1 to {WEBHOOK_EVENT_ID_CHARACTERS_MAX} characters.", field="id"
        )
    return text


def _decoded(webhook: IncomingWebhook, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(webhook.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("Send the event as JSON, with its id.", field="body") from None


def _base64(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))


def _hexadecimal(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).hexdigest().encode()


def _standard_key(secret: str) -> bytes:
    """The bytes behind `whsec_`; a secret of another form is taken as it is."""
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()

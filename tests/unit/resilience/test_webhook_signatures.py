"""Webhooks are what their provider signed: by its own vectors, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.errors import WebhookNotSigned
from fullhouse.resilience.webhook_signatures import (
    IncomingWebhook,
    SignatureScheme,
    cal,
    square,
    standard_webhooks,
    stripe,
)
from fullhouse.sandbox import signatures

AT = 1777629600
URL = "https://book.example.test/webhooks/square"
SQUARE = (
    b'{"merchant_id":"M1","type":"payment.updated","event_id":"e1",'
    b'"created_at":"2026-05-01T10:00:00Z","data":{"type":"payment","id":"P1",'
    b'"object":{"payment":{"id":"P1","status":"COMPLETED"}}}}'
)
STRIPE = b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}'
CAL = (
    b'{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-05-01T10:00:00.000Z",'
    b'"payload":{"uid":"bk_1"}}'
)
STANDARD = b'{"type":"booking.confirmed"}'
STANDARD_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

VECTORS: Mapping[str, tuple[SignatureScheme, str, bytes, Mapping[str, str], str]] = {
    "square": (
        square,
        "sq_test_key",
        SQUARE,
        {"x-square-hmacsha256-signature": "oePbKwohKBps3DAqwZN5AEDUfZhZSY7NdZijUohLX4o="},
        "e1",
    ),
    "stripe": (
        stripe,
        "whsec_test_secret",
        STRIPE,
        {
            "stripe-signature": f"t={AT},v1="
            "5dd022e4e74c8fe2bde17882cfb9bc4f453dc90fd1dc9806016c71d8bd35a820"
        },
        "evt_1",
    ),
    "cal": (
        cal,
        "cal_secret",
        CAL,
        {
            "x-cal-signature-256": (
                "d2d73e9a3d77d124c57e9d04ec7bd213b42086c5dc8c7be492a0fbc522ed7ddc"
            )
        },
        "BOOKING_CREATED/bk_1/2026-05-01T10:00:00+00:00",
    ),
    "standard": (
        standard_webhooks,
        STANDARD_SECRET,
        STANDARD,
        {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(AT),
            "webhook-signature": "v1,kuFVevhpaPFJ7f0/IpJA5CBp5xbo4WoU1LRT2VIF6XM=",
        },
        "msg_1",
    ),
}
"""Verified with the vendors' own code."""


def a_webhook(
    body: bytes, headers: Mapping[str, str], *, late: timedelta = timedelta(0), url: str = URL
) -> IncomingWebhook:
    named = {name.lower().encode(): value.encode() for name, value in headers.items()}
    return IncomingWebhook(named, body, url, datetime.fromtimestamp(AT, UTC) + late)


def is_refused(scheme: SignatureScheme, webhook: IncomingWebhook, secrets: Sequence[str]) -> bool:
    try:
        scheme(webhook, secrets)
    except WebhookNotSigned:
        return True
    return False


@pytest.mark.parametrize("name", VECTORS)
def test_what_the_provider_signed_passes_with_either_of_two_secrets(name: str) -> None:
    scheme, secret, body, headers, event_id = VECTORS[name]
    webhook = a_webhook(body, headers)
    for secrets in ([secret], ["another", secret], [secret, "another"]):
        assert scheme(webhook, secrets) == event_id
    assert is_refused(scheme, webhook, [])
    assert is_refused(scheme, webhook, ["another"])


@pytest.mark.parametrize("name", VECTORS)
def test_whatever_else_is_sent_is_refused(name: str) -> None:
    scheme, secret, body, headers, _ = VECTORS[name]
    assert is_refused(scheme, a_webhook(body + b" ", headers), [secret])
    for changed in headers:
        without = {name: value for name, value in headers.items() if name != changed}
        assert is_refused(scheme, a_webhook(body, without), [secret]), f"without {changed}"
        for value in ("", "v1,", "t=,v1=", "é" * 9, f"{headers[changed][:-2]}x="):
            other = a_webhook(body, {**headers, changed: value})
            assert is_refused(scheme, other, [secret]), f"{changed}: {value}"


@pytest.mark.parametrize("name", ["stripe", "standard"])
def test_an_old_signature_and_one_of_a_wrong_clock_do_not_pass(name: str) -> None:
    scheme, secret, body, headers, event_id = VECTORS[name]
    for late in (timedelta(seconds=300), timedelta(seconds=-300)):
        assert scheme(a_webhook(body, headers, late=late), [secret]) == event_id
    for late in (timedelta(seconds=301), timedelta(seconds=-301)):
        assert is_refused(scheme, a_webhook(body, headers, late=late), [secret])


def test_cals_webhook_may_be_sent_again_for_a_day() -> None:
    scheme, secret, body, headers, _ = VECTORS["cal"]
    assert not is_refused(scheme, a_webhook(body, headers, late=timedelta(hours=24)), [secret])
    assert is_refused(scheme, a_webhook(body, headers, late=timedelta(hours=25)), [secret])


def test_squares_webhook_is_signed_for_one_address() -> None:
    scheme, secret, body, headers, _ = VECTORS["square"]
    assert is_refused(scheme, a_webhook(body, headers, url=f"{URL}2"), [secret])


def test_one_of_several_signatures_is_enough_and_few_are_compared() -> None:
    scheme, secret, body, headers, _ = VECTORS["standard"]
    valid = headers["webhook-signature"]
    several = {**headers, "webhook-signature": f"v2,x v1,AAAA {valid}"}
    assert scheme(a_webhook(body, several), [secret]) == "msg_1"
    many = {**headers, "webhook-signature": "v1,AAAA " * 8 + valid}
    assert is_refused(scheme, a_webhook(body, many), [secret])


def test_what_the_sandbox_signs_passes() -> None:
    assert square(a_webhook(SQUARE, signatures.square("k", SQUARE, url=URL)), ["k"]) == "e1"
    assert stripe(a_webhook(STRIPE, signatures.stripe("k", STRIPE, at=AT)), ["k"]) == "evt_1"
    assert cal(a_webhook(CAL, signatures.cal("k", CAL)), ["k"])
    signed = signatures.standard_webhook("whsec_a2V5", STANDARD, message_id="m1", at=AT)
    assert standard_webhooks(a_webhook(STANDARD, signed), ["whsec_a2V5"]) == "m1"


@pytest.mark.parametrize("given", ["", 3, [], "\0", "x" * 201])
def test_a_signed_event_without_an_id_is_refused_as_input(given: object) -> None:
    body = json.dumps({"id": given}).encode()
    webhook = a_webhook(body, signatures.stripe("k", body, at=AT))
    with pytest.raises(InvalidInput):
        stripe(webhook, ["k"])


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", "2026-05-01T10:00:00", "tomorrow"])
def test_a_signed_event_of_no_instant_is_refused_as_input(at: str) -> None:
    """Without a zone it would be read in that of the machine."""
    body = CAL.replace(b"2026-05-01T10:00:00.000Z", at.encode())
    with pytest.raises(InvalidInput):
        cal(a_webhook(body, signatures.cal("k", body)), ["k"])

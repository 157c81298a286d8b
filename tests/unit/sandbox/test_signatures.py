"""Signatures of webhooks, against vectors that were computed with the vendors' own code."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from fullhouse.sandbox import signatures

PAYMENT = (
    b'{"merchant_id":"M1","type":"payment.updated","event_id":"e1",'
    b'"created_at":"2026-05-01T10:00:00Z","data":{"type":"payment","id":"P1",'
    b'"object":{"payment":{"id":"P1","status":"COMPLETED"}}}}'
)


def test_square_signs_address_and_body() -> None:
    url = "https://book.example.test/webhooks/square"
    assert signatures.square("sq_test_key", PAYMENT, url=url) == {
        "x-square-hmacsha256-signature": "oePbKwohKBps3DAqwZN5AEDUfZhZSY7NdZijUohLX4o="
    }


def test_stripe_signs_time_and_body() -> None:
    body = b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}'
    assert signatures.stripe("whsec_test_secret", body, at=1777629600) == {
        "Stripe-Signature": (
            "t=1777629600,v1=5dd022e4e74c8fe2bde17882cfb9bc4f453dc90fd1dc9806016c71d8bd35a820"
        )
    }


def test_cal_signs_the_body_alone() -> None:
    body = (
        b'{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-05-01T10:00:00.000Z",'
        b'"payload":{"uid":"bk_1"}}'
    )
    assert signatures.cal("cal_secret", body) == {
        "X-Cal-Signature-256": "d2d73e9a3d77d124c57e9d04ec7bd213b42086c5dc8c7be492a0fbc522ed7ddc"
    }


def test_standard_webhooks_sign_id_time_and_body() -> None:
    secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    body = b'{"type":"booking.confirmed"}'
    headers = signatures.standard_webhook(secret, body, message_id="msg_1", at=1777629600)
    made = Webhook(secret).sign("msg_1", datetime.fromtimestamp(1777629600, UTC), body.decode())
    assert headers["webhook-signature"] == made
    assert made == "v1,kuFVevhpaPFJ7f0/IpJA5CBp5xbo4WoU1LRT2VIF6XM="

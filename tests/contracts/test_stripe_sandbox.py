"""The sandbox's Stripe, called with Stripe's own client: what our adapter will rely on."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import stripe
from stripe import StripeClient
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.kernel.clock import ManualClock
from fullhouse.sandbox.stripe_books import StripeConfig
from fullhouse.sandbox.stripe_model import form_of

KEY = "sk_test_key"
CARD = {"amount": 2400, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def box(clock: ManualClock, receiver: Receiver) -> AsyncIterator[RunningSandbox]:
    async with a_sandbox(clock) as box:
        await box.set("stripe", webhook_url=receiver.url, key=KEY)
        yield box


@asynccontextmanager
async def a_client(
    box: RunningSandbox, *, key: str = KEY, seconds_max: float = 5
) -> AsyncIterator[StripeClient]:
    http = stripe.AIOHTTPClient(timeout=seconds_max)
    address = box.addresses.of("stripe")
    yield StripeClient(
        key, base_addresses={"api": address}, http_client=http, max_network_retries=0
    )
    await http.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
async def client(box: RunningSandbox) -> AsyncIterator[StripeClient]:
    async with a_client(box) as client:
        yield client


def kinds(receiver: Receiver) -> list[str]:
    return sorted(received.kind for received in receiver.received)


async def test_a_payment_is_authorised_captured_and_refunded(
    client: StripeClient, receiver: Receiver
) -> None:
    intents = client.v1.payment_intents
    intent = await intents.create_async({**CARD, "capture_method": "manual"})  # type: ignore[typeddict-item]
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2400)
    captured = await intents.capture_async(intent.id, {"amount_to_capture": 2000})
    assert (captured.status, captured.amount_received) == ("succeeded", 2000)
    refund = await client.v1.refunds.create_async(
        {"payment_intent": intent.id, "amount": 500, "reason": "requested_by_customer"}
    )
    assert (refund.status, refund.amount) == ("succeeded", 500)
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1501})
    with pytest.raises(stripe.InvalidRequestError) as late:
        await intents.cancel_async(intent.id)
    assert late.value.code == "payment_intent_unexpected_state"
    await until(lambda: len(receiver.received) == 4)
    assert kinds(receiver) == [
        "payment_intent.amount_capturable_updated",
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
    ]


async def test_what_was_authorised_is_voided(client: StripeClient) -> None:
    intents = client.v1.payment_intents
    intent = await intents.create_async({**CARD, "capture_method": "manual"})  # type: ignore[typeddict-item]
    voided = await intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (voided.status, voided.amount_capturable) == ("canceled", 0)
    with pytest.raises(stripe.InvalidRequestError):
        await intents.capture_async(intent.id)


async def test_a_declined_card_is_an_error_with_its_payment(client: StripeClient) -> None:
    declined = {**CARD, "payment_method": "pm_card_chargeDeclinedInsufficientFunds"}
    with pytest.raises(stripe.CardError) as refused:
        await client.v1.payment_intents.create_async(declined)  # type: ignore[arg-type]
    error = refused.value.error
    assert error is not None
    assert (error.code, error.decline_code) == ("card_declined", "insufficient_funds")
    assert error.payment_intent is not None
    intent = await client.v1.payment_intents.retrieve_async(error.payment_intent.id)
    assert intent.status == "requires_payment_method"
    paid = await client.v1.payment_intents.confirm_async(
        intent.id, {"payment_method": "pm_card_visa"}
    )
    assert paid.status == "succeeded"


async def test_a_card_may_ask_its_payer_first(client: StripeClient) -> None:
    asking = {**CARD, "payment_method": "pm_card_authenticationRequired"}
    intent = await client.v1.payment_intents.create_async(asking)  # type: ignore[arg-type]
    assert intent.status == "requires_action"
    assert (await client.v1.payment_intents.confirm_async(intent.id)).status == "succeeded"


async def test_the_same_key_is_one_payment_and_another_request_is_refused(
    client: StripeClient, box: RunningSandbox
) -> None:
    options = stripe.RequestOptions(idempotency_key="k1")
    first = await client.v1.payment_intents.create_async(CARD, options)  # type: ignore[arg-type]
    again = await client.v1.payment_intents.create_async(CARD, options)  # type: ignore[arg-type]
    assert first.id == again.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.payment_intents.create_async({**CARD, "amount": 1}, options)  # type: ignore[typeddict-item]
    held = await box.listed("stripe", "payment_intents", "payment_intents")
    assert isinstance(held, list)
    assert len(held) == 1


async def test_a_payment_whose_answer_was_lost_is_answered_by_its_key(
    client: StripeClient, box: RunningSandbox
) -> None:
    options = stripe.RequestOptions(idempotency_key="k1")
    await box.set("stripe", mode="timeout_after_effect")
    async with a_client(box, seconds_max=0.3) as impatient:
        with pytest.raises(stripe.APIConnectionError):
            await impatient.v1.payment_intents.create_async(CARD, options)  # type: ignore[arg-type]
    await box.set("stripe", mode="ok")
    known = await client.v1.payment_intents.create_async(CARD, options)  # type: ignore[arg-type]
    listed = await client.v1.payment_intents.list_async()
    assert [each.id for each in listed.data] == [known.id]


async def test_a_webhook_has_stripes_signature(
    client: StripeClient, box: RunningSandbox, receiver: Receiver, clock: ManualClock
) -> None:
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await until(lambda: bool(receiver.received))
    (received,) = receiver.received
    header = received.headers["Stripe-Signature"]
    assert header.startswith(f"t={int(clock.now().timestamp())},v1=")
    stripe.WebhookSignature.verify_header(received.body.decode(), header, StripeConfig().secret)
    await box.set("stripe", mode="wrong_signature")
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await until(lambda: len(receiver.received) == 2)
    wrong = receiver.received[1]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(
            wrong.body.decode(), wrong.headers["Stripe-Signature"], StripeConfig().secret
        )


async def test_what_lost_webhooks_would_have_said_is_listed(
    client: StripeClient, box: RunningSandbox, receiver: Receiver
) -> None:
    await client.v1.payment_intents.create_async({"amount": 100, "currency": "eur"})
    await until(lambda: bool(box.sandbox.services["stripe"].provider.log.sent))
    await box.set("stripe", mode="lost")
    lost = await client.v1.payment_intents.create_async(CARD)  # type: ignore[arg-type]
    found = await client.v1.events.list_async(
        {"delivery_success": False, "types": ["payment_intent.succeeded", "refund.created"]}
    )
    assert [event.data.object["id"] for event in found.data] == [lost.id]
    told = await client.v1.events.list_async({"delivery_success": True})
    assert [event.type for event in told.data] == ["payment_intent.created"]
    untold = await client.v1.events.list_async({"delivery_success": False})
    assert len(untold.data) == 2
    everything = await client.v1.events.list_async({"limit": 2})
    assert (len(everything.data), everything.has_more) == (2, True)
    (oldest,) = (await client.v1.events.list_async({"starting_after": everything.data[-1].id})).data
    assert oldest.type == "payment_intent.created"
    assert len(receiver.received) == 1


async def test_payments_are_found_by_their_metadata(client: StripeClient) -> None:
    for booking in ("K7QF2M9D", "other"):
        await client.v1.payment_intents.create_async(
            {"amount": 100, "currency": "eur", "metadata": {"booking": booking}}
        )
    found = await client.v1.payment_intents.search_async(
        {"query": "metadata['booking']:'K7QF2M9D' AND status:'requires_payment_method'"}
    )
    (intent,) = found.data
    assert intent.metadata is not None
    assert intent.metadata["booking"] == "K7QF2M9D"


async def test_a_hosted_checkout_is_paid_on_its_page_or_expires(
    client: StripeClient, box: RunningSandbox, clock: ManualClock, receiver: Receiver
) -> None:
    price = {"currency": "usd", "unit_amount": 1200, "product_data": {"name": "<Picnic>"}}
    parameters = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 2}],
        "success_url": f"{box.addresses.url}/?session={{CHECKOUT_SESSION_ID}}",
        "payment_intent_data": {"metadata": {"booking": "K7QF2M9D"}},
    }
    sessions = client.v1.checkout.sessions
    session = await sessions.create_async(parameters)  # type: ignore[arg-type]
    assert session.url is not None
    async with box.http.get(session.url) as page:
        text = await page.text()
        assert "&lt;Picnic&gt;" in text
        assert "24.00 USD" in text
    async with box.http.post(
        session.url, data={"outcome": "paid"}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"].endswith(session.id)
    paid = await sessions.retrieve_async(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    async with box.http.post(session.url, data={"outcome": "paid"}) as answer:
        assert answer.status == 404, "it is paid once"
    await until(lambda: "checkout.session.completed" in kinds(receiver))
    other = await sessions.create_async(parameters)  # type: ignore[arg-type]
    assert (await sessions.expire_async(other.id)).status == "expired"
    third = await sessions.create_async(parameters)  # type: ignore[arg-type]
    clock.advance(timedelta(hours=24))
    assert (await sessions.retrieve_async(third.id)).status == "expired"
    soon = int(clock.now().timestamp()) + 60
    with pytest.raises(stripe.InvalidRequestError):
        await sessions.create_async({**parameters, "expires_at": soon})  # type: ignore[arg-type]


async def test_a_wrong_key_and_an_outage_are_errors_of_their_kind(
    client: StripeClient, box: RunningSandbox
) -> None:
    async with a_client(box, key="sk_other") as stranger:
        with pytest.raises(stripe.AuthenticationError):
            await stranger.v1.payment_intents.list_async()
    for mode, kind in (("down", stripe.APIError), ("rate_limited", stripe.RateLimitError)):
        await box.set("stripe", mode=mode)
        with pytest.raises(kind):
            await client.v1.payment_intents.list_async()


def test_forms_are_nested_as_stripe_writes_them() -> None:
    assert form_of("a=1&b[c]=2&b[d][e]=3&f[]=4&f[]=5&g[0][h]=6&i=&j[0]=x&j[1]=y&a[k]=7") == {
        "a": {"k": "7"},
        "b": {"c": "2", "d": {"e": "3"}},
        "f": ["4", "5"],
        "g": [{"h": "6"}],
        "i": "",
        "j": ["x", "y"],
    }
    assert json.dumps(form_of("")) == "{}"

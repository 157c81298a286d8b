"""The sandbox's Square, called with Square's own client: what our adapter will rely on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from square import AsyncSquare
from square.core.api_error import ApiError
from square.types.money import Money as SdkMoney
from square.utils.webhooks_helper import verify_signature
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.kernel.clock import ManualClock
from fullhouse.sandbox.square_books import LOCATION, SquareConfig

PRICE: SdkMoney = SdkMoney(amount=2400, currency="USD")
PAID, DECLINED = "cnon:card-nonce-ok", "cnon:card-nonce-declined"
TOKEN = "sq-token"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def box(clock: ManualClock, receiver: Receiver) -> AsyncIterator[RunningSandbox]:
    async with a_sandbox(clock) as box:
        await box.set("square", webhook_url=receiver.url, key=TOKEN)
        yield box


@asynccontextmanager
async def a_client(
    box: RunningSandbox, *, token: str = TOKEN, seconds_max: float = 5
) -> AsyncIterator[AsyncSquare]:
    async with httpx.AsyncClient(timeout=seconds_max) as http:
        yield AsyncSquare(base_url=box.addresses.of("square"), token=token, httpx_client=http)


@pytest.fixture
async def square(box: RunningSandbox) -> AsyncIterator[AsyncSquare]:
    async with a_client(box) as square:
        yield square


def sent(receiver: Receiver) -> list[tuple[str, str]]:
    """Type and status of what each webhook tells of."""
    told = []
    for received in receiver.received:
        data = received.json["data"]
        assert isinstance(data, dict)
        told.append((received.kind, str(data["object"][data["type"]]["status"])))
    return told


def codes(error: ApiError) -> list[str]:
    return [str(each.code) for each in error.errors]


async def authorised(square: AsyncSquare, key: str = "k1") -> tuple[str, str]:
    """Id and status of a payment that is not captured yet."""
    answer = await square.payments.create(
        source_id=PAID, idempotency_key=key, amount_money=PRICE, autocomplete=False
    )
    assert answer.payment is not None
    return str(answer.payment.id), str(answer.payment.status)


async def test_a_payment_is_authorised_captured_and_refunded(
    square: AsyncSquare, receiver: Receiver
) -> None:
    payment_id, status = await authorised(square)
    assert status == "APPROVED"
    completed = await square.payments.complete(payment_id=payment_id)
    assert completed.payment is not None
    assert completed.payment.status == "COMPLETED"
    refunded = await square.refunds.refund_payment(
        idempotency_key="r1",
        payment_id=payment_id,
        amount_money=SdkMoney(amount=900, currency="USD"),
    )
    assert refunded.refund is not None
    assert refunded.refund.status == "COMPLETED"
    with pytest.raises(ApiError) as refused:
        await square.refunds.refund_payment(
            idempotency_key="r2", payment_id=payment_id, amount_money=PRICE
        )
    assert codes(refused.value) == ["REFUND_AMOUNT_INVALID"]
    found = (await square.payments.get(payment_id=payment_id)).payment
    assert found is not None
    assert found.refunded_money is not None
    assert found.refunded_money.amount == 900
    await until(lambda: len(receiver.received) == 4)
    assert sorted(sent(receiver)) == [
        ("payment.created", "APPROVED"),
        ("payment.updated", "COMPLETED"),
        ("payment.updated", "COMPLETED"),
        ("refund.created", "COMPLETED"),
    ]


async def test_a_webhook_has_squares_signature(square: AsyncSquare, receiver: Receiver) -> None:
    await authorised(square)
    await until(lambda: bool(receiver.received))
    (received,) = receiver.received
    signature = received.headers["x-square-hmacsha256-signature"]

    def is_signed(url: str) -> bool:
        return verify_signature(
            request_body=received.body.decode(),
            signature_header=signature,
            signature_key=SquareConfig().signature_key,
            notification_url=url,
        )

    assert is_signed(receiver.url)
    assert not is_signed(receiver.url + "/")
    assert received.headers["square-environment"] == "Sandbox"


async def test_the_same_key_is_one_payment_and_another_request_is_refused(
    square: AsyncSquare, box: RunningSandbox
) -> None:
    assert await authorised(square) == await authorised(square)
    with pytest.raises(ApiError) as refused:
        await square.payments.create(source_id=PAID, idempotency_key="k1", amount_money=PRICE)
    assert codes(refused.value) == ["IDEMPOTENCY_KEY_REUSED"]
    payments = await box.listed("square", "payments", "payments")
    assert isinstance(payments, list)
    assert len(payments) == 1


async def test_a_declined_card_is_an_error_and_a_failed_payment(
    square: AsyncSquare, receiver: Receiver
) -> None:
    with pytest.raises(ApiError) as declined:
        await square.payments.create(source_id=DECLINED, idempotency_key="k1", amount_money=PRICE)
    assert declined.value.status_code == 402
    assert codes(declined.value) == ["GENERIC_DECLINE"]
    await until(lambda: bool(receiver.received))
    assert sent(receiver) == [("payment.created", "FAILED")]


async def test_a_payment_whose_answer_was_lost_is_voided_by_its_key(
    square: AsyncSquare, box: RunningSandbox
) -> None:
    await box.set("square", mode="timeout_after_effect")
    async with a_client(box, seconds_max=0.3) as impatient:
        with pytest.raises(httpx.ReadTimeout):
            await authorised(impatient)
    await box.set("square", mode="ok")
    assert [each.status async for each in await square.payments.list()] == ["APPROVED"]
    await square.payments.cancel_by_idempotency_key(idempotency_key="k1")
    assert [each.status async for each in await square.payments.list()] == ["CANCELED"]
    await square.payments.cancel_by_idempotency_key(idempotency_key="never seen")


async def test_an_authorisation_is_cancelled_when_its_time_is_over(
    square: AsyncSquare, clock: ManualClock
) -> None:
    answer = await square.payments.create(
        source_id=PAID,
        idempotency_key="k1",
        amount_money=PRICE,
        autocomplete=False,
        delay_duration="PT1H",
    )
    assert answer.payment is not None
    payment_id = str(answer.payment.id)
    clock.advance(timedelta(minutes=61))
    found = (await square.payments.get(payment_id=payment_id)).payment
    assert found is not None
    assert found.status == "CANCELED"
    with pytest.raises(ApiError):
        await square.payments.complete(payment_id=payment_id)


async def test_what_a_lost_webhook_would_have_said_is_found_by_search(
    square: AsyncSquare, box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("square", mode="lost")
    payment_id, _ = await authorised(square)
    found = await square.events.search_events(
        query={"filter": {"event_types": ["payment.created"]}}
    )
    assert found.events is not None
    assert [each.data.id for each in found.events if each.data] == [payment_id]
    assert receiver.received == []
    nothing = await square.events.search_events(
        query={"filter": {"event_types": ["refund.created"]}}
    )
    assert not nothing.events


async def test_a_webhook_that_is_not_taken_is_sent_again(
    square: AsyncSquare, receiver: Receiver
) -> None:
    answers = iter([500, 204])
    receiver.answer = lambda _: next(answers)
    await authorised(square)
    await until(lambda: len(receiver.received) == 2)
    first, again = receiver.received
    assert first.json["event_id"] == again.json["event_id"]
    assert "square-retry-number" not in first.headers
    assert again.headers["square-retry-number"] == "1"


async def test_a_hosted_checkout_is_paid_on_its_page(
    square: AsyncSquare, box: RunningSandbox
) -> None:
    made = await square.checkout.payment_links.create(
        idempotency_key="l1",
        quick_pay={"name": "<Picnic>", "price_money": PRICE, "location_id": LOCATION},
        checkout_options={"redirect_url": f"{box.addresses.url}/"},
    )
    assert made.payment_link is not None
    url = str(made.payment_link.url)
    async with box.http.get(url) as page:
        text = await page.text()
        assert "&lt;Picnic&gt;" in text
        assert "24.00 USD" in text
    async with box.http.post(url, data={"outcome": "declined"}) as answer:
        assert answer.status == 200
    for _ in range(2):
        async with box.http.post(url, data={"outcome": "paid"}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"{box.addresses.url}/")
    paid = [each async for each in await square.payments.list() if each.status == "COMPLETED"]
    assert [each.order_id for each in paid] == [made.payment_link.order_id]


async def test_a_wrong_token_and_an_unknown_payment_are_refused(
    square: AsyncSquare, box: RunningSandbox
) -> None:
    with pytest.raises(ApiError) as missing:
        await square.payments.get(payment_id="nothing")
    assert codes(missing.value) == ["NOT_FOUND"]
    async with a_client(box, token="other") as stranger:
        with pytest.raises(ApiError) as refused:
            await stranger.payments.get(payment_id="nothing")
    assert refused.value.status_code == 401

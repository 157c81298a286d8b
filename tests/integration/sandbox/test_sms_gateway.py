"""The SMS gateway: accepted once by its key, reported back, and how it fails."""

import json

import pytest
from standardwebhooks import Webhook
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox
from tests.builders.webhook_receiver import Receiver

from fullhouse.sandbox.sms import SmsConfig

MESSAGE = {"to": "+15550100", "text": "Your table is ready.", "reference": "r1"}


async def send(
    box: RunningSandbox, message: dict[str, str] | None = None, **headers: str
) -> tuple[int, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, text = await box.post(box.addresses.sms, message or MESSAGE, named)
    return status, json.loads(text)


async def test_a_message_is_accepted_delivered_and_reported(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("sms", report_url=receiver.url, key="k1")
    status, answer = await send(box, authorization="Bearer k1")
    assert status == 202
    await until(lambda: bool(receiver.received))
    received = receiver.received[0]
    assert received.json == {"id": answer["id"], "reference": "r1", "status": "delivered"}
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert Webhook(SmsConfig().secret).verify(received.body, headers)
    (message,) = await box.messages("sms")
    assert (message.recipient, message.text) == ("+15550100", "Your table is ready.")


async def test_a_message_is_acknowledged_at_its_own_address(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await send(box, MESSAGE | {"acknowledge_url": receiver.url})
    await until(lambda: bool(receiver.received))
    assert receiver.received[0].json == {"message_id": "r1", "status": "delivered"}


async def test_the_same_key_sends_one_message(box: RunningSandbox) -> None:
    await box.set("sms", report_seconds=0)
    first, second = [await send(box, idempotency_key="k") for _ in range(2)]
    assert first == second
    other = await send(box, MESSAGE | {"text": "Another"}, idempotency_key="k")
    assert other[0] == 422
    await send(box)
    await until(lambda: len(box.sandbox.services["sms"].state()["messages"]) >= 2)
    assert len(await box.messages("sms")) == 2


async def test_a_report_that_was_lost_can_be_asked_for(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("sms", report_url=receiver.url, report_seconds=0, outcome="failed", mode="lost")
    _, answer = await send(box)
    await box.set("sms", mode="ok")
    async with box.http.get(f"{box.addresses.sms}/{answer['id']}") as response:
        assert (await response.json())["status"] == "failed"
    assert receiver.received == []


@pytest.mark.parametrize("to", ["5550100", "+1", "", "+1555010a"])
async def test_a_number_in_another_form_is_refused(box: RunningSandbox, to: str) -> None:
    assert (await send(box, MESSAGE | {"to": to}))[0] == 400


async def test_the_bearer_key_is_asked_for(box: RunningSandbox) -> None:
    await box.set("sms", key="k1")
    assert (await send(box, authorization="Bearer k2"))[0] == 401
    async with box.http.get(f"{box.addresses.sms}/x") as response:
        assert response.status == 401


async def test_an_unknown_message_and_an_unknown_address_are_not_found(
    box: RunningSandbox,
) -> None:
    for path in (f"{box.addresses.sms}/x", f"{box.addresses.of('sms')}/elsewhere"):
        async with box.http.get(path) as response:
            assert response.status == 404
    assert len(await box.log("sms")) == 2

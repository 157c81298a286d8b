"""Make.com: what it accepts, delivers and acknowledges, and how it fails."""

import json

import aiohttp
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox
from tests.builders.webhook_receiver import Receiver

from fullhouse.sandbox.make import MakeConfig
from fullhouse.sandbox.sandbox import SandboxOptions

SECRET = MakeConfig().secret
MESSAGE = {
    "message_id": "m1",
    "kind": "booking_confirmed",
    "dedupe_key": "k1",
    "recipient": "ada@example.org",
    "attachments": [{"filename": "booking.ics", "data": "QkVHSU4="}],
    "subject": "Booked",
    "text": "See you on Saturday.",
}


async def send(box: RunningSandbox, receiver: Receiver | None = None) -> tuple[int, str]:
    address = {"acknowledge_url": f"{receiver.url}?token=t1"} if receiver else {}
    return await box.post(box.addresses.make_hook, MESSAGE | address)


async def until_acknowledged(receiver: Receiver, count: int = 1) -> None:
    await until(lambda: len(receiver.received) >= count)


def is_signed(receiver: Receiver, at: int = -1) -> bool:
    received = receiver.received[at]
    headers = {name.lower(): value for name, value in received.headers.items()}
    try:
        Webhook(SECRET).verify(received.body, headers)
    except WebhookVerificationError:
        return False
    return True


async def test_a_message_is_accepted_delivered_and_acknowledged(
    box: RunningSandbox, receiver: Receiver
) -> None:
    assert await send(box, receiver) == (200, "Accepted")
    assert await box.messages("make") == [], "accepted is not delivered"
    await until_acknowledged(receiver)
    (message,) = await box.messages("make")
    assert (message.recipient, message.subject) == ("ada@example.org", "Booked")
    assert message.attachments == ("booking.ics",)
    assert receiver.received[0].json == {"message_id": "m1", "status": "delivered"}
    assert is_signed(receiver)
    assert "t1" not in (await box.log("make"))[-1].path


async def test_a_scenario_that_fails_says_so_and_delivers_nothing(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", outcome="failed", acknowledge_url=receiver.url)
    await send(box)
    await until_acknowledged(receiver)
    assert receiver.received[0].json["status"] == "failed"
    assert await box.messages("make") == []


async def test_more_requests_than_its_rate_and_its_queue_are_refused(box: RunningSandbox) -> None:
    await box.set("make", requests_max=3, queue_max=2, run_seconds=60)
    answers = [await send(box) for _ in range(4)]
    assert answers == [
        (200, "Accepted"),
        (200, "Accepted"),
        (400, "Queue is full"),
        (429, "Too many requests"),
    ]


async def test_a_key_that_is_set_is_asked_for(box: RunningSandbox) -> None:
    await box.set("make", key="k-secret")
    assert (await send(box))[0] == 401
    keyed = await box.post(box.addresses.make_hook, MESSAGE, {"x-make-apikey": "k-secret"})
    assert keyed == (200, "Accepted")
    assert "k-secret" not in json.dumps(await box.listed("make", "log", "calls"))


@pytest.mark.parametrize(
    ("mode", "status", "text"),
    [
        ("down", 503, "Service unavailable"),
        ("rate_limited", 429, "Too many requests"),
        ("queue_full", 400, "Queue is full"),
        ("gone", 410, "There is nothing at this address any more"),
    ],
)
async def test_a_refusal_delivers_nothing(
    box: RunningSandbox, mode: str, status: int, text: str
) -> None:
    await box.set("make", mode=mode, retry_after_seconds=17, run_seconds=0)
    async with box.http.post(box.addresses.make_hook, json=MESSAGE) as response:
        assert (response.status, await response.text()) == (status, text)
        assert response.headers.get("Retry-After") == ("17" if status == 429 else None)
    assert (await box.log("make"))[-1].fault == mode
    assert await box.messages("make") == []


async def test_doubled_delivers_and_acknowledges_twice(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="doubled")
    await send(box, receiver)
    await until_acknowledged(receiver, 2)
    assert len(await box.messages("make")) == 2


async def test_lost_accepts_and_neither_delivers_nor_acknowledges(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="lost", run_seconds=0)
    assert await send(box, receiver) == (200, "Accepted")
    await box.set("make", mode="ok")
    await send(box, receiver)
    await until_acknowledged(receiver)
    assert len(await box.messages("make")) == 1
    assert len(receiver.received) == 1


async def test_lying_answers_rubbish_and_acknowledges_what_it_did_not_deliver(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="lying")
    status, text = await send(box, receiver)
    assert status == 200
    assert text != "Accepted"
    await until_acknowledged(receiver)
    assert receiver.received[0].json["status"] == "delivered"
    assert await box.messages("make") == []


async def test_timeout_after_effect_delivers_and_never_answers(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="timeout_after_effect")
    with pytest.raises(TimeoutError):
        async with box.http.post(
            box.addresses.make_hook,
            json=MESSAGE | {"acknowledge_url": receiver.url},
            timeout=aiohttp.ClientTimeout(total=0.5),
        ):
            pass
    await until_acknowledged(receiver)
    assert len(await box.messages("make")) == 1
    assert (await box.log("make"))[0].status is None


async def test_a_wrong_signature_is_not_that_of_the_secret(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="wrong_signature")
    await send(box, receiver)
    await until_acknowledged(receiver)
    assert not is_signed(receiver)


async def test_in_disorder_an_acknowledgement_is_overtaken(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("make", mode="disordered", acknowledge_url=receiver.url, run_seconds=0)
    for number in (1, 2):
        await box.post(box.addresses.make_hook, MESSAGE | {"message_id": f"m{number}"})
    await until_acknowledged(receiver, 2)
    assert [each.json["message_id"] for each in receiver.received] == ["m2", "m1"]


async def test_an_acknowledgement_goes_to_this_machine_only(box: RunningSandbox) -> None:
    await box.set("make", acknowledge_url="http://192.0.2.1/acknowledge", run_seconds=0)
    await send(box)
    await until(lambda: box.sandbox.services["make"].provider.log.sent == 1)
    assert (await box.log("make"))[-1].answer.startswith("Not sent")
    assert not SandboxOptions().is_open

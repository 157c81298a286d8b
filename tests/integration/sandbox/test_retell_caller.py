"""Retell's caller: it calls functions, tells of the call, and signs both."""

import hashlib
import hmac
import json
import re

import pytest
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox
from tests.builders.webhook_receiver import Received, Receiver

from fullhouse.sandbox.retell import RetellConfig

STEPS = [
    {"name": "find_caller", "said": "I'd like to come on Saturday."},
    {"name": "book", "args": {"party": 2}, "said": "At ten, please."},
]


def is_signed(received: Received) -> bool:
    """By the form of Retell's own library: `v=` milliseconds, `d=` digest of body and these."""
    found = re.fullmatch(r"v=(\d{13}),d=([0-9a-f]{64})", received.headers["x-retell-signature"])
    assert found is not None
    signed = received.body + found[1].encode()
    digest = hmac.new(RetellConfig().key.encode(), signed, hashlib.sha256).hexdigest()
    return digest == found[2]


async def make_call(box: RunningSandbox, **given: object) -> tuple[int, dict[str, object]]:
    body = {"from_number": "+4915112345678", "steps": STEPS, **given}
    status, text = await box.post(f"{box.addresses.of('retell')}/calls", body)
    return status, json.loads(text)


async def test_a_call_runs_its_functions_and_is_told_of(
    box: RunningSandbox, receiver: Receiver
) -> None:
    await box.set("retell", function_url=f"{receiver.url}/functions/", webhook_url=receiver.url)
    status, made = await make_call(box)
    assert status == 201
    assert made["results"] == [
        {"name": "find_caller", "status": 204, "answer": ""},
        {"name": "book", "status": 204, "answer": ""},
    ]
    await until(lambda: len(receiver.received) == 5)
    assert all(map(is_signed, receiver.received))
    functions = [each.json for each in receiver.received if "name" in each.json]
    assert [each["name"] for each in functions] == ["find_caller", "book"]
    assert functions[1]["args"] == {"party": 2}
    call = functions[1]["call"]
    assert isinstance(call, dict)
    assert call["from_number"] == "+4915112345678"
    assert "At ten" in call["transcript"]
    events = sorted(str(each.json["event"]) for each in receiver.received if "event" in each.json)
    assert events == ["call_analyzed", "call_ended", "call_started"]
    async with box.http.get(f"{box.addresses.of('retell')}/calls/{call['call_id']}") as response:
        assert (await response.json())["call"]["call_status"] == "ended"


async def test_a_function_that_does_not_answer_is_a_result(box: RunningSandbox) -> None:
    await box.set("retell", function_url="http://127.0.0.1:1/functions")
    status, made = await make_call(box, steps=STEPS[:1])
    assert status == 201
    assert made["results"] == [
        {"name": "find_caller", "status": None, "answer": "ClientConnectorError"}
    ]


async def test_a_wrong_signature_is_sent_on_demand(box: RunningSandbox, receiver: Receiver) -> None:
    await box.set("retell", function_url=receiver.url, mode="wrong_signature")
    await make_call(box, steps=STEPS[:1])
    assert [is_signed(each) for each in receiver.received] == [False]


@pytest.mark.parametrize("given", [{"from_number": "me"}, {"steps": [{"name": "a/b"}]}])
async def test_a_script_that_cannot_be_meant_is_refused(
    box: RunningSandbox, given: dict[str, object]
) -> None:
    assert (await make_call(box, **given))[0] == 400
    async with box.http.get(f"{box.addresses.of('retell')}/calls/nothing") as response:
        assert response.status == 404

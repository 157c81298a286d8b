"""A program of a business: it verifies what it is sent, and knows a repetition by its id."""

import json

from tests.builders.sandbox import RunningSandbox

from fullhouse.sandbox import signatures

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "Booked", "data": {"ref": "K7QF2M9D"}})


async def send(box: RunningSandbox, body: str = BODY, *, secret: str = SECRET) -> int:
    headers = signatures.standard_webhook(
        secret, body.encode(), message_id="msg_1", at=1_900_000_000
    )
    async with box.http.post(f"{box.addresses.url}/program/events", data=body, headers=headers) as (
        answer
    ):
        return answer.status


async def test_an_event_is_taken_by_its_signature_and_shown_by_its_booking(
    box: RunningSandbox,
) -> None:
    await box.set("program", secret=SECRET)
    assert await send(box) == 200
    assert await send(box, secret="whsec_" + "A" * 32) == 401
    assert await send(box, "[]") == 400
    (one,) = await box.messages("program")
    assert (one.recipient, one.text, one.message_id) == ("K7QF2M9D", "Booked", "msg_1")
    await box.set("program", mode="doubled")
    await send(box)
    assert len(await box.messages("program")) == 3

"""What a gateway says of a message once it knows what became of it."""

from typing import Literal

import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.sandbox import signatures
from fullhouse.sandbox.callbacks import Callback

Outcome = Literal["delivered", "failed"]


def acknowledgement(
    clock: Clock, url: str, *, message_id: str, outcome: Outcome, secret: str
) -> Callback:
    """`{"message_id", "status", "detail"?}`, signed by Standard Webhooks.

    It is not sent again: a scenario stops at its first error.
    """
    said = {"message_id": message_id, "status": outcome}
    if outcome == "failed":
        said["detail"] = "The mailbox or the phone took no message."
    return Callback(
        url=url,
        body=msgspec.json.encode(said),
        secret=secret,
        sign=lambda secret, body: signatures.standard_webhook(
            secret, body, message_id=f"ack_{message_id}", at=int(clock.now().timestamp())
        ),
        attempts=1,
    )

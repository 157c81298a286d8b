"""Reaction of messages to events of booking: one e-mail to the customer for each event.

The pattern for every part: the subscriber only enqueues keyed effects, one statement a batch, in
the transaction of its cursor. Everything slow (reading, rendering, sending) is the job's.
"""

from collections.abc import Sequence

from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.messages.model import EMAILED_EVENTS, SEND_MESSAGE, MessagePayload, effect_key
from fullhouse.storage.database import Session


async def enqueue_messages(session: Session, events: Sequence[RelayedEvent]) -> None:
    """Enqueue an e-mail for each event."""
    await enqueue(
        session,
        [
            EffectRequest(
                org_id=event.org_id,
                key=effect_key(event.seq),
                kind=SEND_MESSAGE,
                subject=event.subject,
                correlation_id=event.correlation_id,
                payload=MessagePayload(event.seq),
            )
            for event in events
        ],
    )


def messages_subscriber() -> Subscriber:
    return Subscriber("messages", EMAILED_EVENTS, enqueue_messages, yields_under_load=True)

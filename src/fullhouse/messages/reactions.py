"""Reaction of messages to events of booking: one e-mail to the customer for each event.

The pattern for every part: the subscriber only enqueues keyed effects, one statement a batch, in
the transaction of its cursor. Everything slow (reading, rendering, sending) is the job's.
"""

from collections.abc import Sequence

from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import Event, Subscriber
from fullhouse.messages.model import EMAIL_OF_EVENT, SEND_MESSAGE, MessagePayload, effect_key
from fullhouse.storage.database import Session


async def enqueue_messages(session: Session, events: Sequence[Event]) -> None:
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
    kinds = frozenset(EMAIL_OF_EVENT)
    return Subscriber("messages", kinds, enqueue_messages, yields_under_load=True)

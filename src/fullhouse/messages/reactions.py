"""What booking's events mean for messages: the customer is told, once an event.

The pattern for every part: the subscriber only enqueues keyed effects, one statement a batch, in
the transaction of its cursor. Everything slow (reading, writing, sending) is the job's.
"""

from collections.abc import Sequence

from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import Event, Subscriber
from fullhouse.messages.model import LETTER_OF_EVENT, TELL, tell_key
from fullhouse.storage.database import Session


async def tell_customers(session: Session, happened: Sequence[Event]) -> None:
    """Enqueue a letter for each event."""
    await enqueue(
        session,
        [
            EffectRequest(
                org_id=event.org_id,
                key=tell_key(event.seq),
                kind=TELL,
                subject=event.subject,
                correlation_id=event.correlation_id,
            )
            for event in happened
        ],
    )


def messages_subscriber() -> Subscriber:
    return Subscriber("messages", frozenset(LETTER_OF_EVENT), tell_customers, patient=True)

"""Events that a subscriber cannot apply: set aside as dead letters, so that later ones get through.

A dead letter of the kind `relayed_event` is one event for one subscriber. Retried, it is applied
once, out of the order of commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from fullhouse.jobs.effects import Effect
from fullhouse.jobs.events import RelayedEvent, Subscriber, events_of
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.store import CompletedEffect
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.error_summaries import summary_of

RELAYED_EVENT: Final = "relayed_event"


class RelayedEventPayload(Struct, frozen=True):
    """Which event, for which subscriber."""

    subscriber: str
    seq: int


async def set_aside(
    session: Session, subscriber: Subscriber, event: RelayedEvent, *, error: Exception
) -> None:
    """Keep the event as a dead letter; the caller moves the cursor in the same transaction."""
    await session.execute(
        "jobs.set_aside_event",
        org_id=event.org_id,
        key=f"relay/{subscriber.name}/{event.seq}",
        kind=RELAYED_EVENT,
        subject=event.subject,
        payload=RelayedEventPayload(subscriber.name, event.seq),
        correlation_id=event.correlation_id,
        error=summary_of(error),
    )


@dataclass(frozen=True, slots=True)
class ApplyRelayedEvent:
    """The job: apply the event of a retried dead letter in the transaction that completes it."""

    database: Database
    subscribers: Sequence[Subscriber]

    async def __call__(self, effect: Effect) -> None:
        payload = effect.payload_as(RelayedEventPayload)
        named = [one for one in self.subscribers if one.name == payload.subscriber]
        wanted = (effect.org_id, effect.subject, payload.seq)
        async with self.database.unrestricted.transaction() as session:
            completed = await session.fetch(
                "jobs.complete",
                CompletedEffect,
                org_ids=[effect.org_id],
                keys=[effect.key],
                attempts=[effect.attempt],
            )
            events = await events_of(session, [wanted])
            if completed and events and named:
                await named[0].apply(session, list(events.values()))


def relayed_event_kind(database: Database, subscribers: Sequence[Subscriber]) -> JobKind:
    """The kind of job of these dead letters; a subscriber that was removed has nothing to do."""
    return JobKind(RELAYED_EVENT, ApplyRelayedEvent(database, subscribers))

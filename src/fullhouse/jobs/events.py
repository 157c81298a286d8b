"""Events as they are relayed, their subscribers, and the events of the queue itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class RelayedEvent:
    """A row of `event`. `(xid, seq)` is the commit order; `seq` alone is not.

    `payload` is the JSON of the event's class, whose name is `kind`: the part that recorded it
    decodes it.
    """

    seq: int
    xid: int
    org_id: OrgId
    kind: str
    subject: UUID
    payload: dict[str, object]
    actor: str
    correlation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Receives each of these events, in commit order, in the transaction of its cursor.

    `apply` writes rows on the given session and does nothing else, so that they are written exactly
    once. It calls no provider, runs one statement a batch where it can, and enqueues effects for
    work outside the database. `yields_under_load` delays it while customers rush. `name` is the key
    of the cursor: never change it.
    """

    name: str
    events: Sequence[type[Event]]
    apply: Callable[[Session, Sequence[RelayedEvent]], Awaitable[None]]
    yields_under_load: bool = False

    @property
    def kinds(self) -> list[str]:
        return [event.kind() for event in self.events]


class DeadLetterEvent(Event, frozen=True):
    """Base of what somebody did to a job that had failed for good; `key` identifies the job."""

    kind_of_job: str
    key: str
    reason: str


class DeadLetterRetried(DeadLetterEvent, frozen=True):
    """A job that had failed for good is attempted again."""


class DeadLetterDiscarded(DeadLetterEvent, frozen=True):
    """A job that had failed for good is never attempted again."""


async def events_of(
    session: Session, wanted: Sequence[tuple[OrgId, UUID, int]]
) -> dict[tuple[OrgId, int], RelayedEvent]:
    """Load events by organisation, subject and `seq`, for jobs that were enqueued for them."""
    found = await session.fetch(
        "jobs.events_of",
        RelayedEvent,
        org_ids=[org_id for org_id, _, _ in wanted],
        subjects=[subject for _, subject, _ in wanted],
        seqs=[seq for _, _, seq in wanted],
    )
    return {(event.org_id, event.seq): event for event in found}

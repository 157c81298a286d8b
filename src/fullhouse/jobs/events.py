"""Events as they are relayed, and their subscribers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class Event:
    """A row of `event`. `(xid, seq)` is the commit order; `seq` alone is not.

    `subject` is the id of the booking, slot or organisation; `data` holds no personal data.
    """

    seq: int
    xid: int
    org_id: OrgId
    kind: str
    subject: UUID
    data: dict[str, object]
    actor: str
    correlation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Receives every event of its kinds, in commit order, in the transaction of its cursor.

    `apply` writes rows on the given session and does nothing else, so that they are written exactly
    once. It calls no provider, runs one statement a batch where it can, and enqueues effects for
    work outside the database. `yields_under_load` delays it while customers rush. `name` is the key
    of the cursor: never change it.
    """

    name: str
    kinds: frozenset[str]
    apply: Callable[[Session, Sequence[Event]], Awaitable[None]]
    yields_under_load: bool = False


async def events_of(
    session: Session, wanted: Sequence[tuple[OrgId, UUID, int]]
) -> dict[tuple[OrgId, int], Event]:
    """Load events by organisation, subject and `seq`, for jobs that were enqueued for them."""
    found = await session.fetch(
        "jobs.events_of",
        Event,
        org_ids=[org_id for org_id, _, _ in wanted],
        subjects=[subject for _, subject, _ in wanted],
        seqs=[seq for _, _, seq in wanted],
    )
    return {(event.org_id, event.seq): event for event in found}

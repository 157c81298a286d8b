"""Facts as they are relayed, and who wants to be told of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class Event:
    """A row of `event`. `(xid, seq)` is commit order; `seq` alone is not, and never to be used so.

    `subject` is the id of what it is about; `data` holds no personal data.
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
    """Is told of every event of its kinds, in commit order, in the transaction of its cursor.

    `apply` writes rows on the session it is given and nothing else: what it writes is there exactly
    once. It asks no provider, keeps to one statement a batch where it can, and enqueues effects for
    all that lies outside. One that is `patient` lets a rush of guests go first. `name` is the
    cursor's, so it may never be changed.
    """

    name: str
    kinds: frozenset[str]
    apply: Callable[[Session, Sequence[Event]], Awaitable[None]]
    patient: bool = False


async def events_of(
    session: Session, wanted: Sequence[tuple[OrgId, UUID, int]]
) -> dict[tuple[OrgId, int], Event]:
    """Events again, for jobs that were enqueued for them: by organisation, subject and `seq`."""
    found = await session.fetch(
        "jobs.events_of",
        Event,
        org_ids=[org_id for org_id, _, _ in wanted],
        subjects=[subject for _, subject, _ in wanted],
        seqs=[seq for _, _, seq in wanted],
    )
    return {(event.org_id, event.seq): event for event in found}

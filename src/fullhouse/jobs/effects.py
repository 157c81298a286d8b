"""Effects: work outside the database, done once per key. The table `effect` is the job queue.

An effect is enqueued in the transaction of the change that asks for it. A worker leases it, runs it
and completes it; a lease that ends without an outcome makes it due again. Each attempt has a
number, and nothing is written for an attempt that has lost its lease. All times are those of the
database's clock, the one clock that all workers share.
"""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session

P = TypeVar("P", bound=Struct)


class Priority(enum.IntEnum):
    """Which effects are leased first when more are due than a worker has room for."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


class NoPayload(Struct, frozen=True):
    """The payload of kinds whose subject says everything."""


class EffectRequest(Struct, frozen=True):
    """An effect to enqueue; `key` identifies it within the organisation, for ever.

    `due_at` is the earliest time of the first attempt, None for now. The payload is stored as JSON.
    """

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    correlation_id: UUID
    due_at: datetime | None = None
    payload: Struct = NoPayload()
    priority: Priority = Priority.NORMAL


class Effect(Struct, frozen=True):
    """An effect leased for one attempt.

    `attempt` counts all leases and fences the outcome. `tries` counts those since the effect was
    enqueued or retried by an operator and that could begin, for the limit of its kind. One that
    `fills_share` has the last place of its organisation: others may be due behind what that waits
    with.
    """

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    payload: object
    correlation_id: UUID
    attempt: int
    tries: int
    fills_share: bool = False

    def payload_as(self, type_: type[P]) -> P:
        """Decode the payload; raises `msgspec.ValidationError` for one of another shape."""
        return msgspec.convert(self.payload, type_)


async def bring_forward(session: Session, org_id: OrgId, key: str) -> None:
    """Let an effect that waits for its time be due now; one that has run or is running is not."""
    await session.execute("jobs.bring_forward", org_id=org_id, key=key)


async def enqueue(session: Session, requests: Sequence[EffectRequest]) -> int:
    """Write effects in the session's transaction, in one statement; the number of new ones.

    A key that is known already is left as it is.
    """
    if not requests:
        return 0
    added = await session.fetch_value(
        "jobs.enqueue",
        int,
        org_ids=[request.org_id for request in requests],
        keys=[request.key for request in requests],
        kinds=[request.kind for request in requests],
        subjects=[request.subject for request in requests],
        payloads=[request.payload for request in requests],
        priorities=[request.priority for request in requests],
        due=[request.due_at for request in requests],
        correlation_ids=[request.correlation_id for request in requests],
    )
    return added or 0

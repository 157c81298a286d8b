"""What changes of schedules and slots say of themselves: who, what, when, in their transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does it, for whom and when: what every fact says of its change."""

    org_id: OrgId
    caller: Caller
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One event about to be written; `data` names no person."""

    kind: str
    subject: UUID
    data: Mapping[str, object]


async def record(session: Session, deed: Deed, facts: Sequence[Fact]) -> None:
    """Writes events in the transaction of what they tell of."""
    await session.execute(
        "booking.record_facts",
        org_id=deed.org_id,
        kinds=[fact.kind for fact in facts],
        subjects=[fact.subject for fact in facts],
        data=[dict(fact.data) for fact in facts],
        actor=deed.caller.actor,
        correlation_id=deed.caller.correlation_id,
        at=deed.at,
    )

"""The fact that every action here writes in its own transaction."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.events import PeopleEvent
from fullhouse.storage.database import Session
from fullhouse.telemetry import correlation


async def record(
    session: Session,
    kind: PeopleEvent,
    *,
    org_id: OrgId,
    subject: UUID,
    by: "Author",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write the event; `data` never holds personal data or secrets."""
    await session.execute(
        "people.record",
        org_id=org_id,
        kind=kind,
        subject=subject,
        data=dict(data or {}),
        actor=by.actor,
        correlation_id=correlation.current() or by.ids.uuid(),
        at=by.at,
    )


@dataclass(frozen=True, slots=True)
class Author:
    """Who did it and when; without a request around it, a fact gets a correlation id of its own."""

    actor: str
    _: KW_ONLY
    at: datetime
    ids: Ids

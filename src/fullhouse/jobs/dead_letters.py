"""Dead letters: effects that failed for good, for an operator to retry or to discard."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.jobs.limits import DEAD_LETTERS_LISTED_MAX
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


class DeadLetter(Struct, frozen=True):
    """An effect that is not attempted any more; `history` holds its latest failed attempts."""

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    payload: object
    attempts: int
    last_error: str
    history: object
    created_at: datetime
    correlation_id: UUID


async def dead_letters(session: Session, *, kind: str | None = None) -> list[DeadLetter]:
    """List dead letters, of all kinds or of one: the newest, at most `DEAD_LETTERS_LISTED_MAX`."""
    return await session.fetch(
        "jobs.dead_letters", DeadLetter, kind=kind, effects_max=DEAD_LETTERS_LISTED_MAX
    )


async def retry(session: Session, org_id: OrgId, key: str) -> bool:
    """Make a dead letter due again with all attempts of its kind; False if it is none."""
    return bool(await session.execute("jobs.retry_dead_letter", org_id=org_id, key=key))


async def discard(session: Session, org_id: OrgId, key: str) -> bool:
    """End a dead letter without an attempt; False if it is none."""
    return bool(await session.execute("jobs.discard_dead_letter", org_id=org_id, key=key))

"""Who looked at whom, for the audit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.customers.access_log import AccessKind
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session

_NEWEST = UUID(int=(1 << 128) - 1)


class AccessRecord(Struct, frozen=True):
    """A row of the access log; `subject` is a customer or a booking, by `kind`."""

    access_id: UUID
    at: datetime
    actor: str
    subject: UUID
    kind: AccessKind
    actor_name: str | None
    """The name of the account or API key; the log itself holds none."""


async def accesses(
    session: Session, org_id: OrgId, *, after: UUID | None = None, limit: int = PAGE_ROWS_DEFAULT
) -> Sequence[AccessRecord]:
    """A page of the log, the latest first; the next page begins after the last `access_id`."""
    return await session.fetch(
        "customers.accesses",
        AccessRecord,
        org_id=org_id,
        after_access_id=after or _NEWEST,
        limit=limit,
    )

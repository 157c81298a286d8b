"""Who did what, and when: the events of an organisation, the latest first."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import EARLIEST, LATEST
from fullhouse.storage.database import Session

_LAST: Final = (1 << 63) - 1


class AuditEvent(Struct, frozen=True):
    """An event in words: `about` names its subject, `actor_name` an account or a key."""

    seq: int
    xid: int
    kind: str
    actor: str
    at: datetime
    actor_name: str | None
    about: str

    @property
    def position(self) -> str:
        return f"{self.xid}~{self.seq}"


class AuditActor(Struct, frozen=True):
    """Somebody, or a program, whose acts are listed."""

    actor: str
    name: str


class AuditSearch(Struct, frozen=True, kw_only=True):
    """Which events, from which position on."""

    kind: str | None = None
    actor: str | None = None
    first: datetime = EARLIEST
    last: datetime = LATEST
    after: str = ""
    limit: int = PAGE_ROWS_DEFAULT


async def audit_events(session: Session, org_id: OrgId, search: AuditSearch) -> list[AuditEvent]:
    """Read in the order of commits until the page is full: no index is written for it."""
    xid, _, seq = search.after.partition("~")
    is_known = xid.isdecimal() and seq.isdecimal() and max(len(xid), len(seq)) < len(str(_LAST))
    return await session.fetch(
        "booking.audit_events",
        AuditEvent,
        org_id=org_id,
        xid=int(xid) if is_known else _LAST,
        seq=int(seq) if is_known else _LAST,
        kind=search.kind,
        actor=search.actor,
        first=search.first,
        last=search.last,
        limit=search.limit,
    )


async def audit_actors(session: Session, org_id: OrgId) -> list[AuditActor]:
    return await session.fetch(
        "booking.audit_actors", AuditActor, org_id=org_id, limit=PAGE_ROWS_MAX
    )

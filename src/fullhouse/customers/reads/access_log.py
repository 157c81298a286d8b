"""Who looked at whom, for the audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.customers.access_log import AccessKind
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import EARLIEST, LATEST
from fullhouse.localisation.translations import gettext_noop
from fullhouse.storage.database import Session

_NEWEST: Final = UUID(int=(1 << 128) - 1)


class AccessRecord(Struct, frozen=True):
    """A row of the access log; `subject` is a customer or a booking, by `kind`."""

    access_id: UUID
    at: datetime
    actor: str
    subject: UUID
    kind: AccessKind
    actor_name: str | None
    """The name of the account or API key; the log itself holds none."""


class NamedAccess(AccessRecord, frozen=True):
    """A row with the name of the customer or the reference of the booking, while there is one."""

    about: str


ACCESS_TEXTS: Final[Mapping[str, str]] = {
    "customer": gettext_noop("Looked at a customer"),
    "booking": gettext_noop("Looked at a booking"),
    "data": gettext_noop("Looked at everything held of a customer"),
    "program": gettext_noop("Customer found by a program"),
}
"""What each kind of access is called in the audit; ids of the catalogues."""


class AccessSearch(Struct, frozen=True, kw_only=True):
    """Whose looks and when, from which position on."""

    actor: str | None = None
    first: datetime = EARLIEST
    last: datetime = LATEST
    after: UUID | None = None
    """The last `access_id` of the page before."""
    limit: int = PAGE_ROWS_DEFAULT


async def accesses(session: Session, org_id: OrgId, search: AccessSearch) -> Sequence[NamedAccess]:
    """A page of the log, the latest first."""
    return await session.fetch(
        "customers.accesses",
        NamedAccess,
        org_id=org_id,
        after_access_id=search.after or _NEWEST,
        actor=search.actor,
        first=search.first,
        last=search.last,
        limit=search.limit,
    )

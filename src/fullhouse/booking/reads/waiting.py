"""Who waits, for staff: for what, since when, at which place in line, and what was offered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.errors import UnknownWaiting
from fullhouse.booking.limits import PAGE_ROWS_DEFAULT
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model.spelling import spelled
from fullhouse.storage.database import Session

OpenStatus = Literal["waiting", "offered"]
_FIRST: Final = UUID(int=0)


class OpenEntry(Struct, frozen=True):
    """An entry for a coming time. `place` says nothing once places are offered."""

    org_id: OrgId
    entry_id: UUID
    slot_id: SlotId
    offering_id: OfferingId
    status: OpenStatus
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    created_at: datetime
    day_starts_at: datetime | None
    """Set when any time of the day will do."""
    starts_at: datetime
    offering_name: str
    zone: str
    country: str
    expires_at: datetime | None
    """Until when the offer holds."""
    place: int


class EntrySearch(Struct, frozen=True, kw_only=True):
    """Which entries, from which position on."""

    now: datetime
    text: str = ""
    statuses: Sequence[OpenStatus] = get_args(OpenStatus)
    offering_id: OfferingId | None = None
    after: UUID | None = None
    entry_id: UUID | None = None
    limit: int = PAGE_ROWS_DEFAULT


async def open_entries(session: Session, org_id: OrgId, search: EntrySearch) -> list[OpenEntry]:
    """In order of arrival."""
    return await session.fetch(
        "booking.open_entries",
        OpenEntry,
        org_id=org_id,
        now=search.now,
        text=spelled(search.text),
        statuses=list(search.statuses),
        offering_id=search.offering_id,
        after_entry_id=search.after or _FIRST,
        entry_id=search.entry_id,
        limit=search.limit,
    )


async def open_entry(
    session: Session, org_id: OrgId, entry_id: UUID, *, now: datetime
) -> OpenEntry:
    """Raises `UnknownWaiting` for one that has ended."""
    for entry in await open_entries(session, org_id, EntrySearch(now=now, entry_id=entry_id)):
        return entry
    raise UnknownWaiting

"""What an owner sees of closures and of those who are told; what guests see of them."""

from datetime import datetime
from uuid import UUID

from fullhouse.booking.model.booking import Booking
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import VenueId
from fullhouse.scheduling.limits import CLOSURE_GUESTS_LISTED_MAX, CLOSURES_LISTED_MAX
from fullhouse.scheduling.model.closure_notices import ClosureGuest, ListedClosure
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.storage.database import Session


async def closures_ahead(
    session: Session,
    org_id: OrgId,
    venue_id: VenueId | None = None,
    *,
    now: datetime,
) -> list[ListedClosure]:
    """Closures of one venue or of all that are not over; at most `CLOSURES_LISTED_MAX`."""
    return await session.fetch(
        "scheduling.closures_ahead",
        ListedClosure,
        org_id=org_id,
        venue_id=venue_id,
        closure_id=None,
        now=now,
        count=CLOSURES_LISTED_MAX,
    )


async def closure_by_id(session: Session, org_id: OrgId, closure_id: UUID) -> ListedClosure | None:
    """A closure, also one that is over."""
    return await session.fetch_one(
        "scheduling.closures_ahead",
        ListedClosure,
        org_id=org_id,
        venue_id=None,
        closure_id=closure_id,
        now=None,
        count=1,
    )


async def guests_of_closure(
    session: Session, org_id: OrgId, closure_id: UUID
) -> list[ClosureGuest]:
    """Whom a closure touches, the soonest first; at most `CLOSURE_GUESTS_LISTED_MAX`."""
    return await session.fetch(
        "scheduling.guests_of_closure",
        ClosureGuest,
        org_id=org_id,
        closure_id=closure_id,
        count=CLOSURE_GUESTS_LISTED_MAX,
    )


async def closed_reason(session: Session, booking: Booking) -> str:
    """Why the time of a booking was closed after it was made; empty where it takes place."""
    found = await session.fetch_value(
        "scheduling.closed_reason",
        str,
        org_id=booking.org_id,
        slot_ids=list(booking.slots),
        booked_at=booking.created_at,
        off_schedule_reason=OFF_SCHEDULE_REASON,
    )
    return found or ""

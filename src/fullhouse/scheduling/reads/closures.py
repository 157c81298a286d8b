"""What closures mean for bookings."""

from fullhouse.booking.model.booking import Booking
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.storage.database import Session


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

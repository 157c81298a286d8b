"""What staff noted about bookings; guests never see it."""

from uuid import UUID

import msgspec

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


class BookingNote(msgspec.Struct, frozen=True):
    """The note of a booking; version 0 while there is none."""

    note: str = ""
    version: int = 0


async def booking_note(session: Session, org_id: OrgId, booking_id: UUID) -> BookingNote:
    """The note as it stands; an empty one without."""
    found = await session.fetch_one(
        "booking.booking_note", BookingNote, org_id=org_id, booking_id=booking_id
    )
    return found or BookingNote()

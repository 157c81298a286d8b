"""Write the note of a booking: for staff alone, in the version that was opened."""

from dataclasses import dataclass

from fullhouse.booking.events import BookingNoted
from fullhouse.booking.model.booking import Booking
from fullhouse.kernel.errors import VersionConflict
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WriteNote:
    """Replaces the note. Its text is in its row alone, so that it can be erased."""

    async def __call__(
        self, uow: UnitOfWork, booking: Booking, note: str, *, expected_version: int
    ) -> None:
        """`expected_version` 0 expects that there is none. Raises `VersionConflict`."""
        version = await uow.session.fetch_value(
            "booking.write_booking_note",
            int,
            org_id=uow.org_id,
            booking_id=booking.booking_id,
            note=note,
            version=expected_version,
        )
        if version is None:
            raise VersionConflict(version=expected_version + 1)
        uow.record(booking.booking_id, BookingNoted(offering_id=booking.offering_id))

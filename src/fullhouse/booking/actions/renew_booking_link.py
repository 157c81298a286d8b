"""Renew the link of a booking: the links that were given out before open nothing any more."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.events import BookingLinkRenewed
from fullhouse.booking.model.booking import BookingId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RenewBookingLink:
    """Counts the link version up. The new link goes by mail to the address of the booking.

    Nobody else gets it: whoever renews by a link may not be the guest.
    """

    async def __call__(self, uow: UnitOfWork, booking_id: BookingId) -> None:
        """Raises `UnknownBooking`."""
        offering_id = await uow.session.fetch_value(
            "booking.renew_link", UUID, org_id=uow.org_id, booking_id=booking_id
        )
        if offering_id is None:
            raise UnknownBooking
        uow.record(booking_id, BookingLinkRenewed(offering_id=offering_id))

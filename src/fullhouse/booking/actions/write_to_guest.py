"""Write to the guest of a booking: the business's own words, sent by e-mail."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from fullhouse.booking.actions.close_booked_time import lock_booking
from fullhouse.booking.actions.undo_change import past_events
from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.events import GuestWrittenTo
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.limits import SAME_MESSAGE_SECONDS
from fullhouse.booking.model.booking import ATTENDING, BookingId
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WriteToGuest:
    """Records what the e-mail says. A form that is sent twice writes once, also at one moment."""

    async def __call__(self, uow: UnitOfWork, booking_id: BookingId, text: str) -> None:
        """Raises `UnknownBooking`, and the error of the booking's status."""
        booking = await lock_booking(uow, booking_id)
        if booking is None:
            raise UnknownBooking
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        written = GuestWrittenTo(offering_id=booking.offering_id, text=text)
        said = written.kind(), msgspec.to_builtins(written)
        since = uow.now - timedelta(seconds=SAME_MESSAGE_SECONDS)
        past = await past_events(uow.session, uow.org_id, booking_id)
        if not any((one.kind, one.payload) == said and one.at > since for one in past):
            uow.record(booking_id, written)

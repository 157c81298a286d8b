"""Write to the guest of a booking: the business's own words, sent by e-mail."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.actions.undo_change import PastEvent
from fullhouse.booking.events import GuestWrittenTo
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.model.booking import ATTENDING, Booking
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class WriteToGuest:
    """Records what the e-mail says. A form that is sent twice writes once."""

    async def __call__(self, uow: UnitOfWork, booking: Booking, text: str) -> None:
        """Raises the error of the booking's status."""
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        written = GuestWrittenTo(offering_id=booking.offering_id, text=text)
        last = await uow.session.fetch(
            "booking.last_events",
            PastEvent,
            org_id=uow.org_id,
            subject=booking.booking_id,
            limit=limits.UNDO_EVENTS_MAX,
        )
        since = uow.now - timedelta(seconds=limits.SAME_MESSAGE_SECONDS)
        said = msgspec.to_builtins(written)
        if not any(
            (one.kind, one.payload) == (written.kind(), said) and one.at > since for one in last
        ):
            uow.record(booking.booking_id, written)

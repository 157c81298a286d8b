"""Send tickets again: to the address of the booking alone, so whoever asks need prove nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.events import TicketRequested
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.model.booking import ATTENDING, Booking
from fullhouse.storage.unit_of_work import UnitOfWork

_PAUSE: Final = timedelta(minutes=limits.TICKET_PAUSE_MINUTES)


class _Ticket(msgspec.Struct, frozen=True):
    booking_id: UUID
    offering_id: UUID


@dataclass(frozen=True, slots=True)
class SendTickets:
    """Records that tickets were asked for; who asks is not told whether there are any.

    A booking whose ticket was asked for within `TICKET_PAUSE_MINUTES` is passed over.
    """

    async def by_email(self, uow: UnitOfWork, email: str) -> None:
        """The next `TICKETS_SENT_MAX` bookings of an address that are to come, or under way."""
        await self._send(
            uow, "booking.tickets_of_email", email=email, limit=limits.TICKETS_SENT_MAX
        )

    async def by_ref(self, uow: UnitOfWork, ref: str) -> None:
        await self._send(uow, "booking.ticket_of_ref", ref=ref.upper())

    async def to_guest_of(self, uow: UnitOfWork, booking: Booking) -> None:
        """By staff, at once and however often. Raises the error of the booking's status."""
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        uow.record(booking.booking_id, TicketRequested(offering_id=booking.offering_id))

    async def _send(self, uow: UnitOfWork, query: str, **values: object) -> None:
        found: Sequence[_Ticket] = await uow.session.fetch(
            query, _Ticket, org_id=uow.org_id, now=uow.now, since=uow.now - _PAUSE, **values
        )
        for ticket in found:
            uow.record(ticket.booking_id, TicketRequested(offering_id=ticket.offering_id))

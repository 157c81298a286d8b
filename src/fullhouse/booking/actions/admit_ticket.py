"""Admit who holds a ticket: check the party in, or say why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.errors import (
    AlreadyCancelled,
    AlreadyCheckedIn,
    BookingError,
    NotArrivalTime,
    WrongStatus,
)
from fullhouse.booking.events import CheckedIn
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.updates import BookingUpdater
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId

Answer = Literal["ok", "already-in", "wrong-time", "cancelled", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a ticket; nothing is recorded unless it is `ok`."""

    answer: Answer
    booking: Booking | None = None
    error: BookingError | None = None
    arrived_at: datetime | None = None
    """Of a ticket that was shown before: when."""


@dataclass(frozen=True, slots=True)
class AdmitTicket:
    """Checks in the party of a reference."""

    updater: BookingUpdater
    check_in: CheckIn

    async def __call__(self, org_id: OrgId, ref: str, *, context: RequestContext) -> Admission:
        booking = await self._booking(org_id, ref)
        if booking is None:
            return Admission("unknown")
        booking_id = booking.booking_id
        try:
            await self.check_in(org_id, booking_id, context=context, loaded=booking)
        except AlreadyCheckedIn as error:
            arrived = await self.updater.last_event(org_id, booking_id, CheckedIn)
            return Admission("already-in", booking, error, arrived.at if arrived else None)
        except BookingError as error:
            return Admission(_answer(error), booking, error)
        return Admission("ok", booking)

    async def _booking(self, org_id: OrgId, ref: str) -> Booking | None:
        async with self.updater.database.session() as session:
            return await session.fetch_one(
                "booking.booking_by_ref", Booking, org_id=org_id, ref=ref
            )


def _answer(error: BookingError) -> Answer:
    match error:
        case NotArrivalTime():
            return "wrong-time"
        case AlreadyCancelled():
            return "cancelled"
        case WrongStatus():  # a hold, or what is left of one
            return "unknown"
        case _:
            return "refused"

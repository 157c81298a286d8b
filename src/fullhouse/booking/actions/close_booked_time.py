"""Close the time of a booking: its guest is told, and may move or cancel it without a fee."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from fullhouse.booking.events import TimeClosed, TimeReopened
from fullhouse.booking.limits import CLOSED_CHANGE_DAYS
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.offering import OfferingId
from fullhouse.storage.unit_of_work import UnitOfWork

ClosedBooking = Literal["confirmed", "undecided", "over"]
"""Whether a booking at a closed time stands, may be restored, or will not."""


@dataclass(frozen=True, slots=True)
class _Reopened:
    booking_id: BookingId
    offering_id: OfferingId
    slots: Sequence[UUID]
    party: int


def state_at(booking: Booking, starts_at: datetime, *, now: datetime) -> ClosedBooking:
    """What became of a booking that was at `starts_at` when that was closed.

    A cancellation can be undone as long as the places are kept. No hold of a closed time is
    confirmed.
    """
    if booking.starts_at != starts_at:
        return "over"
    if booking.status == "confirmed":
        return "confirmed"
    is_kept = booking.expires_at is not None and booking.expires_at > now
    return "undecided" if is_kept and booking.status == "cancelled" else "over"


async def lock_booking(uow: UnitOfWork, booking_id: BookingId) -> Booking | None:
    """A booking that nobody else changes until the transaction ends."""
    return await uow.session.fetch_one(
        "booking.lock_booking", Booking, org_id=uow.org_id, booking_id=booking_id
    )


async def close_booked_time(
    uow: UnitOfWork, booking: Booking, *, closure_id: UUID, reason: str
) -> None:
    """Lift the terms of a locked booking for some days; by the event its guest is told."""
    until = booking.ends_at + timedelta(days=CLOSED_CHANGE_DAYS)
    await uow.session.execute(
        "booking.close_booked_time", org_id=uow.org_id, booking_id=booking.booking_id, until=until
    )
    closed = TimeClosed(
        offering_id=booking.offering_id,
        slots=tuple(booking.slots),
        party=booking.party,
        closure_id=closure_id,
        reason=reason,
    )
    uow.record(booking.booking_id, closed)


async def reopen_booked_times(
    uow: UnitOfWork, booking_ids: Sequence[BookingId], *, closure_id: UUID
) -> int:
    """Take it back for those whose whole time is open again, and record it; how many these are.

    Their slots are locked by the caller, as the ledger locks slots before bookings.
    """
    reopened = await uow.session.fetch(
        "booking.reopen_booked_times", _Reopened, org_id=uow.org_id, booking_ids=booking_ids
    )
    for row in reopened:
        event = TimeReopened(
            offering_id=row.offering_id,
            slots=tuple(row.slots),
            party=row.party,
            closure_id=closure_id,
        )
        uow.record(row.booking_id, event)
    return len(reopened)

"""Notices: whom a closure touches, what is offered to the guest, and when each is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.model.booking import BookingId, Status
from fullhouse.scheduling.limits import CLOSURE_NOTICES_PER_SECOND, CLOSURE_UNDO_SECONDS
from fullhouse.scheduling.model.closures import ClosureId, ClosureRow

ClosureRemedy = Literal["move", "cancel", "cancel_with_fee"]
"""What is offered: another time or a free cancellation, or that the business cancels."""
NoticeStatus = Literal["due", "claimed", "told", "over"]
"""`claimed`: the booking is being cancelled. `over`: it was moved or cancelled before."""

TELL_OF_CLOSURE: Final = "closure_notice"
"""Kind of the effect that tells one guest; its subject is the booking."""


class NoticePayload(Struct, frozen=True):
    """Payload of these effects; `actor` has closed the time."""

    closure_id: UUID
    actor: str


@dataclass(frozen=True, slots=True)
class TouchedBooking:
    """A booking at a time that is closed."""

    booking_id: BookingId
    ref: str
    status: Status
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    offering: str
    offering_name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClosureNotice:
    """A notice with the reason of its closure."""

    closure_id: ClosureId
    booking_id: BookingId
    remedy: ClosureRemedy
    status: NoticeStatus
    starts_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ListedClosure(ClosureRow):
    """A closure with the offerings that it closes and what became of its notices.

    Of those who were `told`, some have `moved`, and of some the booking is cancelled (`left`).
    """

    venue_name: str
    zone: str
    country: str
    slugs: Sequence[str]
    names: Sequence[str]
    remedy: ClosureRemedy | None
    first_due_at: datetime | None
    due: int
    told: int
    moved: int
    left: int

    @property
    def tells(self) -> int:
        """How many guests are told or will be."""
        return self.due + self.told


@dataclass(frozen=True, slots=True)
class ClosureGuest:
    """A guest of a closed time, and what became of the booking since."""

    ref: str
    customer_name: str
    customer_email: str
    customer_phone: str
    party: int
    starts_at: datetime
    remedy: ClosureRemedy
    status: NoticeStatus
    due_at: datetime
    booking_status: Status
    booking_starts_at: datetime


def notice_key(closure_id: UUID, booking_id: UUID) -> str:
    """The key of the effect: each guest is told of a closure once."""
    return f"{TELL_OF_CLOSURE}/{closure_id}/{booking_id}"


def due_times(bookings: Sequence[TouchedBooking], now: datetime) -> list[datetime]:
    """When each is told: after the time for undo, so many a second, the soonest first.

    What was just cancelled waits until that can no longer be undone.
    """
    first, second = now + timedelta(seconds=CLOSURE_UNDO_SECONDS), timedelta(seconds=1)
    times = [first + second * (n / CLOSURE_NOTICES_PER_SECOND) for n in range(len(bookings))]
    return [
        at if booking.expires_at is None else max(at, booking.expires_at + second)
        for at, booking in zip(times, bookings, strict=True)
    ]

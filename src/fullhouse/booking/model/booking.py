"""A booking, its life, and the terms on which it may be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NewType
from uuid import UUID

from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

BookingId = NewType("BookingId", UUID)
Status = Literal["held", "confirmed", "checked_in", "cancelled", "no_show", "released", "expired"]
LIVE: Final[tuple[Status, ...]] = ("held", "confirmed", "checked_in", "no_show")
"""The statuses in which a booking has its places; in the others it has none."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as stored. A hold is a booking that is not confirmed and expires."""

    org_id: OrgId
    booking_id: BookingId
    ref: str
    status: Status
    version: int
    offering_id: OfferingId
    entry_id: UUID | None
    party: int
    starts_at: datetime
    ends_at: datetime
    customer_name: str
    customer_email: str
    customer_phone: str
    locale: str
    source: dict[str, str] | None
    price_amount: int
    fee_amount: int
    currency: str
    expires_at: datetime | None
    created_at: datetime
    slots: Sequence[UUID]

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether a change is allowed, until when, until when it is free, and its fee now."""

    allowed: bool
    until: datetime
    free_until: datetime
    fee: Money


def cancellation(offering: Offering, booking: Booking, *, now: datetime) -> Terms:
    """The terms of cancelling: free at first, then at a fee, then not at all."""
    free_until = booking.starts_at - timedelta(minutes=offering.cancel_free_until_minutes)
    until = booking.starts_at - timedelta(minutes=offering.cancel_until_minutes)
    percent = offering.cancel_fee_percent if now > free_until else 0
    return Terms(
        allowed=booking.status == "confirmed" and now <= until,
        until=until,
        free_until=free_until,
        fee=booking.price.share(percent),
    )


def rescheduling(offering: Offering, booking: Booking, *, now: datetime) -> Terms:
    """The terms of moving to another slot: free, until the policy's time."""
    until = booking.starts_at - timedelta(minutes=offering.move_until_minutes)
    return Terms(
        allowed=booking.status == "confirmed" and now <= until,
        until=until,
        free_until=until,
        fee=Money(0, booking.currency),
    )

"""The figures of sales follow the bookings: days whose bookings changed are counted anew."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fullhouse.booking.events import (
    Booked,
    BookingRestored,
    Cancelled,
    OfferingChanged,
    PartyChanged,
    Rescheduled,
)
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.storage.database import Session

_SALES: Final = (Booked, Cancelled, BookingRestored, PartyChanged, Rescheduled)


async def mark_sales_days(session: Session, happened: Sequence[RelayedEvent]) -> None:
    """Mark the days of the bookings, and all days of offerings that moved to another venue.

    Its days may begin at another time. The zone of a venue never changes.
    """
    sales = [event for event in happened if event.kind != OfferingChanged.kind()]
    if sales:
        await session.execute(
            "booking.mark_sales_days",
            org_ids=[event.org_id for event in sales],
            booking_ids=[event.subject for event in sales],
            starts=[_moved_from(event) for event in sales],
        )
    moved = [event for event in happened if _has_moved(event)]
    if moved:
        await session.execute(
            "booking.mark_sales_of_offerings",
            org_ids=[event.org_id for event in moved],
            offering_ids=[event.subject for event in moved],
        )


def _moved_from(event: RelayedEvent) -> datetime | None:
    """The time that a booking was moved from."""
    if event.kind != Rescheduled.kind():
        return None
    return msgspec.convert(event.payload, Rescheduled).from_starts_at


def _has_moved(event: RelayedEvent) -> bool:
    """Whether an offering takes place at another venue since."""
    if event.kind != OfferingChanged.kind():
        return False
    return "venue_id" in msgspec.convert(event.payload, OfferingChanged).after


def sales_subscriber() -> Subscriber:
    return Subscriber("sales", (*_SALES, OfferingChanged), mark_sales_days, yields_under_load=True)

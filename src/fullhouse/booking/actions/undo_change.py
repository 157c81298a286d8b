"""Undo the last change of a booking: an arrival at any time, anything else for a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fullhouse.booking import errors, limits
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.restore_booking import RestoreBooking
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.events import (
    BookingNoted,
    EmailBounced,
    GuestWrittenTo,
    PartyChanged,
    ReminderDue,
    Rescheduled,
    ThanksDue,
    TicketRequested,
    VisitRated,
    history_event,
)
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.plan import SoldParty
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database, Session

_CHANGES_NOTHING: Final = frozenset(
    {
        TicketRequested.kind(),
        BookingNoted.kind(),
        GuestWrittenTo.kind(),
        ReminderDue.kind(),
        ThanksDue.kind(),
        VisitRated.kind(),
        EmailBounced.kind(),
    }
)
"""Events after which the booking is as it was."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event of a subject, as far as undoing looks at it."""

    kind: str
    payload: dict[str, object]
    at: datetime


async def past_events(session: Session, org_id: OrgId, subject: UUID) -> Sequence[PastEvent]:
    """The last events of a subject, the latest first."""
    return await session.fetch(
        "booking.last_events",
        PastEvent,
        org_id=org_id,
        subject=subject,
        limit=limits.UNDO_EVENTS_MAX,
    )


def last_move(
    history: Sequence[tuple[str, object, datetime]], *, now: datetime
) -> Rescheduled | PartyChanged | None:
    """The move that was the last change of a booking; None for another, and after a minute.

    `history` has kind, payload and time of each event, the oldest first.
    """
    last = next((one for one in reversed(history) if one[0] not in _CHANGES_NOTHING), None)
    if last is None or now - last[2] > timedelta(seconds=limits.UNDO_SECONDS):
        return None
    event = history_event(last[0], last[1])
    return event if isinstance(event, Rescheduled | PartyChanged) else None


@dataclass(frozen=True, slots=True)
class UndoChange:
    """Takes back what staff did last; guests have `RestoreBooking`, on their own terms."""

    database: Database
    move: MoveBooking
    restore: RestoreBooking
    undo_check_in: UndoCheckIn

    async def __call__(self, booking: Booking, *, context: RequestContext) -> None:
        """Raises `TooLateToUndo`, `VersionConflict`, and as what it is undone by."""
        org_id, booking_id = booking.org_id, booking.booking_id
        if booking.status in {"checked_in", "no_show"}:
            await self.undo_check_in(org_id, booking_id, context=context)
        elif booking.status == "cancelled":
            await self.restore(org_id, booking_id, context=context)
        else:
            await self._move_back(booking, context)

    async def _move_back(self, booking: Booking, context: RequestContext) -> None:
        async with self.database.session() as session:
            history = await past_events(session, booking.org_id, booking.booking_id)
        now = self.move.updater.clock.now()
        moved = last_move([(one.kind, one.payload, one.at) for one in reversed(history)], now=now)
        if moved is None:
            raise errors.TooLateToUndo
        slots = moved.from_slots if isinstance(moved, Rescheduled) else ()
        await self.move(
            booking.org_id,
            booking.booking_id,
            tuple(SlotId(slot) for slot in slots),
            context=context,
            party=SoldParty(
                moved.from_party or booking.party,
                moved.from_guests,
                moved.from_price,
                moved.from_free_until,
                moved.from_move_until,
            ),
            expected_version=moved.booking_version,
        )

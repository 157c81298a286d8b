"""Notices of a closure: who is told is settled in its transaction, each guest by an effect.

Slots are closed under their locks, so every booking that is made at that time is seen, and no other
comes; a hold is not confirmed any more. What was cancelled so lately that it can be restored gets a
notice too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fullhouse.booking.actions.close_booked_time import reopen_booked_times
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.offering import OfferingId
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.kernel.timespan import Timespan
from fullhouse.people.model import Venue
from fullhouse.scheduling.errors import TooManyToTell
from fullhouse.scheduling.limits import CLOSURE_NOTICES_MAX, DURATION_MINUTES_MAX
from fullhouse.scheduling.model.closure_notices import (
    TELL_OF_CLOSURE,
    ClosureRemedy,
    NoticePayload,
    NoticeStatus,
    TouchedBooking,
    due_times,
    notice_key,
)
from fullhouse.scheduling.model.wall_time import instant_from, instant_until
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_SLOT_LENGTH_MAX: Final = timedelta(minutes=DURATION_MINUTES_MAX)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Notices of a closure that was taken back: stopped, and those whose guests hear of it."""

    told: tuple[BookingId, ...]
    stopped: int


@dataclass(frozen=True, slots=True)
class _Notice:
    booking_id: BookingId
    remedy: ClosureRemedy
    status: NoticeStatus


def closed_span(starts_at: datetime, ends_at: datetime, venue: Venue) -> Timespan | None:
    """The instants of a closure in wall time; None when the clocks skip all of it."""
    zone = ZoneInfo(venue.zone)
    first, last = instant_from(starts_at, zone), instant_until(ends_at, zone)
    return Timespan(first, last) if first < last else None


async def touched_bookings(
    session: Session,
    venue: Venue,
    span: Timespan,
    *,
    offerings: Sequence[OfferingId],
    remedy: ClosureRemedy,
    now: datetime,
) -> list[TouchedBooking]:
    """Who would be told if the offerings were closed for `span`, the soonest first.

    Nobody whose time is over. Raises `TooManyToTell`.
    """
    first = max(span.start, now)
    found = await session.fetch(
        "scheduling.bookings_touched",
        TouchedBooking,
        org_id=venue.org_id,
        offering_ids=offerings,
        since=first - _SLOT_LENGTH_MAX,
        first=first,
        last=span.end,
        remedy=remedy,
        count=CLOSURE_NOTICES_MAX + 1,
    )
    if len(found) > CLOSURE_NOTICES_MAX:
        raise TooManyToTell(limit=CLOSURE_NOTICES_MAX)
    return found


async def add_notices(
    uow: UnitOfWork, closure_id: UUID, bookings: Sequence[TouchedBooking], *, remedy: ClosureRemedy
) -> None:
    """Write a notice for each booking, with the effect that tells its guest."""
    due = due_times(bookings, uow.now)
    payload = NoticePayload(closure_id, uow.context.actor)
    await uow.session.execute(
        "scheduling.add_notices",
        org_id=uow.org_id,
        closure_id=closure_id,
        booking_ids=[booking.booking_id for booking in bookings],
        remedy=remedy,
        starts=[booking.starts_at for booking in bookings],
        due=due,
    )
    await enqueue(
        uow.session,
        [
            EffectRequest(
                org_id=uow.org_id,
                key=notice_key(closure_id, booking.booking_id),
                kind=TELL_OF_CLOSURE,
                subject=booking.booking_id,
                correlation_id=uow.context.correlation_id,
                due_at=due_at,
                payload=payload,
            )
            for booking, due_at in zip(bookings, due, strict=True)
        ],
    )


async def lock_notices(uow: UnitOfWork, closure_id: UUID) -> Withdrawn:
    """Lock the notices of a closure that is taken back; before its slots, as jobs lock neither."""
    found = await uow.session.fetch(
        "scheduling.lock_notices", _Notice, org_id=uow.org_id, closure_id=closure_id
    )
    told = tuple(n.booking_id for n in found if n.status == "told" and n.remedy == "move")
    return Withdrawn(told, sum(notice.status == "due" for notice in found))


async def tell_reopened(uow: UnitOfWork, withdrawn: Withdrawn, closure_id: UUID) -> int:
    """Tell those who were told of the closure that it is taken back; how many."""
    if not withdrawn.told:
        return 0
    return await reopen_booked_times(uow, withdrawn.told, closure_id=closure_id)

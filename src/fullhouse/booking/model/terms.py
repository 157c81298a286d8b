"""The terms on which a booking is cancelled, moved or made smaller: derived here and nowhere else.

Cancelling is free until some time before the start, then costs a fee, then is refused. Two bookings
differ from that, and keep their own time as `free_until`:

- Who books late has `GRACE_MINUTES` after booking, however near the start is: a mistake is free.
- Who moves a booking that costs a fee already owes that fee on. Otherwise it would be dodged by
  moving to a later day first.

A booking whose time the business has closed is moved and cancelled free for days afterwards, by its
`free_until` and `move_until`: its guest may read of it late.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.limits import ARRIVAL_EARLY_MINUTES, ARRIVAL_LATE_MINUTES, GRACE_MINUTES
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.money import Money

_GRACE: Final = timedelta(minutes=GRACE_MINUTES)


class ChangePolicy(msgspec.Struct, frozen=True):
    """Whether a change is allowed, until when, until when it is free, and its fee now."""

    allowed: bool
    until: datetime
    free_until: datetime
    fee: Money


def grace_end(offering: Offering, starts_at: datetime, *, booked_at: datetime) -> datetime | None:
    """Return until when a booking made then is cancelled free, if that is later than usual."""
    ends, usual = booked_at + _GRACE, _usual_free_until(offering, starts_at)
    if ends <= usual:  # nearly every booking
        return None
    return min(ends, starts_at) if starts_at > usual else None


def free_until_after_move(
    offering: Offering, booking: Booking, starts_at: datetime, *, now: datetime
) -> datetime | None:
    """Return the `free_until` of a booking that its guest moves: a fee that is due stays due.

    One that is moved from a time that the business closed is as one that is booked now.
    """
    if booking.move_until is not None:
        return grace_end(offering, starts_at, booked_at=now)
    free_until = booking.free_until or _usual_free_until(offering, booking.starts_at)
    if now > free_until:
        return free_until
    grace = booking.free_until
    is_later = grace is not None and grace > _usual_free_until(offering, starts_at)
    return grace if is_later else None


def cancellation_terms(
    offering: Offering,
    starts_at: datetime,
    price: Money,
    *,
    now: datetime,
    free_until: datetime | None = None,
) -> ChangePolicy:
    """The terms of cancelling a confirmed booking that starts then."""
    free = free_until or _usual_free_until(offering, starts_at)
    until = max(starts_at - timedelta(minutes=offering.cancel_until_minutes), free)
    percent = offering.cancel_fee_percent if now > free else 0
    return ChangePolicy(
        allowed=now <= until, until=until, free_until=free, fee=price.share(percent)
    )


def cancellation(offering: Offering, booking: Booking, *, now: datetime) -> ChangePolicy:
    """The policy of cancelling: free at first, then at a fee, then refused."""
    terms = cancellation_terms(
        offering, booking.starts_at, booking.price, now=now, free_until=booking.free_until
    )
    is_confirmed = booking.status == "confirmed"
    return msgspec.structs.replace(terms, allowed=terms.allowed and is_confirmed)


def shrinking(offering: Offering, booking: Booking, price: Money, *, now: datetime) -> ChangePolicy:
    """The policy of coming with fewer guests, for `price`: it gives a part of the booking up.

    Allowed as long as cancelling costs nothing, or when the price stays. Who would owe a fee for a
    part asks the business, which decides how much is fair.
    """
    terms = cancellation(offering, booking, now=now)
    is_free = terms.fee.amount == 0 or price.amount >= booking.price_amount
    return ChangePolicy(
        allowed=terms.allowed and is_free,
        until=min(terms.until, terms.free_until) if offering.cancel_fee_percent else terms.until,
        free_until=terms.free_until,
        fee=Money(0, booking.currency),
    )


def rescheduling(offering: Offering, booking: Booking, *, now: datetime) -> ChangePolicy:
    """The policy of moving to another slot: free, until the time that the offering sets.

    Times of an offering that is not published are on sale to nobody.
    """
    terms = answering(offering, booking, now=now)
    return msgspec.structs.replace(terms, allowed=terms.allowed and offering.published)


def answering(offering: Offering, booking: Booking, *, now: datetime) -> ChangePolicy:
    """The policy of answering questions otherwise: as long as the time may be changed."""
    until = move_end(offering, booking)
    return ChangePolicy(
        allowed=booking.status == "confirmed" and now <= until,
        until=until,
        free_until=until,
        fee=Money(0, booking.currency),
    )


def move_end(offering: Offering, booking: Booking) -> datetime:
    """The last instant at which its guest may move a booking."""
    usual = booking.starts_at - timedelta(minutes=offering.move_until_minutes)
    return usual if booking.move_until is None else max(usual, booking.move_until)


def is_arrival_time(booking: Booking, *, now: datetime) -> bool:
    """Whether a party that comes now comes at its time: some hours around it are fine."""
    opens = booking.starts_at - timedelta(minutes=ARRIVAL_EARLY_MINUTES)
    return opens <= now <= booking.ends_at + timedelta(minutes=ARRIVAL_LATE_MINUTES)


def is_missed(booking: Booking, *, now: datetime) -> bool:
    """Whether a party that is not there can have failed to come: its time has begun."""
    return now >= booking.starts_at


def _usual_free_until(offering: Offering, starts_at: datetime) -> datetime:
    return starts_at - timedelta(minutes=offering.cancel_free_until_minutes)

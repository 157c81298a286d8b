"""What is sold, by day and offering, and what follows from it. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Final, TypeVar

from msgspec import Struct

from fullhouse.booking.model.offering import Offering, OfferingId

K = TypeVar("K", bound=Hashable)

YEAR: Final = timedelta(weeks=52)
"""To the same day of the week a year before."""


_BEFORE: Final = timedelta(weeks=4)
_AHEAD: Final = timedelta(weeks=8)


class Days(Struct, frozen=True):
    """The first and the last day of a span."""

    first: date
    last: date


class PlacesOfDay(Struct, frozen=True):
    """The places of an offering on a day. A closed slot has those that are sold."""

    day: date
    offering_id: OfferingId
    capacity: int
    sold: int


class WaitingOfDay(Struct, frozen=True):
    """How many guests wait for an offering on a day."""

    day: date
    offering_id: OfferingId
    guests: int


class SalesOfDay(Struct, frozen=True):
    """Bookings for a day, their prices, and the fees of those that were cancelled."""

    day: date
    offering_id: OfferingId
    bookings: int
    amount: int
    fees: int


class BookedOn(Struct, frozen=True):
    """Places that were booked on a day."""

    booked_on: date
    places: int


class GuestsOfDay(Struct, frozen=True):
    """Guests that are expected on a day, and those of them who have arrived."""

    expected: int
    arrived: int


class Share(Struct, frozen=True):
    """What is sold of what there is."""

    sold: int = 0
    capacity: int = 0

    @property
    def percent(self) -> int:
        return max(0, min(100, 100 * self.sold // self.capacity)) if self.capacity else 0


def shares_by_day(places: Sequence[PlacesOfDay]) -> dict[date, Share]:
    """Of all offerings together."""
    sold: Counter[date] = Counter()
    capacity: Counter[date] = Counter()
    for row in places:
        sold[row.day] += row.sold
        capacity[row.day] += row.capacity
    return {day: Share(sold[day], capacity[day]) for day in capacity}


def total(shares: Sequence[Share]) -> Share:
    return Share(sum(one.sold for one in shares), sum(one.capacity for one in shares))


def days_of(span: Days) -> list[date]:
    return [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]


def shifted(span: Days, by: timedelta) -> Days:
    return Days(span.first - by, span.last - by)


class FigureTotals(Struct, frozen=True):
    """What a day or an offering sells, and who waits for it."""

    share: Share
    amount: int
    waiting: int


def figures_by(
    places: Sequence[PlacesOfDay],
    sales: Sequence[SalesOfDay],
    waiting: Sequence[WaitingOfDay],
    *,
    key: Callable[[PlacesOfDay | SalesOfDay | WaitingOfDay], K],
) -> dict[K, FigureTotals]:
    """The figures by day or by offering, of those that have places."""
    shares: dict[K, list[Share]] = {}
    amounts: Counter[K] = Counter()
    guests: Counter[K] = Counter()
    for place in places:
        shares.setdefault(key(place), []).append(Share(place.sold, place.capacity))
    for sale in sales:
        amounts[key(sale)] += sale.amount
    for entry in waiting:
        guests[key(entry)] += entry.guests
    return {
        one: FigureTotals(total(found), amounts[one], guests[one]) for one, found in shares.items()
    }


def sold_by(
    booked: Sequence[BookedOn], days: Sequence[date], *, until: date | None = None
) -> list[int | None]:
    """The places booked by the end of each day; None for days after `until`."""
    sums = list(accumulate((row.places for row in booked), initial=0))
    found: list[int | None] = []
    number = 0
    for day in days:
        while number < len(booked) and booked[number].booked_on <= day:
            number += 1
        found.append(None if until is not None and day > until else sums[number])
    return found


class SeasonFacts(Struct, frozen=True):
    """What the page is made from; of one offering, or of all."""

    today: date
    span: Days
    offering_id: OfferingId | None
    offerings: Sequence[Offering]
    places: Sequence[PlacesOfDay]
    waiting: Sequence[WaitingOfDay]
    sales: Sequence[SalesOfDay]
    pace: Sequence[BookedOn]
    pace_before: Sequence[BookedOn]
    """Of the same days of the season before."""

    @property
    def sold_by_now(self) -> tuple[int, int]:
        """The places sold until today, and those that were sold by this day a season before."""
        until = min(self.today, self.span.last)
        (now,), (before,) = sold_by(self.pace, [until]), sold_by(self.pace_before, [until - YEAR])
        return now or 0, before or 0

    def sold_until(
        self, points_max: int
    ) -> tuple[Sequence[date], Sequence[int | None], Sequence[int | None]] | None:
        """Days, and the places sold by each of them: this season until today, and the one before.

        None where nothing was sold in either.
        """
        booked = [row.booked_on for row in self.pace]
        booked += [row.booked_on + YEAR for row in self.pace_before]
        if not booked:
            return None
        first, last = min(booked), max(self.span.last, *booked)
        every = max(1, -(-((last - first).days + 1) // points_max))
        days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
        before = sold_by(self.pace_before, [day - YEAR for day in days])
        return days, sold_by(self.pace, days, until=self.today), before


def span_of(first: date | None, last: date | None, *, today: date, days_max: int) -> Days:
    """The days that are asked for, in order and not too many; else those around today."""
    start = first or (last - _AHEAD if last and last - date.min > _AHEAD else today - _BEFORE)
    end = last or (start + _AHEAD if date.max - start > _AHEAD else date.max)
    start, end = min(start, end), max(start, end)
    start = max(start, date.min + 2 * YEAR)
    end = min(max(end, start), date.max - 2 * YEAR)
    return Days(min(start, end), min(end, start + timedelta(days=days_max - 1)))

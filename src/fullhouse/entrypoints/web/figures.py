"""Figures of days from rows of days and offerings. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.booking.reads.sales import Days, PlacesOfDay
from fullhouse.entrypoints.web.availability_view import percent

YEAR: Final = timedelta(weeks=52)
"""To the same day of the week a year before."""


class Share(Struct, frozen=True):
    """What is sold of what there is."""

    sold: int = 0
    capacity: int = 0

    @property
    def percent(self) -> int:
        return percent(self.sold, self.capacity)


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

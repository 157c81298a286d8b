"""The calendar of staff: which days a view shows, and how full a slot or a day is."""

from datetime import date, timedelta
from typing import Final, Literal

import msgspec

View = Literal["month", "week", "day"]
VIEWS: Final[tuple[View, ...]] = ("month", "week", "day")
Occupancy = Literal["none", "free", "half", "few", "full", "closed"]

_HALF, _FEW, _FULL = 50, 80, 100
_WEEK: Final = 7


def occupancy(taken: int, capacity: int) -> tuple[Occupancy, int]:
    """How full it is, in a word and in percent; what has no places is full."""
    percent = min(_FULL, _FULL * taken // capacity) if capacity > 0 else _FULL
    if percent >= _FULL:
        return "full", percent
    if percent >= _FEW:
        return "few", percent
    return ("half" if percent >= _HALF else "free"), percent


class CalendarView(msgspec.Struct, frozen=True):
    """A month, a week or a day, by one of its days."""

    view: View
    day: date

    def span(self, first_weekday: int) -> tuple[date, date]:
        """The first and the last day that are shown: whole weeks but for a single day."""
        if self.view == "day":
            return self.day, self.day
        first = self.day.replace(day=1) if self.view == "month" else self.day
        last = _month_end(self.day) if self.view == "month" else self.day
        start = first - timedelta(days=(first.weekday() - first_weekday) % _WEEK)
        end = last + timedelta(days=(first_weekday - 1 - last.weekday()) % _WEEK)
        return start, end

    def moved(self, by: int) -> date:
        """A day of the view before (-1) or after (1)."""
        if self.view == "day":
            return self.day + timedelta(days=by)
        if self.view == "week":
            return self.day + timedelta(days=by * _WEEK)
        edge = _month_end(self.day) if by > 0 else self.day.replace(day=1)
        return (edge + timedelta(days=by)).replace(day=1)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

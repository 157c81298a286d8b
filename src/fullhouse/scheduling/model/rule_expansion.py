"""Expansion of a checked recurrence rule (RFC 5545 §3.3.10) on wall time, in counted steps.

The expansion is our own, because python-dateutil's can be neither bounded nor moved: it goes from
the first start to the year 9999 when nothing matches, and raises in the middle of it for some
rules. Here the first period of a window is computed, the phase of INTERVAL kept, and every period,
day and time that is looked at is paid for from a `StepBudget`. Only COUNT must be counted from the
start.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from fullhouse.kernel.errors import InvalidInput

_MINUTES_PER_DAY: Final = 24 * 60
_UNIT_MINUTES: Final = {"HOURLY": 60, "MINUTELY": 1}
_AFTER_MIDNIGHT: Final = tuple(timedelta(minutes=minute) for minute in range(_MINUTES_PER_DAY))
_WEEK: Final = 7
_LAST_ORDINAL: Final = date.max.toordinal()
_MIDWEEK: Final = 3
"""A week belongs to the year that has most of its days, so the year of its fourth."""


class TooManySlots(InvalidInput):
    """The rule gives more times than one schedule may have, which is `limit`."""

    code = "too_many_slots"
    message = "The rule gives too many times. End it sooner, or name fewer times."
    field: str = "rule"
    limit: int


@dataclass(slots=True)
class StepBudget:
    """The steps that the rules of one request or file may take together."""

    limit: int
    taken: int = 0

    def spend(self, steps: int) -> None:
        """Raises `TooManySlots` when the steps are used up."""
        self.taken += steps
        if self.taken > self.limit:
            message = (
                "These rules have too many times to go through:"
                " let them start later, or name fewer times."
            )
            raise TooManySlots(message, limit=self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceRule:
    """The parts of a rule as values; an empty set of days, months or times restricts nothing.

    Build it with `recurrence`, which fills in what follows from the start.
    """

    frequency: str
    starts_at: datetime
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    numbered_weekdays: frozenset[tuple[int, int]] = frozenset()
    """Weekdays with their number in the month, or in the year; negative from its end."""
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    """Sorted. Of an hourly or minutely rule without such a part: all."""
    seconds: int = 0
    positions: frozenset[int] = frozenset()
    clock: tuple[int, ...] = field(init=False)
    """The minutes of a day that hours and minutes allow."""
    _on_clock: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        clock = tuple(hour * 60 + minute for hour in self.hours for minute in self.minutes)
        if self.frequency == "DAILY" and self.positions:
            # The times of its period are those of a day, whichever day it is
            clock = tuple(clock[place] for place in _places(self.positions, len(clock)))
            object.__setattr__(self, "positions", frozenset())
        object.__setattr__(self, "clock", clock)
        object.__setattr__(self, "_on_clock", frozenset(clock))

    def walk(
        self, first: datetime, last: datetime, budget: StepBudget
    ) -> Iterator[Sequence[datetime]]:
        """The times in `[first, last)`, in order, for each day that is looked at: often none.

        So nobody who works through them is kept waiting for long. Raises `TooManySlots`.
        """
        since = max(first, self.starts_at) if self.count is None else self.starts_at
        end = last if self.until is None else min(last, self.until + timedelta.resolution)
        left = _LAST_ORDINAL * _MINUTES_PER_DAY if self.count is None else self.count
        for day, minutes in self._days(since.toordinal(), end.toordinal(), budget):
            midnight = datetime.fromordinal(day) + timedelta(seconds=self.seconds)
            times = [midnight + _AFTER_MIDNIGHT[minute] for minute in minutes]
            if times and not since <= times[0] <= times[-1] < end:
                times = [time for time in times if since <= time < end]
            del times[left:]
            left -= len(times)
            yield [time for time in times if time >= first] if since < first else times
            if left == 0:
                return

    def _days(
        self, first: int, last: int, budget: StepBudget
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """The days from `first` to `last` that may match, each with its minutes."""
        for begin, end in self._periods(first, min(last, _LAST_ORDINAL)):
            budget.spend(1)
            if self.positions:
                yield from self._positioned(begin, end, budget)
                continue
            for day in self._candidates(max(begin, first), min(end, last + 1), budget):
                matches = self._matches(date.fromordinal(day))
                minutes = self._minutes_of(day, budget) if matches else ()
                budget.spend(1 + len(minutes))
                yield day, minutes

    def _periods(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The periods that reach into the days `[first, last]`, each as ordinals `[begin, end)`."""
        start, interval = self.starts_at, self.interval
        since = date.fromordinal(first)
        match self.frequency:
            case "YEARLY":
                skipped = -(-(since.year - start.year) // interval) * interval
                years = range(start.year + skipped, date.fromordinal(last).year + 1, interval)
                yield from ((_year_start(year), _year_start(year + 1)) for year in years)
            case "MONTHLY":
                origin = _month_index(start)
                skipped = -(-(_month_index(since) - origin) // interval) * interval
                until = _month_index(date.fromordinal(last)) + 1
                for month in range(origin + skipped, until, interval):
                    yield _month_start(month), _month_start(month + 1)
            case "WEEKLY":
                origin = start.toordinal() - (start.weekday() - self.week_start) % _WEEK
                step = _WEEK * interval
                skipped = (first - origin) // step * step
                yield from (
                    (week, week + _WEEK) for week in range(origin + skipped, last + 1, step)
                )
            case _:
                yield first, last + 1

    def _candidates(self, begin: int, end: int, budget: StepBudget) -> Iterator[int]:
        """Days of `[begin, end)`, in order, among which are all that match.

        Months and days that cannot match are left out, so that a feast of every year takes three
        steps a year.
        """
        if begin >= end:
            return
        last = _month_index(date.fromordinal(end - 1))
        for index in range(_month_index(date.fromordinal(begin)), last + 1):
            if self.months and index % 12 + 1 not in self.months:
                continue
            budget.spend(1)
            month = range(_month_start(index), _month_start(index + 1))
            yield from self._candidates_of_month(
                month, max(begin, month.start), min(end, month.stop)
            )

    def _candidates_of_month(self, month: range, begin: int, end: int) -> Iterator[int]:
        if self.month_days:
            found = {month[n - 1 if n > 0 else n] for n in self.month_days if abs(n) <= len(month)}
        elif self.year_days:
            year = date.fromordinal(month.start).year
            found = {
                _year_start(year) + n - 1 if n > 0 else _year_start(year + 1) + n
                for n in self.year_days
            }
        elif wanted := self.weekdays | {weekday for _, weekday in self.numbered_weekdays}:
            # An ordinal of 1 is a Monday
            found = {
                day
                for weekday in wanted
                for day in range(begin + (weekday - begin + 1) % _WEEK, end, _WEEK)
            }
        else:
            yield from range(begin, end)
            return
        yield from sorted(day for day in found if begin <= day < end)

    def _matches(self, day: date) -> bool:
        month_days, year_days = self.month_days, self.year_days
        return (
            (not self.months or day.month in self.months)
            and (self.frequency != "DAILY" or self._is_in_phase(day))
            and (not month_days or _numbered(day.day, _length_of_month(day), month_days))
            and (not year_days or _numbered(_day_of_year(day), _length_of_year(day), year_days))
            and (not self.weeks or self._matches_week(day))
            and self._matches_weekday(day)
        )

    def _is_in_phase(self, day: date) -> bool:
        return (day - self.starts_at.date()).days % self.interval == 0

    def _matches_weekday(self, day: date) -> bool:
        if not (self.weekdays or self.numbered_weekdays) or day.weekday() in self.weekdays:
            return True
        if not self.numbered_weekdays:
            return False
        if self.frequency == "YEARLY" and not self.months:
            place, length = _day_of_year(day), _length_of_year(day)
        else:
            place, length = day.day, _length_of_month(day)
        forward, backward = (place - 1) // _WEEK + 1, -((length - place) // _WEEK + 1)
        weekday = day.weekday()
        return not self.numbered_weekdays.isdisjoint({(forward, weekday), (backward, weekday)})

    def _matches_week(self, day: date) -> bool:
        monday = day.toordinal() - (day.weekday() - self.week_start) % _WEEK
        if not 1 <= monday + _MIDWEEK <= _LAST_ORDINAL:
            return False
        middle = date.fromordinal(monday + _MIDWEEK)
        weeks = (_length_of_year(middle) - _day_of_year(middle)) // _WEEK
        number = (_day_of_year(middle) - 1) // _WEEK + 1
        return not self.weeks.isdisjoint({number, -(weeks + 1)})

    def _minutes_of(self, day: int, budget: StepBudget) -> Sequence[int]:
        """The minutes of a day that match, in order."""
        if self.frequency not in _UNIT_MINUTES or self.interval == 1:
            return self.clock
        unit = _UNIT_MINUTES[self.frequency]
        start = self.starts_at
        began = (start.toordinal() * _MINUTES_PER_DAY + start.hour * 60 + start.minute) // unit
        phase = (began - day * _MINUTES_PER_DAY // unit) % self.interval
        if unit == 1 and _MINUTES_PER_DAY // self.interval < len(self.clock):
            minutes = range(phase, _MINUTES_PER_DAY, self.interval)
            budget.spend(len(minutes))
            return [minute for minute in minutes if minute in self._on_clock]
        budget.spend(len(self.clock))
        return [minute for minute in self.clock if (minute // unit - phase) % self.interval == 0]

    def _positioned(
        self, begin: int, end: int, budget: StepBudget
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """What BYSETPOS picks of the times of a period."""
        days: list[int] = []
        for day in self._candidates(begin, min(end, _LAST_ORDINAL + 1), budget):
            budget.spend(1)
            days += [day] if self._matches(date.fromordinal(day)) else []
        total = len(days) * len(self.clock)
        budget.spend(len(self.positions))
        for place in _places(self.positions, total):
            day, minute = divmod(place, len(self.clock))
            yield days[day], (self.clock[minute],)


def _places(positions: frozenset[int], total: int) -> list[int]:
    """The places from 0, in order, that positions name, counted from either end."""
    places = {place - 1 if place > 0 else total + place for place in positions}
    return sorted(place for place in places if 0 <= place < total)


def _numbered(place: int, length: int, wanted: frozenset[int]) -> bool:
    """Whether a place, from 1 to `length`, is wanted by its number from either end."""
    return place in wanted or place - length - 1 in wanted


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


@lru_cache(maxsize=4096)
def _month_start(index: int) -> int:
    """The ordinal of a month's first day; the month after the last of all begins after it."""
    year, month = divmod(index, 12)
    if year > date.max.year:
        return _LAST_ORDINAL + 1
    return date(year, month + 1, 1).toordinal()


def _year_start(year: int) -> int:
    return _month_start(year * 12)


def _length_of_month(day: date) -> int:
    index = _month_index(day)
    return _month_start(index + 1) - _month_start(index)


def _length_of_year(day: date) -> int:
    return _year_start(day.year + 1) - _year_start(day.year)


def _day_of_year(day: date) -> int:
    return day.toordinal() - _year_start(day.year) + 1

"""Schedules: when an offering takes place, in wall time at the venue, and the instants that makes.

Wall time and zone are the truth; an offset is worked out for each occurrence on its own date, and
never kept. Where the clocks change, three rules hold:

* A wall time in the skipped hour does not exist that day: there is no slot, and it is reported in
  `Occurrences.skipped`.
* A wall time in the doubled hour happens once, the first time round.
* A duration is elapsed time. A slot that runs across a change ends at another wall time than usual,
  and one that runs into the skipped hour may overlap the next.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotState
from fullhouse.booking.model.slot_plan import ScheduleId, TargetSlot
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import (
    NEXT_TIME_YEARS_MAX,
    RULE_STEPS_MAX,
    SLOTS_PER_SCHEDULE_MAX,
)
from fullhouse.scheduling.model.recurrence import recurrence
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.wall_time import instant_at, wall_at

_REACH: Final = timedelta(days=366 * NEXT_TIME_YEARS_MAX)


class ScheduleInvalid(InvalidInput):
    """The schedule is invalid; `field` names what to change."""

    code = "schedule_invalid"
    message = "The schedule is not valid. Change the field that is named."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """A rule, extra times and exceptions (all wall time), with the shape of each slot.

    An empty rule is `starts_at` alone. With `closed_on_holidays`
    its slots are closed on public holidays.
    """

    starts_at: datetime
    rule: str
    duration_minutes: int
    capacity: int
    rdates: Sequence[datetime] = ()
    exdates: Sequence[datetime] = ()
    closed_on_holidays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(ScheduleSpec):
    """A schedule as it is stored."""

    schedule_id: ScheduleId
    offering_id: OfferingId
    version: int = 1
    """Grows with each change, so that of two editors the second is told."""
    next_starts_at: datetime | None = None
    """The first time after those that have slots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSchedule(Schedule):
    """A schedule with what it is a schedule of, and the time that it is read in."""

    offering: str
    offering_name: str
    zone: str
    country: str


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """A coming slot of a schedule."""

    starts_at: datetime
    capacity: int
    state: SlotState


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One time of a schedule: what the clock on the wall shows, and when that is."""

    wall: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Times of a schedule, and the wall times that no clock will show."""

    times: tuple[Occurrence, ...]
    skipped: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class OpenHours:
    """What a venue knows of its time: the zone, when it is shut and why, and its holidays."""

    zone: ZoneInfo
    closed: tuple[tuple[Timespan, str], ...] = ()
    """In order of their start; they may overlap."""
    holidays: Mapping[date, str] = field(default_factory=dict)
    _closed_until: tuple[datetime, ...] = field(init=False, repr=False)
    """The latest end of each closure and all before it."""

    def __post_init__(self) -> None:
        ends = accumulate((span.end for span, _ in self.closed), max)
        object.__setattr__(self, "_closed_until", tuple(ends))

    def closed_because(self, span: Timespan) -> str | None:
        """The reason of the first closure that overlaps `span`, or None when it is all open."""
        place = bisect_right(self._closed_until, span.start)
        if place == len(self.closed) or not self.closed[place][0].overlaps(span):
            return None
        return self.closed[place][1]


def spec_columns(shape: ScheduleSpec) -> dict[str, object]:
    """A shape by the names of its columns."""
    return {
        "starts_at": shape.starts_at,
        "rule": shape.rule,
        "duration_minutes": shape.duration_minutes,
        "capacity": shape.capacity,
        "rdates": list(shape.rdates),
        "exdates": list(shape.exdates),
        "closed_on_holidays": shape.closed_on_holidays,
    }


def occurrences(
    schedule: ScheduleSpec,
    window: Timespan,
    zone: ZoneInfo,
    *,
    budget: StepBudget,
    reach: timedelta = timedelta(),
) -> Iterator[Occurrences]:
    """The times of `schedule` that start within `window`: the single ones, then a day at a time.

    With a `reach`, the single ones of that time after the window as well, and of the rule the first
    day after it that has any. Raises `TooManySlots` where there are more than
    `SLOTS_PER_SCHEDULE_MAX` in the window, and `RuleInvalid`.
    """
    span = Timespan(window.start, window.end + reach)
    # No zone is further from UTC than a day, so the walls of the span lie within this
    first = span.start.replace(tzinfo=None) - timedelta(days=1)
    last = span.end.replace(tzinfo=None) + timedelta(days=1)
    rule = recurrence(schedule.rule, schedule.starts_at, zone, budget=budget)
    exceptions = frozenset(schedule.exdates)
    singles = {wall for wall in schedule.rdates if first <= wall < last} - exceptions
    yield _occurrences_at(sorted(singles), schedule.duration_minutes, span, zone=zone)
    count = 0
    exceptions |= singles
    for walls in rule.walk(first, last, budget):
        happening = [wall for wall in walls if wall not in exceptions]
        found = _occurrences_at(happening, schedule.duration_minutes, span, zone=zone)
        yield found
        if found.times and found.times[-1].starts_at >= window.end:
            return
        count += len(found.times)
        if count > SLOTS_PER_SCHEDULE_MAX:
            message = (
                f"A schedule has at most {SLOTS_PER_SCHEDULE_MAX} times at once: name fewer, or"
                " let the offering be booked fewer days ahead."
            )
            raise TooManySlots(message, limit=SLOTS_PER_SCHEDULE_MAX)


def _occurrences_at(
    walls: Sequence[datetime], duration_minutes: int, window: Timespan, *, zone: ZoneInfo
) -> Occurrences:
    duration = timedelta(minutes=duration_minutes)
    times, skipped = [], []
    for wall in walls:
        instant = instant_at(wall, zone)
        if instant is None:
            skipped.append(wall)
        elif instant in window:
            times.append(Occurrence(wall, instant, instant + duration))
    return Occurrences(tuple(times), tuple(skipped))


@dataclass(slots=True)
class ScheduleTimes:
    """What a schedule comes to: its coming times that have slots, and the first that has none yet.

    `open` and `closed` count the times that guests may book now but for closures and holidays;
    `first` is the first of all.
    """

    open: int = 0
    closed: int = 0
    first: datetime | None = None
    next: datetime | None = None
    skipped: list[datetime] = field(default_factory=list)
    """Its wall times that the clocks skip."""

    def add(self, target: TargetSlot, *, bookable_until: datetime) -> None:
        self.first = min(self.first or target.starts_at, target.starts_at)
        if target.starts_at < bookable_until:
            self.open += target.state == "open"
            self.closed += target.state == "closed"

    def add_next(self, starts_at: datetime) -> None:
        self.next = min(self.next or starts_at, starts_at)
        self.first = min(self.first or starts_at, starts_at)


@dataclass(frozen=True, slots=True)
class TargetSlots:
    """The slots that an offering's schedules ask for in a window, in order of time."""

    slots: tuple[TargetSlot, ...]
    skipped: tuple[datetime, ...]
    times: Mapping[ScheduleId, ScheduleTimes]


@dataclass(slots=True)
class TargetSlotBuilder:
    """Collects the slots that an offering's schedules ask for within `window`.

    There is one slot an instant. Where two schedules name the same one, the schedule added last
    has it: ids are in order of time, so a special day laid over the season wins.
    """

    window: Timespan
    venue: OpenHours
    bookable_until: datetime
    """Guests may book what starts before; the slots of the window go beyond it."""
    budget: StepBudget = field(default_factory=lambda: StepBudget(RULE_STEPS_MAX))
    """For all schedules of the offering together."""
    _times: dict[ScheduleId, ScheduleTimes] = field(default_factory=dict)
    _by_instant: dict[datetime, TargetSlot] = field(default_factory=dict)

    def add(self, schedules: Sequence[Schedule]) -> Iterator[int]:
        """Add the slots of `schedules`; yields the count of steps taken for each day that is done.

        There the event loop can give others their turn. Raises `TooManySlots` and `RuleInvalid`.
        """
        for schedule in sorted(schedules, key=lambda schedule: schedule.schedule_id):
            before, zone, budget = self.budget.taken, self.venue.zone, self.budget
            for found in occurrences(schedule, self.window, zone, budget=budget, reach=_REACH):
                self._add(schedule, found)
                yield budget.taken - before
                before = budget.taken
            if len(self._by_instant) > SLOTS_PER_SCHEDULE_MAX:
                message = (
                    f"An offering has at most {SLOTS_PER_SCHEDULE_MAX} slots at once: name fewer"
                    " times, or let it be booked fewer days ahead."
                )
                raise TooManySlots(message, limit=SLOTS_PER_SCHEDULE_MAX)

    def build(self) -> TargetSlots:
        slots = (self._by_instant[at] for at in sorted(self._by_instant))
        skipped = {wall for times in self._times.values() for wall in times.skipped}
        return TargetSlots(tuple(slots), tuple(sorted(skipped)), self._times)

    def _add(self, schedule: Schedule, found: Occurrences) -> None:
        times = self._times.setdefault(schedule.schedule_id, ScheduleTimes())
        end = wall_at(self.window.end, self.venue.zone)
        times.skipped += [wall for wall in found.skipped if wall < end]
        for time in found.times:
            if time.starts_at >= self.window.end:
                times.add_next(time.starts_at)
                continue
            target = _target(schedule, time, self.venue)
            times.add(target, bookable_until=self.bookable_until)
            self._by_instant[time.starts_at] = target


def _target(schedule: Schedule, time: Occurrence, venue: OpenHours) -> TargetSlot:
    span = Timespan(time.starts_at, time.ends_at)
    reason = venue.closed_because(span)
    if reason is None and schedule.closed_on_holidays:
        reason = venue.holidays.get(time.wall.date())
    return TargetSlot(
        schedule_id=schedule.schedule_id,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        capacity=schedule.capacity,
        state="open" if reason is None else "closed",
        reason=reason or "",
    )

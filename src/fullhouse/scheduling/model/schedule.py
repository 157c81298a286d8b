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
from zoneinfo import ZoneInfo

from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId, TargetSlot
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import (
    DURATION_MINUTES_MAX,
    RULE_STEPS_MAX,
    SLOTS_PER_SCHEDULE_MAX,
    TIMES_LISTED_MAX,
)
from fullhouse.scheduling.model.recurrence import recurrence, whole_minutes
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.wall_time import instant_at


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


def check_spec(schedule: ScheduleSpec, zone: ZoneInfo) -> None:
    """Raises `RuleInvalid` or `ScheduleInvalid` when a schedule cannot be meant as it stands."""
    for name, walls in (
        ("starts_at", (schedule.starts_at,)),
        ("rdates", schedule.rdates),
        ("exdates", schedule.exdates),
    ):
        if len(walls) > TIMES_LISTED_MAX:
            message = f"A schedule lists at most {TIMES_LISTED_MAX} single times."
            raise ScheduleInvalid(message, field=name)
        if not all(whole_minutes(wall) for wall in walls):
            message = "Times are wall time at the venue, on whole minutes and without an offset."
            raise ScheduleInvalid(message, field=name)
    if not 1 <= schedule.duration_minutes <= DURATION_MINUTES_MAX:
        message = f"A slot lasts from 1 to {DURATION_MINUTES_MAX} minutes."
        raise ScheduleInvalid(message, field="duration_minutes")
    if not 1 <= schedule.capacity <= CAPACITY_MAX:
        message = f"A slot has from 1 to {CAPACITY_MAX} places."
        raise ScheduleInvalid(message, field="capacity")
    recurrence(schedule.rule, schedule.starts_at, zone, budget=StepBudget(RULE_STEPS_MAX))


def occurrences(
    schedule: ScheduleSpec, window: Timespan, zone: ZoneInfo, *, budget: StepBudget
) -> Iterator[Occurrences]:
    """The times of `schedule` that start within `window`, a day at a time, then the single ones.

    Raises `TooManySlots` where there are more than `SLOTS_PER_SCHEDULE_MAX`, and `RuleInvalid`.
    """
    # No zone is further from UTC than a day, so the walls of the window lie within this
    first = window.start.replace(tzinfo=None) - timedelta(days=1)
    last = window.end.replace(tzinfo=None) + timedelta(days=1)
    rule = recurrence(schedule.rule, schedule.starts_at, zone, budget=budget)
    exceptions = frozenset(schedule.exdates)
    singles = {wall for wall in schedule.rdates if first <= wall < last} - exceptions
    count = 0
    for walls in rule.walk(first, last, budget):
        singles.difference_update(walls)
        happening = [wall for wall in walls if wall not in exceptions]
        found = _occurrences_at(happening, schedule.duration_minutes, window, zone=zone)
        count += len(found.times)
        if count > SLOTS_PER_SCHEDULE_MAX:
            message = f"A schedule has at most {SLOTS_PER_SCHEDULE_MAX} times at once."
            raise TooManySlots(message, limit=SLOTS_PER_SCHEDULE_MAX)
        yield found
    yield _occurrences_at(sorted(singles), schedule.duration_minutes, window, zone=zone)


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


@dataclass(frozen=True, slots=True)
class TargetSlots:
    """The slots that an offering's schedules ask for in a window, in order of time."""

    slots: tuple[TargetSlot, ...]
    skipped: tuple[datetime, ...]


@dataclass(slots=True)
class TargetSlotBuilder:
    """Collects the slots that an offering's schedules ask for within `window`.

    There is one slot an instant. Where two schedules name the same one, the schedule added last
    has it: ids are in order of time, so a special day laid over the season wins.
    """

    window: Timespan
    venue: OpenHours
    budget: StepBudget = field(default_factory=lambda: StepBudget(RULE_STEPS_MAX))
    """For all schedules of the offering together."""
    _by_instant: dict[datetime, TargetSlot] = field(default_factory=dict)
    _skipped: set[datetime] = field(default_factory=set)

    def add(self, schedules: Sequence[Schedule]) -> Iterator[int]:
        """Add the slots of `schedules`; yields the count of steps taken for each day that is done.

        There the event loop can give others their turn. Raises `TooManySlots` and `RuleInvalid`.
        """
        for schedule in sorted(schedules, key=lambda schedule: schedule.schedule_id):
            before = self.budget.taken
            for found in occurrences(schedule, self.window, self.venue.zone, budget=self.budget):
                self._skipped.update(found.skipped)
                for time in found.times:
                    self._by_instant[time.starts_at] = _target(schedule, time, self.venue)
                yield self.budget.taken - before
                before = self.budget.taken
            if len(self._by_instant) > SLOTS_PER_SCHEDULE_MAX:
                message = f"An offering has at most {SLOTS_PER_SCHEDULE_MAX} slots at once."
                raise TooManySlots(message, limit=SLOTS_PER_SCHEDULE_MAX)

    def build(self) -> TargetSlots:
        slots = (self._by_instant[at] for at in sorted(self._by_instant))
        return TargetSlots(tuple(slots), tuple(sorted(self._skipped)))


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

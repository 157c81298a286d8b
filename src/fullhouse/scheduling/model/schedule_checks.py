"""Checks of a schedule before it is saved: what it cannot be, and what would do nothing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.scheduling.limits import (
    DURATION_MINUTES_MAX,
    RULE_STEPS_MAX,
    TIMES_LISTED_MAX,
)
from fullhouse.scheduling.model.recurrence import Recurrence, recurrence, whole_minutes
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.schedule import ScheduleInvalid, ScheduleSpec
from fullhouse.scheduling.model.wall_time import instant_at


def check_spec(schedule: ScheduleSpec, offering: Offering, zone: ZoneInfo) -> None:
    """Raises `RuleInvalid` or `ScheduleInvalid`, and `TooManySlots` for a rule too long to check.

    A setting that would do nothing is refused: its owner meant another one.
    """
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
    if not offering.party_min <= schedule.capacity <= CAPACITY_MAX:
        message = (
            f"A slot has from {offering.party_min} places, for the smallest party that can book,"
            f" to {CAPACITY_MAX}."
        )
        raise ScheduleInvalid(message, field="capacity")
    budget = StepBudget(RULE_STEPS_MAX)
    rule = recurrence(schedule.rule, schedule.starts_at, zone, budget=budget)
    _check_clocks(schedule, rule, zone)
    _check_exceptions(schedule, rule, budget)


def _check_clocks(schedule: ScheduleSpec, rule: Recurrence, zone: ZoneInfo) -> None:
    """Single times must be shown by a clock; those of a rule are left out and reported."""
    starts = () if rule.rule else (schedule.starts_at,)
    for name, walls in (("starts_at", starts), ("rdates", schedule.rdates)):
        for wall in walls:
            if instant_at(wall, zone) is None:
                message = f"The clocks at the venue skip {_text(wall)}. Name another time."
                raise ScheduleInvalid(message, field=name)


def _check_exceptions(schedule: ScheduleSpec, rule: Recurrence, budget: StepBudget) -> None:
    """Every exception must take one time of the rule away, and no extra time."""
    left = set(schedule.exdates)
    if twice := left.intersection(schedule.rdates):
        message = (
            f"{_text(min(twice))} is an extra time and an exception. Remove it from one of the two."
        )
        raise ScheduleInvalid(message, field="exdates")
    if not left:
        return
    for walls in rule.walk(min(left), max(left) + timedelta.resolution, budget):
        left.difference_update(walls)
        if not left:
            return
    message = (
        f"The rule has no time at {_text(min(left))}. Name the day and time of each exception as"
        " the rule has them."
    )
    raise ScheduleInvalid(message, field="exdates")


def _text(wall: datetime) -> str:
    return f"{wall:%Y-%m-%d %H:%M}"

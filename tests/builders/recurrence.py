"""Schedules worked out in one go, where the product works in turns."""

from collections import deque
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import RULE_STEPS_MAX
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.schedule import (
    Occurrences,
    OpenHours,
    Schedule,
    ScheduleSpec,
    TargetSlotBuilder,
    TargetSlots,
    occurrences,
)


def all_occurrences(
    spec: ScheduleSpec, window: Timespan, zone: ZoneInfo, budget: StepBudget | None = None
) -> Occurrences:
    """All times of a schedule in a window, in order."""
    days = list(
        occurrences(spec, window, zone, budget=budget or StepBudget(RULE_STEPS_MAX)),
    )
    return Occurrences(
        tuple(sorted(time for day in days for time in day.times)),
        tuple(sorted(wall for day in days for wall in day.skipped)),
    )


def target_slots(schedules: Sequence[Schedule], window: Timespan, venue: OpenHours) -> TargetSlots:
    """The slots that an offering's schedules ask for."""
    builder = TargetSlotBuilder(window, venue, window.end)
    deque(builder.add(schedules), maxlen=0)
    return builder.build()

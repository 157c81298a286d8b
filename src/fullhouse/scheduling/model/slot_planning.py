"""Plan the changes from the slots that exist to the slots that schedules ask for.

A slot that has a booking, a hold or a waiting-list entry is never deleted and never changes its
time. When the schedule no longer names it, or the venue is closed, it is closed to new bookings and
flagged for the owner. A slot that nobody was ever in is deleted, or replaced when its length has
changed; one that an ended booking refers to stays, closed.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from fullhouse.booking.model.slot_plan import (
    ExistingSlot,
    ScheduleId,
    SlotChange,
    SlotPlan,
    TargetSlot,
)
from fullhouse.scheduling.limits import SLOTS_PLANNED_AT_ONCE_MAX

OFF_SCHEDULE_REASON: Final = "No longer on the schedule"
_NO_HORIZON: Final = datetime.max.replace(tzinfo=UTC)
NO_CAPACITIES: Final[Mapping[ScheduleId, int]] = MappingProxyType({})


def plan_in_pieces(
    targets: Sequence[TargetSlot],
    existing: Sequence[ExistingSlot],
    *,
    capacities_before: Mapping[ScheduleId, int],
    horizon: datetime = _NO_HORIZON,
) -> Iterator[SlotPlan]:
    """`plan_slots` for one span of time after the other; both sequences are in order of time.

    A piece has at most `SLOTS_PLANNED_AT_ONCE_MAX` slots of each, so that it takes milliseconds.
    """
    step = SLOTS_PLANNED_AT_ONCE_MAX
    firsts = {*map(_starts_at, targets[::step]), *map(_starts_at, existing[::step])}
    target_at = existing_at = 0
    for end in [*sorted(firsts)[1:], None]:
        piece = slice(target_at, _place(targets, end)), slice(existing_at, _place(existing, end))
        target_at, existing_at = piece[0].stop, piece[1].stop
        yield plan_slots(
            targets[piece[0]],
            existing[piece[1]],
            capacities_before=capacities_before,
            horizon=horizon,
        )


def _place(slots: Sequence[TargetSlot] | Sequence[ExistingSlot], end: datetime | None) -> int:
    """How many of the slots start before `end`."""
    return len(slots) if end is None else bisect_left(slots, end, key=_starts_at)


def _starts_at(slot: TargetSlot | ExistingSlot) -> datetime:
    return slot.starts_at


def plan_slots(
    targets: Sequence[TargetSlot],
    existing: Sequence[ExistingSlot],
    *,
    capacities_before: Mapping[ScheduleId, int] = NO_CAPACITIES,
    horizon: datetime = _NO_HORIZON,
) -> SlotPlan:
    """Compare the target slots with the slots that exist in the same window of time.

    A slot whose capacity the owner has set by hand keeps it. One that has the capacity its
    schedule had before (`capacities_before`, only for schedules that were just changed) follows
    the schedule, but never below the places that are taken. From `horizon` on there are only the
    slots that somebody is or was in: the offering was sold further ahead once.
    """
    open_targets = {slot.starts_at: slot for slot in targets}
    keep: list[ExistingSlot] = []
    change: list[SlotChange] = []
    drop: list[ExistingSlot] = []
    kept_capacity: list[ExistingSlot] = []
    for slot in sorted(existing, key=lambda slot: slot.starts_at):
        target = open_targets.get(slot.starts_at)
        fits = target is not None and target.ends_at == slot.ends_at
        is_wanted = fits and slot.starts_at < horizon
        if not is_wanted and not slot.in_use and not slot.is_referenced:
            drop.append(slot)
            continue
        open_targets.pop(slot.starts_at, None)
        after = _after(slot, target, capacities_before)
        if after.changes_anything:
            change.append(after)
        else:
            keep.append(slot)
        if target is not None and _follows(slot, target, capacities_before):
            kept_capacity += [slot] if target.capacity < slot.taken else []
    create = tuple(open_targets[at] for at in sorted(open_targets) if at < horizon)
    return SlotPlan(create, tuple(keep), tuple(change), tuple(drop), tuple(kept_capacity))


def _after(
    slot: ExistingSlot, target: TargetSlot | None, capacities_before: Mapping[ScheduleId, int]
) -> SlotChange:
    if target is None:
        return SlotChange(
            slot=slot,
            schedule_id=slot.schedule_id,
            capacity=slot.capacity,
            state="closed",
            reason=OFF_SCHEDULE_REASON,
            off_schedule=slot.in_use,
        )
    follows = _follows(slot, target, capacities_before)
    return SlotChange(
        slot=slot,
        schedule_id=target.schedule_id,
        capacity=max(target.capacity, slot.taken) if follows else slot.capacity,
        state=target.state,
        reason=target.reason,
        off_schedule=slot.in_use and (target.ends_at != slot.ends_at or target.state == "closed"),
    )


def _follows(
    slot: ExistingSlot, target: TargetSlot, capacities_before: Mapping[ScheduleId, int]
) -> bool:
    return slot.capacity == capacities_before.get(target.schedule_id)

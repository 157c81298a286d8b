"""Plan the changes from the slots that exist to the slots that schedules ask for.

A slot that has a booking, a hold or a waiting-list entry is never deleted and never changes its
time. When the schedule no longer names it, or the venue is closed, it is closed to new bookings and
flagged for the owner. A slot that nobody was ever in is deleted, or replaced when its length has
changed; one that an ended booking refers to stays, closed.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from fullhouse.booking.model.slot_plan import (
    ExistingSlot,
    ScheduleId,
    SlotChange,
    SlotPlan,
    TargetSlot,
)

OFF_SCHEDULE_REASON: Final = "No longer on the schedule"
NO_CAPACITIES: Final[Mapping[ScheduleId, int]] = MappingProxyType({})


def plan_slots(
    wanted: Sequence[TargetSlot],
    standing: Sequence[ExistingSlot],
    *,
    capacities_before: Mapping[ScheduleId, int] = NO_CAPACITIES,
) -> SlotPlan:
    """Compares what is wanted with what stands in the same window of time.

    A slot whose capacity the owner has set by hand keeps it. One that has the capacity its
    schedule had before (`capacities_before`, only for schedules that were just changed) follows
    the schedule, but never below the places that are taken.
    """
    wanted_at = {slot.starts_at: slot for slot in wanted}
    keep: list[ExistingSlot] = []
    change: list[SlotChange] = []
    drop: list[ExistingSlot] = []
    kept_capacity: list[ExistingSlot] = []
    for slot in sorted(standing, key=lambda slot: slot.starts_at):
        wish = wanted_at.get(slot.starts_at)
        fits = wish is not None and wish.ends_at == slot.ends_at
        if not fits and not slot.in_use and not slot.remembered:
            drop.append(slot)
            continue
        wanted_at.pop(slot.starts_at, None)
        after = _after(slot, wish, capacities_before)
        if after.changes_anything:
            change.append(after)
        else:
            keep.append(slot)
        if wish is not None and _follows(slot, wish, capacities_before):
            kept_capacity += [slot] if wish.capacity < slot.taken else []
    create = tuple(wanted_at[at] for at in sorted(wanted_at))
    return SlotPlan(create, tuple(keep), tuple(change), tuple(drop), tuple(kept_capacity))


def _after(
    slot: ExistingSlot, wish: TargetSlot | None, capacities_before: Mapping[ScheduleId, int]
) -> SlotChange:
    if wish is None:
        return SlotChange(
            slot=slot,
            schedule_id=slot.schedule_id,
            capacity=slot.capacity,
            state="closed",
            reason=OFF_SCHEDULE_REASON,
            off_schedule=slot.in_use,
        )
    follows = _follows(slot, wish, capacities_before)
    return SlotChange(
        slot=slot,
        schedule_id=wish.schedule_id,
        capacity=max(wish.capacity, slot.taken) if follows else slot.capacity,
        state=wish.state,
        reason=wish.reason,
        off_schedule=slot.in_use and (wish.ends_at != slot.ends_at or wish.state == "closed"),
    )


def _follows(
    slot: ExistingSlot, wish: TargetSlot, capacities_before: Mapping[ScheduleId, int]
) -> bool:
    return slot.capacity == capacities_before.get(wish.schedule_id)

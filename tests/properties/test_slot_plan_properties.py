"""What holds of every plan from the slots that exist to those that schedules ask for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import (
    ExistingSlot,
    ScheduleId,
    SlotPlan,
    TargetSlot,
    joined,
)
from fullhouse.scheduling.model import slot_planning
from fullhouse.scheduling.model.slot_planning import plan_in_pieces, plan_slots

calmly = settings(deadline=None, max_examples=80)

wanted = st.lists(
    st.builds(
        lambda hour, capacity, minutes, closed: TargetSlot(
            schedule_id=ScheduleId(UUID(int=1)),
            starts_at=(at := datetime(2027, 6, 12, tzinfo=UTC) + timedelta(hours=hour)),
            ends_at=at + timedelta(minutes=minutes),
            capacity=capacity,
            state="closed" if closed else "open",
            reason="Shut" if closed else "",
        ),
        st.integers(0, 12),
        st.integers(1, 50),
        st.sampled_from([30, 60]),
        st.booleans(),
    ),
    unique_by=lambda slot: slot.starts_at,
)


@st.composite
def histories(draw: st.DrawFn) -> list[ExistingSlot]:
    """Slots as some earlier schedule left them, with people in some of them."""
    slots = []
    for number, slot in enumerate(draw(wanted)):
        taken = draw(st.integers(0, slot.capacity))
        slots.append(
            ExistingSlot(
                slot_id=SlotId(UUID(int=number)),
                schedule_id=ScheduleId(UUID(int=draw(st.integers(1, 2)))),
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                capacity=slot.capacity,
                taken=draw(st.sampled_from([0, taken])),
                waiting=draw(st.booleans()),
                is_referenced=draw(st.booleans()),
                state=slot.state,
                reason=slot.reason,
                off_schedule_since=None,
            )
        )
    return slots


def carried_out(plan: SlotPlan) -> list[ExistingSlot]:
    """The slots as they stand after the plan."""
    made = [
        ExistingSlot(
            slot_id=SlotId(UUID(int=1000 + number)),
            schedule_id=slot.schedule_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            capacity=slot.capacity,
            taken=0,
            waiting=False,
            is_referenced=False,
            state=slot.state,
            reason=slot.reason,
            off_schedule_since=None,
        )
        for number, slot in enumerate(plan.create)
    ]
    changed = [
        ExistingSlot(
            slot_id=change.slot.slot_id,
            schedule_id=change.schedule_id,
            starts_at=change.slot.starts_at,
            ends_at=change.slot.ends_at,
            capacity=change.capacity,
            taken=change.slot.taken,
            waiting=change.slot.waiting,
            is_referenced=change.slot.is_referenced,
            state=change.state,
            reason=change.reason,
            off_schedule_since=datetime(2027, 1, 1, tzinfo=UTC) if change.off_schedule else None,
        )
        for change in plan.change
    ]
    return [*plan.keep, *changed, *made]


@calmly
@given(wanted, histories(), st.integers(1, 50))
def test_planning_twice_is_planning_once_and_takes_nothing_from_anybody(
    targets: Sequence[TargetSlot], slots: Sequence[ExistingSlot], before: int
) -> None:
    plan = plan_slots(targets, slots, capacities_before={ScheduleId(UUID(int=1)): before})
    after = carried_out(plan)
    assert plan_slots(targets, after).is_empty
    for slot in slots:
        if slot.in_use or slot.is_referenced:
            (kept,) = [one for one in after if one.slot_id == slot.slot_id]
            assert (kept.starts_at, kept.ends_at) == (slot.starts_at, slot.ends_at)
            assert kept.capacity >= kept.taken
    starts = [slot.starts_at for slot in after]
    assert len(set(starts)) == len(starts)
    assert {target.starts_at for target in targets} <= set(starts)
    offered = {slot.starts_at for slot in after if slot.state == "open"}
    assert offered == {target.starts_at for target in targets if target.state == "open"}


@calmly
@given(wanted, histories(), st.integers(1, 50), st.integers(1, 4))
def test_planning_in_pieces_is_planning_at_once(
    targets: Sequence[TargetSlot], slots: Sequence[ExistingSlot], before: int, most: int
) -> None:
    """In pieces of few slots, so that examples have more than one."""
    targets, slots = in_order(targets), in_order(slots)
    capacities = {ScheduleId(UUID(int=1)): before}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slot_planning, "SLOTS_PLANNED_AT_ONCE_MAX", most)
        pieces = list(plan_in_pieces(targets, slots, capacities_before=capacities))
    assert joined(pieces) == plan_slots(targets, slots, capacities_before=capacities)
    for piece in pieces:
        assert len(piece.create) <= most
        assert len(piece.keep) + len(piece.change) + len(piece.drop) <= most


Slot = TypeVar("Slot", TargetSlot, ExistingSlot)


def in_order(slots: Sequence[Slot]) -> list[Slot]:
    return sorted(slots, key=lambda slot: slot.starts_at)

"""What may be done to slots that stand, and what never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ExistingSlot, ScheduleId, SlotPlan, TargetSlot
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON, plan_slots

SEASON = ScheduleId(UUID(int=1))
OTHER = ScheduleId(UUID(int=2))
TEN = datetime(2027, 6, 12, 15, tzinfo=UTC)


def wanted(hours: int = 0, **more: object) -> TargetSlot:
    start = TEN + timedelta(hours=hours)
    slot = TargetSlot(SEASON, start, start + timedelta(minutes=30), 40)
    return replace(slot, **more)  # type: ignore[arg-type]


def standing(hours: int = 0, **more: object) -> ExistingSlot:
    start = TEN + timedelta(hours=hours)
    slot = ExistingSlot(
        slot_id=SlotId(UUID(int=100 + hours)),
        schedule_id=SEASON,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        capacity=40,
        taken=0,
        waiting=False,
        is_referenced=False,
        state="open",
        reason="",
        off_schedule_since=None,
    )
    return replace(slot, **more)  # type: ignore[arg-type]


def after(plan: SlotPlan) -> tuple[int, str, str, bool]:
    (change,) = plan.change
    return change.capacity, change.state, change.reason, change.off_schedule


def test_what_is_as_wanted_is_kept() -> None:
    plan = plan_slots([wanted()], [standing(taken=40)])
    assert plan.is_empty
    assert plan.keep == (standing(taken=40),)


def test_what_is_missing_is_created_in_order_of_time() -> None:
    plan = plan_slots([wanted(2), wanted(1)], [])
    assert plan.create == (wanted(1), wanted(2))


def test_a_slot_that_nobody_was_ever_in_is_dropped() -> None:
    assert plan_slots([], [standing()]).drop == (standing(),)


def test_a_slot_with_a_booking_is_never_dropped_but_closed_and_pointed_out() -> None:
    plan = plan_slots([], [standing(taken=1)])
    assert not plan.drop
    assert after(plan) == (40, "closed", OFF_SCHEDULE_REASON, True)
    assert plan.off_schedule == plan.change


def test_a_slot_that_somebody_waits_for_is_never_dropped() -> None:
    assert not plan_slots([], [standing(waiting=True)]).drop


def test_a_slot_that_an_old_booking_remembers_stays_closed_without_a_word() -> None:
    plan = plan_slots([], [standing(is_referenced=True)])
    assert not plan.drop
    assert after(plan) == (40, "closed", OFF_SCHEDULE_REASON, False)
    assert not plan.off_schedule


def test_the_owner_is_told_once_of_a_slot_off_schedule() -> None:
    off = standing(taken=1, state="closed", reason=OFF_SCHEDULE_REASON, off_schedule_since=TEN)
    assert plan_slots([], [off]).is_empty


def test_a_slot_that_is_wanted_again_is_reopened() -> None:
    off = standing(taken=1, state="closed", reason=OFF_SCHEDULE_REASON, off_schedule_since=TEN)
    plan = plan_slots([wanted()], [off])
    assert after(plan) == (40, "open", "", False)
    assert plan.reopen == plan.change


def test_a_closed_slot_says_why_and_is_pointed_out_when_somebody_is_in_it() -> None:
    shut = wanted(state="closed", reason="A wedding")
    assert after(plan_slots([shut], [standing()])) == (40, "closed", "A wedding", False)
    assert after(plan_slots([shut], [standing(taken=3)])) == (40, "closed", "A wedding", True)


def test_another_length_replaces_a_slot_that_nobody_is_in() -> None:
    longer = wanted(ends_at=TEN + timedelta(hours=1))
    plan = plan_slots([longer], [standing()])
    assert (plan.create, plan.drop) == ((longer,), (standing(),))


def test_another_length_leaves_a_slot_that_somebody_is_in_as_it_was() -> None:
    plan = plan_slots([wanted(ends_at=TEN + timedelta(hours=1))], [standing(taken=2)])
    assert not plan.create
    assert not plan.drop
    assert after(plan) == (40, "open", "", True)


def test_capacity_follows_a_changed_schedule_up_and_down() -> None:
    before = {SEASON: 40}
    raised = plan_slots([wanted(capacity=60)], [standing()], capacities_before=before)
    lowered = plan_slots([wanted(capacity=24)], [standing(taken=9)], capacities_before=before)
    assert [after(raised)[0], after(lowered)[0]] == [60, 24]


def test_capacity_never_falls_below_what_is_taken_and_that_is_said() -> None:
    before = {SEASON: 40}
    full, busy = standing(taken=40), standing(1, taken=30)
    lower = [wanted(capacity=24), wanted(1, capacity=24)]
    plan = plan_slots(lower, [full, busy], capacities_before=before)
    assert after(plan)[0] == 30
    assert plan.kept_capacity == (full, busy)


def test_a_capacity_that_the_owner_set_by_hand_stays() -> None:
    by_hand = standing(capacity=55)
    assert plan_slots([wanted()], [by_hand]).is_empty
    assert plan_slots([wanted(capacity=24)], [by_hand], capacities_before={SEASON: 40}).is_empty


def test_a_slot_changes_hands_between_schedules() -> None:
    (change,) = plan_slots([wanted(schedule_id=OTHER)], [standing()]).change
    assert change.schedule_id == OTHER


def test_a_plan_takes_its_hands_off_what_is_not_locked() -> None:
    plan = plan_slots([], [standing(), standing(1, taken=1)])
    assert plan.touched == (SlotId(UUID(int=100)), SlotId(UUID(int=101)))
    kept = plan.restricted_to({SlotId(UUID(int=100))})
    assert kept.drop == (standing(),)
    assert not kept.change
    assert kept.keep == (standing(1, taken=1),)


def test_a_plan_names_the_days_on_which_it_does_anything() -> None:
    plan = plan_slots([wanted(24)], [standing(), standing(48, taken=1)])
    assert sorted(f"{day:%d}" for day in plan.days) == ["12", "13", "14"]


def test_it_names_the_slots_that_somebody_waits_for_and_that_may_have_room_now() -> None:
    shut = {"state": "closed", "reason": "Rain"}
    stands = [
        standing(0, waiting=True, **shut),
        standing(1, **shut),
        standing(2, waiting=True, capacity=20),
        standing(3, waiting=True, capacity=60),
        standing(4, waiting=True),
        standing(5, waiting=True, capacity=20),
    ]
    targets = [wanted(hours) for hours in range(5)] + [wanted(5, state="closed", reason="Rain")]
    plans = [plan_slots(targets, stands, capacities_before={SEASON: before}) for before in (20, 60)]
    assert [[change.slot for change in plan.with_new_capacity] for plan in plans] == [
        [stands[0], stands[2]],
        [stands[0]],
    ]

"""Every verb of booking, on the real ledger and the real database."""

from datetime import timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
)

from fullhouse.booking import errors
from fullhouse.booking.limits import CHANGES_MAX
from fullhouse.booking.model.requests import ConfirmRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import history_of
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import IdempotencyKeyReused

pytestmark = pytest.mark.on_both_servers


async def counters(app: Application, slot: SlotId) -> tuple[int, int, int]:
    """A slot's capacity, booked and held, as stored."""
    async with app.database.unrestricted.session() as session:
        row = await session.connection.fetchrow(
            "SELECT capacity, booked, held FROM slot WHERE slot_id = $1", slot
        )
    assert row is not None
    return row["capacity"], row["booked"], row["held"]


async def kinds_told(app: Application) -> list[str]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT kind FROM event ORDER BY seq")
    return [row["kind"] for row in rows if row["kind"] not in {"OrganisationCreated", "VenueAdded"}]


async def test_a_booking_takes_its_places_and_tells_of_it(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=5)
    answer = await app.booking.place_booking(
        business.org_id, a_booking_of(slot, party=2), context=a_guest()
    )
    assert answer.outcome.status == "confirmed"
    assert (answer.outcome.price_amount, answer.outcome.currency) == (2400, "GBP")
    assert await counters(app, slot) == (5, 2, 0)
    assert await kinds_told(app) == ["Booked"]


async def test_a_full_slot_is_refused_with_alternatives_nearest_first(
    app: Application, business: Business
) -> None:
    early, late, near = await business.slots(3, capacity=2)
    await app.booking.place_booking(business.org_id, a_booking_of(late), context=a_guest())
    with pytest.raises(errors.SlotFull) as refused:
        await app.booking.place_booking(
            business.org_id, a_booking_of(late, name="Grace Hopper"), context=a_guest()
        )
    offered = refused.value.details["alternatives"]
    assert isinstance(offered, tuple)
    assert {alternative.slot_id for alternative in offered} == {early, near}
    assert refused.value.details["remaining"] == 0
    assert await kinds_told(app) == ["Booked", "BookingFailed"]


async def test_several_slots_in_one_booking_are_all_or_nothing(
    app: Application, business: Business
) -> None:
    first, second = await business.slots(2, capacity=4)
    await app.booking.place_booking(
        business.org_id, a_booking_of(second, party=3), context=a_guest()
    )
    with pytest.raises(errors.SlotFull):
        await app.booking.place_booking(
            business.org_id, a_booking_of(first, second, name="Grace Hopper"), context=a_guest()
        )
    assert await counters(app, first) == (4, 0, 0)
    answer = await app.booking.place_booking(
        business.org_id,
        a_booking_of(first, second, party=1, name="Emmy Noether"),
        context=a_guest(),
    )
    assert answer.outcome.price_amount == 2 * 1200
    assert await counters(app, second) == (4, 4, 0)


async def test_a_repeat_without_a_key_returns_the_first_answer(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    request = a_booking_of(slot)
    first = await app.booking.place_booking(business.org_id, request, context=a_guest())
    again = await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert again.replayed
    assert again.outcome == first.outcome
    assert (await counters(app, slot))[1] == 2


async def test_a_late_repeat_without_a_key_is_a_duplicate_whose_booking_only_staff_are_told(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot()
    request = a_booking_of(slot)
    first = await app.booking.place_booking(business.org_id, request, context=a_guest())
    clock.advance(timedelta(minutes=15))
    with pytest.raises(errors.PossibleDuplicate) as refused:
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert set(refused.value.details) == {"offering", "zone"}, "whose it is would be a leak"
    # Under another key, staff make another request for the same customer
    with pytest.raises(errors.PossibleDuplicate) as refused:
        await app.booking.place_booking(business.org_id, request, context=a_member_of_staff("k"))
    assert set(refused.value.details) == {"ref", "starts_at", "party", "offering", "zone"}
    assert refused.value.details["ref"] == first.outcome.ref
    assert (await counters(app, slot))[1] == 2


async def test_a_late_repeat_with_a_key_returns_the_first_answer(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot()
    request = a_booking_of(slot)
    first = await app.booking.place_booking(business.org_id, request, context=a_guest("k"))
    clock.advance(timedelta(minutes=15))
    again = await app.booking.place_booking(business.org_id, request, context=a_guest("k"))
    assert again.replayed
    assert again.outcome == first.outcome


async def test_the_same_request_after_a_cancellation_is_a_new_booking(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    request = a_booking_of(slot)
    first = await app.booking.place_booking(business.org_id, request, context=a_guest())
    await app.booking.cancel_booking(business.org_id, first.outcome.booking_id, context=a_guest())
    second = await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert not second.replayed
    assert second.outcome.ref != first.outcome.ref


async def test_a_clients_key_belongs_to_one_request_for_ever(
    app: Application, business: Business
) -> None:
    one, other = await business.slots(2)
    await app.booking.place_booking(business.org_id, a_booking_of(one), context=a_guest("k"))
    with pytest.raises(IdempotencyKeyReused):
        await app.booking.place_booking(business.org_id, a_booking_of(other), context=a_guest("k"))


async def test_the_same_customer_near_that_time_is_asked_whether_both_are_wanted(
    app: Application, business: Business
) -> None:
    one, other = await business.slots(2)
    place = app.booking.place_booking
    first = await place(business.org_id, a_booking_of(one), context=a_guest())
    with pytest.raises(errors.PossibleDuplicate):
        await place(business.org_id, a_booking_of(other), context=a_guest())
    with pytest.raises(errors.PossibleDuplicate) as refused:
        await place(business.org_id, a_booking_of(other), context=a_member_of_staff())
    assert refused.value.details["ref"] == first.outcome.ref
    assert refused.value.details["starts_at"] == first.outcome.slots[0].starts_at
    wanted = a_booking_of(other, allow_duplicate=True)
    answer = await app.booking.place_booking(business.org_id, wanted, context=a_guest())
    assert answer.outcome.ref != first.outcome.ref


async def test_a_hold_becomes_a_booking_for_somebody(app: Application, business: Business) -> None:
    slot = await business.a_slot(capacity=2)
    hold = await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    assert await counters(app, slot) == (2, 0, 2)
    confirm = ConfirmRequest(a_customer())
    booked = await app.booking.confirm_hold(
        business.org_id, hold.outcome.booking_id, confirm, context=a_guest()
    )
    assert booked.outcome.status == "confirmed"
    assert await counters(app, slot) == (2, 2, 0)
    again = await app.booking.confirm_hold(
        business.org_id, hold.outcome.booking_id, confirm, context=a_guest()
    )
    assert again.replayed
    assert again.outcome == booked.outcome


async def test_a_lapsed_hold_blocks_nobody_though_no_job_has_run(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=2)
    hold = await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    clock.advance(timedelta(seconds=business.offering.hold_seconds))
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    assert await counters(app, slot) == (2, 2, 0)
    with pytest.raises(errors.HoldHasExpired):
        await app.booking.confirm_hold(
            business.org_id,
            hold.outcome.booking_id,
            ConfirmRequest(a_customer("Grace Hopper")),
            context=a_guest(),
        )
    assert await kinds_told(app) == ["BookingInitiated", "HoldExpired", "Booked"]


async def test_a_released_hold_gives_its_places_back(app: Application, business: Business) -> None:
    slot = await business.a_slot(capacity=2)
    hold = await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    await app.booking.release_hold(business.org_id, hold.outcome.booking_id, context=a_guest())
    assert await counters(app, slot) == (2, 0, 0)


async def test_cancelling_is_free_then_costs_a_fee_then_is_refused(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slots = await business.slots(3, starts_in=timedelta(days=2))
    made = [
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot, name=name), context=a_guest()
        )
        for slot, name in zip(slots, ("Ada", "Grace", "Emmy"), strict=True)
    ]
    refs = [answer.outcome.booking_id for answer in made]
    free = await app.booking.cancel_booking(business.org_id, refs[0], context=a_guest())
    assert free.outcome.fee_amount == 0
    clock.advance(timedelta(days=1, hours=2))
    dear = await app.booking.cancel_booking(business.org_id, refs[1], context=a_guest())
    assert dear.outcome.fee_amount == 1200
    clock.advance(timedelta(hours=22))
    with pytest.raises(errors.TooLateToCancel):
        await app.booking.cancel_booking(business.org_id, refs[2], context=a_guest())
    by_staff = await app.booking.cancel_booking(
        business.org_id, refs[2], context=a_member_of_staff()
    )
    assert by_staff.outcome.fee_amount == 0


async def test_a_cancellation_can_be_undone_for_a_minute(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot()
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    booking = made.outcome.booking_id
    await app.booking.cancel_booking(business.org_id, booking, context=a_guest())
    back = await app.booking.restore_booking(business.org_id, booking, context=a_guest())
    assert back.outcome.status == "confirmed"
    assert (await counters(app, slot))[1] == 2
    await app.booking.cancel_booking(business.org_id, booking, context=a_guest())
    clock.advance(timedelta(seconds=61))
    with pytest.raises(errors.TooLateToUndo):
        await app.booking.restore_booking(business.org_id, booking, context=a_guest())


async def test_a_move_takes_the_new_places_and_frees_the_old_or_does_neither(
    app: Application, business: Business
) -> None:
    here, there, full = await business.slots(3, capacity=2)
    made = await app.booking.place_booking(business.org_id, a_booking_of(here), context=a_guest())
    await app.booking.place_booking(
        business.org_id, a_booking_of(full, name="Grace Hopper"), context=a_guest()
    )
    booking = made.outcome.booking_id
    with pytest.raises(errors.SlotFull):
        await app.booking.move_booking(business.org_id, booking, (full,), context=a_guest())
    assert (await counters(app, here))[1] == 2
    moved = await app.booking.move_booking(business.org_id, booking, (there,), context=a_guest())
    assert [slot.slot_id for slot in moved.outcome.slots] == [there]
    assert (await counters(app, here))[1] == 0
    assert (await counters(app, there))[1] == 2


async def test_a_guest_moves_a_booking_so_many_times_and_staff_more_often(
    app: Application, business: Business
) -> None:
    first, second, third = await business.slots(3, capacity=5)
    booked = await app.booking.place_booking(
        business.org_id, a_booking_of(first), context=a_guest()
    )
    booking_id = booked.outcome.booking_id
    await app.booking.move_booking(business.org_id, booking_id, (second,), context=a_guest())
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE booking SET version = $1", CHANGES_MAX + 1)
    with pytest.raises(errors.TooManyChanges):
        await app.booking.move_booking(business.org_id, booking_id, (first,), context=a_guest())
    staff = a_member_of_staff()
    await app.booking.move_booking(business.org_id, booking_id, (third,), context=staff)
    async with app.database.session() as session:
        last = await history_of(session, business.org_id, booking_id, limit=2)
        whole = await history_of(session, business.org_id, booking_id, limit=None)
    assert [one.kind for one in whole] == ["Booked", "Rescheduled", "Rescheduled"]
    assert last == whole[1:]


async def test_a_move_to_overlapping_slots_counts_its_own_places_as_free(
    app: Application, business: Business
) -> None:
    first, second, third = await business.slots(3, capacity=2)
    made = await app.booking.place_booking(
        business.org_id, a_booking_of(first, second), context=a_guest()
    )
    moved = await app.booking.move_booking(
        business.org_id, made.outcome.booking_id, (second, third), context=a_guest()
    )
    assert [slot.slot_id for slot in moved.outcome.slots] == [second, third]
    assert [(await counters(app, s))[1] for s in (first, second, third)] == [0, 2, 2]


async def test_a_ticket_shown_twice_is_told_so(app: Application, business: Business) -> None:
    slot = await business.a_slot()
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    booking = made.outcome.booking_id
    await app.booking.check_in(business.org_id, booking, context=a_member_of_staff(), any_time=True)
    with pytest.raises(errors.AlreadyCheckedIn):
        await app.booking.check_in(
            business.org_id, booking, context=a_member_of_staff(), any_time=True
        )
    undone = await app.booking.undo_check_in(business.org_id, booking, context=a_member_of_staff())
    assert undone.outcome.status == "confirmed"
    await app.booking.mark_no_show(
        business.org_id, booking, context=a_member_of_staff(), any_time=True
    )
    late = await app.booking.check_in(
        business.org_id, booking, context=a_member_of_staff(), any_time=True
    )
    assert late.outcome.status == "checked_in"


async def test_capacity_never_falls_below_what_is_sold(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=10)
    await app.booking.place_booking(business.org_id, a_booking_of(slot, party=4), context=a_guest())
    with pytest.raises(errors.CapacityBelowSold) as refused:
        await app.booking.set_capacity(business.org_id, slot, 3, context=a_member_of_staff())
    assert refused.value.details["sold"] == 4
    await app.booking.set_capacity(business.org_id, slot, 4, context=a_member_of_staff())
    assert await counters(app, slot) == (4, 4, 0)

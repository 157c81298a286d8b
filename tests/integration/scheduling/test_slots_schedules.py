"""Schedules, closures and calendars on the real database, with people in the slots."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    commit,
    minute_of_undo_passes,
)
from tests.builders.schedules import ONE_WEEK, STAFF, added, book, events_of, slots_of, wall

from fullhouse.booking import errors
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.errors import UnknownClosure, UnknownSchedule
from fullhouse.scheduling.limits import MATERIALISE_DAYS_MARGIN
from fullhouse.scheduling.model.closures import ClosureId
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.scheduling.reads.schedules import (
    schedules_of_offering,
    slots_off_schedule,
)


async def test_a_schedule_has_its_slots_at_once_in_the_venues_time(
    app: Application, business: Business
) -> None:
    await added(app, business)
    slots = await slots_of(app)
    assert [start for _, start, *_ in slots[:3]] == ["06-14 09:00", "06-14 10:00", "06-15 09:00"]
    assert len(slots) == 14
    assert {(capacity, state) for _, _, capacity, state, _ in slots} == {(10, "open")}
    (event,) = await events_of(app, "SlotsMaterialised")
    assert event["created"] == 14
    assert len(await events_of(app, "ScheduleAdded")) == 1


async def test_materialising_twice_is_materialising_once(
    app: Application, business: Business
) -> None:
    await added(app, business)
    before = await slots_of(app)
    done = await app.scheduling.materialise_slots(business.org_id, business.offering.offering_id)
    assert (done.created, done.dropped, done.closed) == (0, 0, 0)
    assert await slots_of(app) == before
    assert len(await events_of(app, "SlotsMaterialised")) == 1


async def test_the_horizon_moves_on_with_the_days(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    count = len(await slots_of(app))
    ahead = business.offering.book_ahead_days + MATERIALISE_DAYS_MARGIN
    assert count in {ahead - 1, ahead}
    clock.advance(timedelta(days=3))
    (done,) = await app.scheduling.materialise_slots.every_offering()
    assert done.created == 3
    assert len(await slots_of(app)) == count + 3


@pytest.mark.on_both_servers
async def test_two_processes_that_materialise_at_once_make_each_slot_once(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    clock.advance(timedelta(days=9))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(app.scheduling.materialise_slots.every_offering()) for _ in range(6)
        ]
    assert sorted(done.created for task in tasks for done in task.result()) == [0] * 5 + [9]
    assert len(await events_of(app, "SlotsMaterialised")) == 2


@pytest.mark.on_both_servers
async def test_a_slot_with_a_booking_survives_its_schedule_and_is_listed(
    app: Application, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(app, business)
    taken, *_ = [slot for slot, *_ in await slots_of(app)]
    await book(app, business, taken)
    done = await commit(
        app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF
    )
    assert (done.dropped, done.off_schedule) == (13, (taken,))
    assert [(slot, state, reason) for slot, _, _, state, reason in await slots_of(app)] == [
        (taken, "closed", OFF_SCHEDULE_REASON)
    ]
    async with app.database.session() as session:
        (listed,) = await slots_off_schedule(session, business.org_id, now=clock.now())
    assert (listed.slot_id, listed.booked, listed.offering) == (taken, 2, "sunflowers")
    assert listed.off_schedule_since == clock.now()
    (event,) = await events_of(app, "SlotOffSchedule")
    assert event["taken"] == 2
    with pytest.raises(errors.SlotClosed):
        await app.booking.place_booking(
            business.org_id, a_booking_of(taken, name="Grace Hopper"), context=a_guest()
        )


async def test_a_slot_that_somebody_waits_for_or_once_had_is_kept(
    app: Application, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(app, business)
    waited_for, once_had, *_ = [slot for slot, *_ in await slots_of(app)]
    await app.booking.set_capacity(business.org_id, waited_for, 2, context=STAFF)
    await book(app, business, waited_for)
    await app.booking.join_waiting_list(
        business.org_id,
        WaitingRequest(waited_for, 2, a_customer("Emmy Noether")),
        context=a_guest(),
    )
    answer = await app.booking.place_booking(
        business.org_id, a_booking_of(once_had, name="Lise Meitner"), context=a_guest()
    )
    await app.booking.cancel_booking(business.org_id, answer.outcome.booking_id, context=a_guest())
    await minute_of_undo_passes(app)
    done = await commit(
        app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF
    )
    assert (done.dropped, done.off_schedule) == (12, (waited_for,))
    assert [slot for slot, *_ in await slots_of(app)] == [waited_for, once_had]
    async with app.database.session() as session:
        listed = await slots_off_schedule(session, business.org_id, now=clock.now())
    assert [slot.slot_id for slot in listed] == [waited_for]


async def test_a_slot_that_was_resized_by_hand_may_leave_the_schedule(
    app: Application, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(app, business)
    resized, *_ = [slot for slot, *_ in await slots_of(app)]
    await app.booking.set_capacity(business.org_id, resized, 15, context=STAFF)
    await commit(app, app.scheduling.end_schedule, business.org_id, schedule_id, context=STAFF)
    assert await slots_of(app) == []
    broken = (await build_consistency_checker(app.database, clock).check()).broken
    assert broken == (), "the key of the change leads to a slot that history knows"


async def test_a_changed_schedule_moves_only_what_nobody_is_in(
    app: Application, business: Business
) -> None:
    schedule_id = await added(app, business)
    taken, *_ = [slot for slot, *_ in await slots_of(app)]
    await book(app, business, taken, party=7)
    later = replace(ONE_WEEK, rule="FREQ=DAILY;BYHOUR=11,12;COUNT=14", capacity=6)
    done = await commit(
        app, app.scheduling.change_schedule, business.org_id, schedule_id, later, context=STAFF
    )
    assert (done.created, done.dropped, done.off_schedule) == (7, 6, (taken,))
    slots = await slots_of(app)
    assert [start for _, start, *_ in slots[:3]] == ["06-14 09:00", "06-14 10:00", "06-14 11:00"]
    assert [capacity for _, _, capacity, *_ in slots[:3]] == [10, 6, 6]
    (event,) = await events_of(app, "ScheduleChanged")
    before, after = event["before"], event["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["capacity"], after["capacity"]) == (10, 6)


async def test_a_smaller_schedule_never_unseats_anybody(
    app: Application, business: Business
) -> None:
    schedule_id = await added(app, business)
    taken, by_hand, plain, *_ = [slot for slot, *_ in await slots_of(app)]
    await book(app, business, taken, party=7)
    await app.booking.set_capacity(business.org_id, by_hand, 15, context=STAFF)
    smaller = replace(ONE_WEEK, capacity=4)
    done = await commit(
        app,
        app.scheduling.change_schedule,
        business.org_id,
        schedule_id,
        smaller,
        context=STAFF,
    )
    assert done.kept_capacity == 1
    capacities = {slot: capacity for slot, _, capacity, *_ in await slots_of(app)}
    assert [capacities[slot] for slot in (taken, by_hand, plain)] == [7, 15, 4]


async def test_another_length_gives_empty_slots_new_ids(
    app: Application, business: Business
) -> None:
    schedule_id = await added(app, business)
    before = await slots_of(app)
    await book(app, business, before[0][0])
    shorter = replace(ONE_WEEK, duration_minutes=45)
    done = await commit(
        app,
        app.scheduling.change_schedule,
        business.org_id,
        schedule_id,
        shorter,
        context=STAFF,
    )
    assert (done.created, done.dropped, done.off_schedule) == (13, 13, (before[0][0],))
    assert {slot for slot, *_ in before} & {slot for slot, *_ in await slots_of(app)} == {
        before[0][0]
    }


async def test_what_is_not_there_is_said_to_be_unknown(
    app: Application, business: Business
) -> None:
    org_id, nobody = business.org_id, app.ids.uuid()
    new = NewClosure(wall("2027-06-15"), wall("2027-06-16"), "Wedding")
    with pytest.raises(errors.UnknownOffering):
        await commit(
            app,
            app.scheduling.add_schedule,
            org_id,
            OfferingId(nobody),
            ONE_WEEK,
            context=STAFF,
        )
    with pytest.raises(UnknownSchedule):
        await commit(
            app,
            app.scheduling.change_schedule,
            org_id,
            ScheduleId(nobody),
            ONE_WEEK,
            context=STAFF,
        )
    with pytest.raises(UnknownSchedule):
        await commit(app, app.scheduling.end_schedule, org_id, ScheduleId(nobody), context=STAFF)
    with pytest.raises(UnknownVenue):
        await commit(app, app.scheduling.close_venue, org_id, VenueId(nobody), new, context=STAFF)
    with pytest.raises(UnknownVenue):
        await commit(
            app, app.scheduling.import_closures, org_id, VenueId(nobody), (), context=STAFF
        )
    with pytest.raises(UnknownVenue):
        await app.read_calendar_file(org_id, VenueId(nobody), b"")
    with pytest.raises(UnknownClosure):
        await commit(app, app.scheduling.reopen_venue, org_id, ClosureId(nobody), context=STAFF)


async def test_a_rule_that_is_refused_leaves_nothing_behind(
    app: Application, business: Business
) -> None:
    with pytest.raises(RuleInvalid):
        await added(app, business, replace(ONE_WEEK, rule="FREQ=SECONDLY"))
    async with app.database.session() as session:
        offering_id = business.offering.offering_id
        assert not await schedules_of_offering(session, business.org_id, offering_id)
    assert not await slots_of(app)


async def test_one_offering_that_fails_does_not_keep_the_others_from_their_slots(
    app: Application, business: Business, clock: ManualClock
) -> None:
    other = replace(business.offering, offering_id=OfferingId(app.ids.uuid()), slug="other")
    await commit(app, app.booking.save_offering, other.org_id, other, context=STAFF)
    await added(app, business)
    await added(app, replace(business, offering=other), replace(ONE_WEEK, rule="FREQ=DAILY"))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE schedule SET rule = 'FREQ=NEVER' WHERE offering_id = $1",
            business.offering.offering_id,
        )
    clock.advance(timedelta(days=1))
    (done,) = await app.scheduling.materialise_slots.every_offering()
    assert (done.offering_id, done.created) == (other.offering_id, 1)


async def test_an_unforeseen_error_of_one_offering_is_raised_when_the_others_have_their_slots(
    app: Application, business: Business, clock: ManualClock
) -> None:
    other = replace(business.offering, offering_id=OfferingId(app.ids.uuid()), slug="other")
    await commit(app, app.booking.save_offering, other.org_id, other, context=STAFF)
    await added(app, business)
    await added(app, replace(business, offering=other), replace(ONE_WEEK, rule="FREQ=DAILY"))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            """WITH elsewhere AS (
                INSERT INTO venue (org_id, venue_id, name, zone, country)
                SELECT org_id, $2, name, 'No/Where', country FROM venue RETURNING venue_id
            )
            UPDATE offering SET venue_id = elsewhere.venue_id FROM elsewhere
            WHERE offering_id = $1""",
            business.offering.offering_id,
            app.ids.uuid(),
        )
    clock.advance(timedelta(days=1))
    before = len(await slots_of(app))
    with pytest.raises(ExceptionGroup) as raised:
        await app.scheduling.materialise_slots.every_offering()
    assert [type(error) for error in raised.value.exceptions] == [ZoneInfoNotFoundError]
    assert len(await slots_of(app)) == before + 1

"""Schedules, closures and calendars on the real database, with people in the slots."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
)

from fullhouse.booking import errors
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.bootstrap import House, consistency_of
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.errors import UnknownClosure, UnknownSchedule
from fullhouse.scheduling.limits import MATERIALISE_DAYS_AHEAD
from fullhouse.scheduling.model.closures import ClosureId, HolidaysUnknown
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.schedule import ScheduleSpec
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.scheduling.reads.schedules import (
    closures_ahead,
    schedules_of_offering,
    slots_off_schedule,
)

STAFF = a_member_of_staff()
ONE_WEEK = ScheduleSpec(
    starts_at=datetime(2027, 6, 14, 10),  # noqa: DTZ001 - wall time
    rule="FREQ=DAILY;BYHOUR=10,11;COUNT=14",
    duration_minutes=60,
    capacity=10,
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def added(house: House, business: Business, shape: ScheduleSpec = ONE_WEEK) -> ScheduleId:
    schedule_id, _ = await house.booking.add_schedule(
        business.org_id, business.offering.offering_id, shape, caller=STAFF
    )
    return schedule_id


async def slots_of(house: House) -> list[tuple[SlotId, str, int, str, str]]:
    """Id, start in UTC, capacity, state and reason of every slot, in order of time."""
    async with house.database.session() as session:
        rows = await session.connection.fetch("SELECT * FROM slot ORDER BY starts_at")
    return [
        (
            row["slot_id"],
            f"{row['starts_at']:%m-%d %H:%M}",
            row["capacity"],
            row["state"],
            row["reason"],
        )
        for row in rows
    ]


async def events_of(house: House, kind: str) -> list[dict[str, object]]:
    async with house.database.session() as session:
        rows = await session.connection.fetch(
            "SELECT data FROM event WHERE kind = $1 ORDER BY seq", kind
        )
    return [row["data"] for row in rows]


async def book(house: House, business: Business, slot: SlotId, party: int = 2) -> None:
    await house.booking.place_booking(
        business.org_id, a_booking_of(slot, party=party), caller=a_guest()
    )


async def test_a_schedule_has_its_slots_at_once_in_the_venues_time(
    house: House, business: Business
) -> None:
    await added(house, business)
    slots = await slots_of(house)
    assert [start for _, start, *_ in slots[:3]] == ["06-14 09:00", "06-14 10:00", "06-15 09:00"]
    assert len(slots) == 14
    assert {(capacity, state) for _, _, capacity, state, _ in slots} == {(10, "open")}
    (told,) = await events_of(house, "SlotsMaterialised")
    assert told["created"] == 14
    assert len(await events_of(house, "ScheduleAdded")) == 1


async def test_materialising_twice_is_materialising_once(house: House, business: Business) -> None:
    await added(house, business)
    before = await slots_of(house)
    done = await house.booking.materialise_slots(business.org_id, business.offering.offering_id)
    assert (done.created, done.dropped, done.closed) == (0, 0, 0)
    assert await slots_of(house) == before
    assert len(await events_of(house, "SlotsMaterialised")) == 1


async def test_the_horizon_moves_on_with_the_days(
    house: House, business: Business, clock: ManualClock
) -> None:
    await added(house, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    count = len(await slots_of(house))
    assert count in {MATERIALISE_DAYS_AHEAD - 1, MATERIALISE_DAYS_AHEAD}
    clock.advance(timedelta(days=3))
    (done,) = await house.booking.materialise_slots.every_offering()
    assert done.created == 3
    assert len(await slots_of(house)) == count + 3


@pytest.mark.on_both_servers
async def test_two_processes_that_materialise_at_once_make_each_slot_once(
    house: House, business: Business, clock: ManualClock
) -> None:
    await added(house, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    clock.advance(timedelta(days=9))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(house.booking.materialise_slots.every_offering()) for _ in range(6)
        ]
    assert sorted(done.created for task in tasks for done in task.result()) == [0] * 5 + [9]
    assert len(await events_of(house, "SlotsMaterialised")) == 2


@pytest.mark.on_both_servers
async def test_a_slot_with_a_booking_survives_its_schedule_and_is_listed(
    house: House, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(house, business)
    taken, *_ = [slot for slot, *_ in await slots_of(house)]
    await book(house, business, taken)
    done = await house.booking.end_schedule(business.org_id, schedule_id, caller=STAFF)
    assert (done.dropped, done.off_schedule) == (13, (taken,))
    assert [(slot, state, reason) for slot, _, _, state, reason in await slots_of(house)] == [
        (taken, "closed", OFF_SCHEDULE_REASON)
    ]
    async with house.database.session() as session:
        (listed,) = await slots_off_schedule(session, business.org_id, now=clock.now())
    assert (listed.slot_id, listed.booked, listed.offering) == (taken, 2, "sunflowers")
    assert listed.off_schedule_since == clock.now()
    (told,) = await events_of(house, "SlotOffSchedule")
    assert told["taken"] == 2
    with pytest.raises(errors.SlotClosed):
        await house.booking.place_booking(
            business.org_id, a_booking_of(taken, name="Grace Hopper"), caller=a_guest()
        )


async def test_a_slot_that_somebody_waits_for_or_once_had_is_kept(
    house: House, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(house, business)
    waited_for, once_had, *_ = [slot for slot, *_ in await slots_of(house)]
    await house.booking.set_capacity(business.org_id, waited_for, 2, caller=STAFF)
    await book(house, business, waited_for)
    await house.booking.join_waiting_list(
        business.org_id, WaitingRequest(waited_for, 2, a_customer("Emmy Noether")), caller=a_guest()
    )
    answer = await house.booking.place_booking(
        business.org_id, a_booking_of(once_had, name="Lise Meitner"), caller=a_guest()
    )
    await house.booking.cancel_booking(business.org_id, answer.outcome.booking_id, caller=a_guest())
    done = await house.booking.end_schedule(business.org_id, schedule_id, caller=STAFF)
    assert (done.dropped, done.off_schedule) == (12, (waited_for,))
    assert [slot for slot, *_ in await slots_of(house)] == [waited_for, once_had]
    async with house.database.session() as session:
        listed = await slots_off_schedule(session, business.org_id, now=clock.now())
    assert [slot.slot_id for slot in listed] == [waited_for]


async def test_a_slot_that_was_resized_by_hand_may_leave_the_schedule(
    house: House, business: Business, clock: ManualClock
) -> None:
    schedule_id = await added(house, business)
    resized, *_ = [slot for slot, *_ in await slots_of(house)]
    await house.booking.set_capacity(business.org_id, resized, 15, caller=STAFF)
    await house.booking.end_schedule(business.org_id, schedule_id, caller=STAFF)
    assert await slots_of(house) == []
    broken = (await consistency_of(house.database, clock).check()).broken
    assert broken == (), "the key of the change leads to a slot that history knows"


async def test_a_changed_schedule_moves_only_what_nobody_is_in(
    house: House, business: Business
) -> None:
    schedule_id = await added(house, business)
    taken, *_ = [slot for slot, *_ in await slots_of(house)]
    await book(house, business, taken, party=7)
    later = replace(ONE_WEEK, rule="FREQ=DAILY;BYHOUR=11,12;COUNT=14", capacity=6)
    done = await house.booking.change_schedule(business.org_id, schedule_id, later, caller=STAFF)
    assert (done.created, done.dropped, done.off_schedule) == (7, 6, (taken,))
    slots = await slots_of(house)
    assert [start for _, start, *_ in slots[:3]] == ["06-14 09:00", "06-14 10:00", "06-14 11:00"]
    assert [capacity for _, _, capacity, *_ in slots[:3]] == [10, 6, 6]
    (told,) = await events_of(house, "ScheduleChanged")
    before, after = told["before"], told["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["capacity"], after["capacity"]) == (10, 6)


async def test_a_smaller_schedule_never_unseats_anybody(house: House, business: Business) -> None:
    schedule_id = await added(house, business)
    taken, by_hand, plain, *_ = [slot for slot, *_ in await slots_of(house)]
    await book(house, business, taken, party=7)
    await house.booking.set_capacity(business.org_id, by_hand, 15, caller=STAFF)
    smaller = replace(ONE_WEEK, capacity=4)
    done = await house.booking.change_schedule(business.org_id, schedule_id, smaller, caller=STAFF)
    assert done.kept_capacity == 1
    capacities = {slot: capacity for slot, _, capacity, *_ in await slots_of(house)}
    assert [capacities[slot] for slot in (taken, by_hand, plain)] == [7, 15, 4]


async def test_another_length_gives_empty_slots_new_ids(house: House, business: Business) -> None:
    schedule_id = await added(house, business)
    before = await slots_of(house)
    await book(house, business, before[0][0])
    shorter = replace(ONE_WEEK, duration_minutes=45)
    done = await house.booking.change_schedule(business.org_id, schedule_id, shorter, caller=STAFF)
    assert (done.created, done.dropped, done.off_schedule) == (13, 13, (before[0][0],))
    assert {slot for slot, *_ in before} & {slot for slot, *_ in await slots_of(house)} == {
        before[0][0]
    }


async def test_a_closure_shuts_every_offering_of_the_venue_and_reopening_undoes_it(
    house: House, business: Business, clock: ManualClock
) -> None:
    await added(house, business)
    first, second, *_ = [slot for slot, *_ in await slots_of(house)]
    await book(house, business, second)
    new = NewClosure(wall("2027-06-14 10:30"), wall("2027-06-15 10:00"), "Storm damage")
    venue_id = VenueId(business.offering.venue_id)
    closure_id, (done,) = await house.booking.close_venue(
        business.org_id, venue_id, new, caller=STAFF
    )
    assert (done.closed, done.off_schedule) == (2, (second,))
    states = [(state, reason) for *_, state, reason in await slots_of(house)]
    assert states[:3] == [("closed", "Storm damage"), ("closed", "Storm damage"), ("open", "")]
    with pytest.raises(errors.SlotClosed) as refused:
        await house.booking.place_booking(
            business.org_id, a_booking_of(first, name="Grace Hopper"), caller=a_guest()
        )
    assert refused.value.details["reason"] == "Storm damage"
    async with house.database.session() as session:
        (closure,) = await closures_ahead(
            session, business.org_id, venue_id, first=wall("2027-06-12")
        )
        assert closure.closure_id == closure_id
        (listed,) = await slots_off_schedule(session, business.org_id, now=clock.now())
        assert listed.slot_id == second
    (undone,) = await house.booking.reopen_venue(business.org_id, closure_id, caller=STAFF)
    assert undone.reopened == 2
    async with house.database.session() as session:
        assert not await slots_off_schedule(session, business.org_id, now=clock.now())


async def lies_in(house: House, country: str, subdivision: str) -> None:
    async with house.database.transaction() as session:
        await session.connection.execute(
            "UPDATE venue SET country = $1, subdivision = $2", country, subdivision
        )


async def test_public_holidays_close_what_keeps_them_and_nothing_else(
    house: House, business: Business
) -> None:
    await lies_in(house, "GB", "ENG")
    august = replace(
        ONE_WEEK,
        starts_at=wall("2027-08-29 10:00"),
        rule="FREQ=DAILY;COUNT=3",
        closed_on_holidays=True,
    )
    await added(house, business, august)
    await added(
        house,
        business,
        replace(august, starts_at=wall("2027-08-29 18:00"), closed_on_holidays=False),
    )
    reasons = [reason for *_, reason in await slots_of(house)]
    assert [bool(reason) for reason in reasons] == [False, False, True, False, False, False]
    await lies_in(house, "XX", "ENG")
    with pytest.raises(HolidaysUnknown):
        await added(house, business, august)


def calendar(*days: str) -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\nUID:{day}@town\nDTSTART;VALUE=DATE:{day}\nSUMMARY:Fair\nEND:VEVENT\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n".encode()


@pytest.mark.on_both_servers
async def test_a_calendar_imported_again_changes_nothing_and_what_vanishes_reopens(
    house: House, business: Business
) -> None:
    await added(house, business)
    given = (business.org_id, VenueId(business.offering.venue_id))
    first = await house.booking.import_closures(
        *given, calendar("20270614", "20270616"), caller=STAFF
    )
    assert (first.added, first.offerings[0].closed) == (2, 4)
    again = await house.booking.import_closures(
        *given, calendar("20270614", "20270616"), caller=STAFF
    )
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, 2)
    fewer = await house.booking.import_closures(*given, calendar("20270616"), caller=STAFF)
    assert (fewer.removed, fewer.unchanged, fewer.offerings[0].reopened) == (1, 1, 2)
    renamed = calendar("20270616").replace(b"Fair", b"Market")
    changed = await house.booking.import_closures(*given, renamed, caller=STAFF)
    assert (changed.changed, changed.added) == (1, 0)
    assert {reason for *_, reason in await slots_of(house)} == {"", "Market"}


async def test_calendars_of_other_names_and_the_owners_closures_stay(
    house: House, business: Business
) -> None:
    await added(house, business)
    given = (business.org_id, VenueId(business.offering.venue_id))
    new = NewClosure(wall("2027-06-15"), wall("2027-06-16"), "Wedding")
    await house.booking.close_venue(*given, new, caller=STAFF)
    await house.booking.import_closures(*given, calendar("20270614"), caller=STAFF)
    await house.booking.import_closures(*given, calendar(), caller=STAFF, calendar="school")
    reasons = [reason for *_, reason in await slots_of(house)]
    assert reasons[:5] == ["Fair", "Fair", "Wedding", "Wedding", ""]


async def test_a_bad_calendar_changes_nothing(house: House, business: Business) -> None:
    await added(house, business)
    given = (business.org_id, VenueId(business.offering.venue_id))
    await house.booking.import_closures(*given, calendar("20270614"), caller=STAFF)
    with pytest.raises(CalendarInvalid):
        await house.booking.import_closures(*given, calendar("20271399"), caller=STAFF)
    with pytest.raises(InvalidInput):
        await house.booking.import_closures(*given, b"", caller=STAFF, calendar="Not a name")
    assert [reason for *_, reason in await slots_of(house)][:3] == ["Fair", "Fair", ""]


async def test_what_is_not_there_is_said_to_be_unknown(house: House, business: Business) -> None:
    org_id, nobody = business.org_id, house.ids.uuid()
    new = NewClosure(wall("2027-06-15"), wall("2027-06-16"), "Wedding")
    with pytest.raises(errors.UnknownOffering):
        await house.booking.add_schedule(org_id, OfferingId(nobody), ONE_WEEK, caller=STAFF)
    with pytest.raises(UnknownSchedule):
        await house.booking.change_schedule(org_id, ScheduleId(nobody), ONE_WEEK, caller=STAFF)
    with pytest.raises(UnknownSchedule):
        await house.booking.end_schedule(org_id, ScheduleId(nobody), caller=STAFF)
    with pytest.raises(UnknownVenue):
        await house.booking.close_venue(org_id, VenueId(nobody), new, caller=STAFF)
    with pytest.raises(UnknownVenue):
        await house.booking.import_closures(org_id, VenueId(nobody), b"", caller=STAFF)
    with pytest.raises(UnknownClosure):
        await house.booking.reopen_venue(org_id, ClosureId(nobody), caller=STAFF)


async def test_a_rule_that_is_refused_leaves_nothing_behind(
    house: House, business: Business
) -> None:
    with pytest.raises(RuleInvalid):
        await added(house, business, replace(ONE_WEEK, rule="FREQ=SECONDLY"))
    async with house.database.session() as session:
        offering_id = business.offering.offering_id
        assert not await schedules_of_offering(session, business.org_id, offering_id)
    assert not await slots_of(house)


async def test_one_offering_that_fails_does_not_keep_the_others_from_their_slots(
    house: House, business: Business, clock: ManualClock
) -> None:
    other = replace(business.offering, offering_id=OfferingId(house.ids.uuid()), slug="other")
    await house.booking.save_offering(other, caller=STAFF)
    await added(house, business)
    await added(house, replace(business, offering=other), replace(ONE_WEEK, rule="FREQ=DAILY"))
    async with house.database.transaction() as session:
        await session.connection.execute(
            "UPDATE schedule SET rule = 'FREQ=NEVER' WHERE offering_id = $1",
            business.offering.offering_id,
        )
    clock.advance(timedelta(days=1))
    (done,) = await house.booking.materialise_slots.every_offering()
    assert (done.offering_id, done.created) == (other.offering_id, 1)

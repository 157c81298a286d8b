"""How far ahead an offering is booked: its own setting, whole days that open at midnight."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.builders.api_client import ApiClient, a_booking_body
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    commit,
    save,
)
from tests.builders.schedules import ONE_WEEK, STAFF, added, book, slots_of, wall

from fullhouse.booking import errors
from fullhouse.booking.limits import BOOK_AHEAD_DAYS_MAX
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.limits import SLOTS_PER_SCHEDULE_MAX
from fullhouse.scheduling.materialisation import lock_schedule

FESTIVAL = {
    "starts_at": "2029-05-10T10:00",
    "rule": "FREQ=DAILY;COUNT=5",
    "duration_minutes": 60,
    "capacity": 20,
}
PATH = "/offerings/sunflowers"
LONDON = ZoneInfo("Europe/London")


async def test_a_festival_in_two_years_says_from_when_it_can_be_booked(api: ApiClient) -> None:
    added_now = await api.post(f"{PATH}/schedules", FESTIVAL, key=api.key)
    assert added_now.status == 201
    assert added_now.json["times"] == {
        "bookable": 0,
        "closed": 0,
        "first_starts_at": "2029-05-10T10:00:00+01:00",
        "booking_opens_at": "2029-02-09T00:00:00Z",
        "skipped": [],
    }


async def test_midnight_after_the_last_day_is_not_counted_as_bookable(api: ApiClient) -> None:
    midnights = {**FESTIVAL, "starts_at": "2027-06-13T00:00", "rule": "FREQ=DAILY"}
    times = (await api.post(f"{PATH}/schedules", midnights, key=api.key)).json["times"]
    assert isinstance(times, dict)
    assert times["bookable"] == 90


async def test_an_offering_that_is_sold_further_ahead_has_the_slots_at_once(
    api: ApiClient,
) -> None:
    await api.post(f"{PATH}/schedules", FESTIVAL, key=api.key)
    saved = await api.ask("PATCH", PATH, json={"book_ahead_days": 730}, key=api.key)
    assert (saved.status, saved.json["book_ahead_days"]) == (200, 730)
    shown = await api.get(f"{PATH}/availability?from=2029-05-10&to=2029-05-14")
    slots = shown.json["slots"]
    assert isinstance(slots, list)
    assert [slot["refusal"] for slot in slots] == [None] * 5
    assert shown.json["bookable_until"] == "2029-06-11"
    booked = await api.post("/bookings", a_booking_body(slots[0]["id"]))
    assert booked.status == 201
    schedule = f"/schedules/{await only_schedule(api)}"
    again = await api.ask("PUT", schedule, json=FESTIVAL, key=api.key)
    times = again.json["times"]
    assert isinstance(times, dict)
    assert (times["bookable"], times["booking_opens_at"]) == (5, "2027-05-11T00:00:00+01:00")


async def only_schedule(api: ApiClient) -> str:
    listed = (await api.get(f"{PATH}/schedules", key=api.key)).json["schedules"]
    assert isinstance(listed, list)
    return str(listed[0]["id"])


@pytest.mark.parametrize("days", [0, BOOK_AHEAD_DAYS_MAX + 1])
async def test_days_ahead_that_cannot_be_are_refused_by_their_field(
    api: ApiClient, days: int
) -> None:
    refused = await api.ask("PATCH", PATH, json={"book_ahead_days": days}, key=api.key)
    assert refused.status == 422
    assert "book_ahead_days" in refused.body.decode()


async def test_a_day_opens_at_midnight_of_the_venue_for_every_way_to_take_places(
    app: Application, business: Business, clock: ManualClock
) -> None:
    business = await business.change(book_ahead_days=10)
    opens_at = datetime(2027, 6, 13, tzinfo=LONDON)
    noon_in_ten_days = datetime(2027, 6, 23, 12, tzinfo=LONDON)
    slot = await business.a_slot(starts_in=noon_in_ten_days - clock.now())
    near = await business.a_slot(starts_in=timedelta(days=2))
    mine = await book(app, business, near)
    clock.advance(opens_at - clock.now() - timedelta(seconds=1))
    org_id, actions = business.org_id, app.booking
    waiting = WaitingRequest(slot, 2, a_customer("Grace Hopper"))
    for attempt in (
        actions.place_booking(org_id, a_booking_of(slot, name="Grace Hopper"), context=a_guest()),
        actions.place_hold(org_id, a_hold_of(slot), context=a_guest()),
        actions.place_hold(org_id, a_hold_of(near, slot), context=a_guest()),
        actions.join_waiting_list(org_id, waiting, context=a_guest()),
        actions.move_booking(org_id, mine, (slot,), context=a_guest()),
    ):
        with pytest.raises(errors.SlotNotOpen) as refused:
            await attempt
        assert refused.value.opens_at == opens_at
        assert str(refused.value) == "Booking for this time opens on Sunday, 13 June 2027."
    as_staff = a_booking_of(slot, name="Ida Rhodes", party=1)
    await actions.place_booking(org_id, as_staff, context=STAFF)
    clock.advance(timedelta(seconds=1))
    await actions.place_booking(org_id, a_booking_of(slot, name="Grace Hopper"), context=a_guest())


async def test_the_availability_that_is_kept_changes_when_a_day_opens(
    api: ApiClient, clock: ManualClock
) -> None:
    await api.business.change(book_ahead_days=10)
    noon_in_eleven_days = datetime(2027, 6, 23, 12, tzinfo=LONDON)
    await api.business.a_slot(starts_in=noon_in_eleven_days - clock.now())
    clock.advance(datetime(2027, 6, 12, 23, 59, 59, tzinfo=LONDON) - clock.now())
    path = f"{PATH}/availability?from=2027-06-23"
    before = (await api.get(path)).json
    clock.advance(timedelta(seconds=1))
    after = (await api.get(path)).json
    assert (refusals(before), before["bookable_until"]) == (["slot_not_open"], "2027-06-22")
    assert (refusals(after), after["bookable_until"]) == ([None], "2027-06-23")


def refusals(availability: dict[str, object]) -> list[object]:
    slots = availability["slots"]
    assert isinstance(slots, list)
    return [slot["refusal"] for slot in slots]


async def test_no_alternative_is_offered_that_cannot_be_booked_yet(
    app: Application, business: Business
) -> None:
    business = await business.change(book_ahead_days=2)
    full = await business.a_slot(capacity=2, starts_in=timedelta(days=1))
    near = await business.a_slot(starts_in=timedelta(hours=20))
    await business.a_slot(starts_in=timedelta(days=3))
    await book(app, business, full)
    with pytest.raises(errors.SlotFull) as refused:
        await app.booking.place_booking(
            business.org_id, a_booking_of(full, name="Grace Hopper"), context=a_guest()
        )
    assert [one.slot_id for one in refused.value.alternatives] == [near]


async def test_fewer_days_ahead_drop_what_nobody_uses_and_leave_who_has_a_place(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    slots = await slots_of(app)
    far = slots[60][0]
    booking_id = await book(app, business, far)
    await save(app, replace(business.offering, book_ahead_days=30))
    left = await slots_of(app)
    assert len(left) in {31, 32}  # the days to come, the margin of one, and the one with a guest
    assert (left[-1][0], left[-1][3]) == (far, "open")
    with pytest.raises(errors.SlotNotOpen):
        await app.booking.place_booking(
            business.org_id, a_booking_of(far, name="Grace Hopper"), context=a_guest()
        )
    view = await app.bookings.by_id(business.org_id, booking_id)
    assert view is not None
    assert view.booking.status == "confirmed"
    clock.advance(timedelta(days=1))
    await app.scheduling.materialise_slots.every_offering()
    assert len(await slots_of(app)) == len(left) + 1
    await save(app, replace(business.offering, book_ahead_days=90))
    assert [slot for slot, *_ in await slots_of(app)][: len(slots)] == [slot for slot, *_ in slots]


async def test_more_slots_than_an_offering_may_have_are_refused_by_the_field(
    app: Application, business: Business
) -> None:
    rule = "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16,17,18;BYMINUTE=0,10,20,30,40,50"
    dense = replace(ONE_WEEK, rule=rule, duration_minutes=10)
    await added(app, business, dense)
    before = await slots_of(app)
    with pytest.raises(InvalidInput) as refused:
        await save(
            app, replace(business.offering, book_ahead_days=SLOTS_PER_SCHEDULE_MAX // 60 + 3)
        )
    assert refused.value.field == "book_ahead_days"
    assert "fewer days ahead" in str(refused.value)
    assert await slots_of(app) == before


@pytest.mark.timeout(60)
async def test_saving_waits_for_who_makes_slots_and_both_are_done(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    for days in range(91, 95):
        clock.advance(timedelta(days=1))
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(app.scheduling.materialise_slots.every_offering())
            group.create_task(save(app, replace(business.offering, book_ahead_days=days)))
    last = (await slots_of(app))[-1][1]
    assert last == f"{clock.now() + timedelta(days=95):%m-%d} 09:00"


async def test_slots_are_made_while_somebody_changes_the_schedule(
    app: Application, business: Business, clock: ManualClock
) -> None:
    """The change has the schedule and waits for the slots, so whoever makes them never waits."""
    schedule_id = await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY"))
    before = len(await slots_of(app))
    clock.advance(timedelta(days=3))
    async with app.database.transaction() as session:
        await lock_schedule(session, business.org_id, schedule_id)
        await app.scheduling.materialise_slots.every_offering()
    assert len(await slots_of(app)) == before + 3


async def test_closure_beyond_the_last_day_closes_what_lasts_into_it(
    app: Application, business: Business
) -> None:
    """The last slot starts on 11 September and lasts until the 14th."""
    await added(app, business, replace(ONE_WEEK, rule="FREQ=DAILY", duration_minutes=3 * 24 * 60))
    new = NewClosure(wall("2027-09-13"), wall("2027-09-13 12:00"), "Fair")
    venue_id = VenueId(business.offering.venue_id)
    await commit(app, app.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF)
    states = [(at, state) for _, at, _, state, _ in await slots_of(app)][-3:]
    assert states == [("09-09 09:00", "open"), ("09-10 09:00", "closed"), ("09-11 09:00", "closed")]


async def test_what_is_next_is_known_before_it_can_be_booked(api: ApiClient) -> None:
    leap_days = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    counted = "FREQ=WEEKLY;INTERVAL=100;COUNT=3"
    shapes: dict[str, tuple[dict[str, object], str]] = {
        "in order": ({}, "2029-05-10T10:00:00+01:00"),
        "single": ({"rule": "", "rdates": ["2028-12-24T10:00"]}, "2028-12-24T10:00:00Z"),
        "rare": ({"rule": leap_days, "starts_at": "2027-01-01T10:00"}, "2028-02-29T10:00:00Z"),
        "counted": (
            {"rule": counted, "starts_at": "2026-06-01T10:00"},
            "2028-05-01T10:00:00+01:00",
        ),
    }
    for name, (change, first) in shapes.items():
        answer = await api.post(f"{PATH}/schedules", {**FESTIVAL, **change}, key=api.key)
        times = answer.json["times"]
        assert isinstance(times, dict)
        assert times["first_starts_at"] == first, name


async def test_the_page_says_when_booking_opens_and_leads_to_the_first_day(
    api: ApiClient,
) -> None:
    page = f"//{api.org}/sunflowers"
    await api.post(f"{PATH}/schedules", FESTIVAL, key=api.key)
    closed = (await api.get(page)).body.decode()
    assert "Booking opens on Friday 9 February 2029" in closed
    assert "The first times are on Thursday 10 May 2029." in closed
    early = (await api.get(f"{page}?day=2029-05-11")).body.decode()
    assert "Booking for Friday 11 May 2029 opens on Saturday 10 February 2029." in early
    await api.ask("PATCH", PATH, json={"book_ahead_days": 1000}, key=api.key)
    opened = (await api.get(page)).body.decode()
    assert "May 2029" in opened
    assert "Times on Thursday 10 May" in opened


async def test_a_page_without_times_leads_to_a_day_months_away(api: ApiClient) -> None:
    await api.business.change(book_ahead_days=400)
    full = await api.business.a_slot(capacity=2, starts_in=timedelta(days=1))
    await api.business.a_slot(starts_in=timedelta(days=300))
    await api.book(full)
    page = (await api.get(f"//{api.org}/sunflowers?day=2027-06-13&party=2")).body.decode()
    assert "Go to Friday 7 April" in page

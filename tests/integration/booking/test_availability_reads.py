"""What is shown as free: told of every change, old rather than late, and right at midnight."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
    commit,
)
from tests.builders.page_text import becomes, picture, remaining
from tests.builders.statement_counts import added, statements

from fullhouse.booking.availability.availability import utc_days
from fullhouse.booking.availability.days import ttl_of
from fullhouse.booking.errors import BookingError, SlotClosed, SlotFull
from fullhouse.booking.limits import ALTERNATIVES_MAX, AVAILABILITY_TTL_SECONDS, UNDO_PLACES_SECONDS
from fullhouse.booking.model.requests import ConfirmRequest, WaitingRequest
from fullhouse.booking.model.slot import Slot, SlotId
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.timespan import midnight
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.limits import LOCK_SECONDS_MAX


@pytest.fixture
async def neighbour(database_url: str, clock: ManualClock) -> AsyncIterator[Application]:
    """Another app on the same database, as another process has it."""
    async with open_application(Settings(), database_url, name="neighbour", clock=clock) as app:
        yield app


@pytest.mark.on_both_servers
async def test_what_one_process_sells_the_others_show(
    app: Application, neighbour: Application, business: Business, clock: ManualClock
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(app, business) == [5, 5]
    before = await picture(app, business)
    assert (await picture(app, business)).days == before.days, "nothing changed: the same picture"
    verbs, org_id = neighbour.booking, business.org_id
    booked = await verbs.place_booking(org_id, a_booking_of(slot, party=2), context=a_guest())
    await becomes(app, business, [3, 5])
    hold = await verbs.place_hold(org_id, a_hold_of(slot, party=1), context=a_guest())
    await becomes(app, business, [2, 5])
    await verbs.release_hold(org_id, hold.outcome.booking_id, context=a_guest())
    await becomes(app, business, [3, 5])
    await verbs.set_capacity(org_id, slot, 9, context=a_member_of_staff())
    await becomes(app, business, [7, 5])
    await verbs.cancel_booking(org_id, booked.outcome.booking_id, context=a_guest())
    await becomes(app, business, [7, 5])
    clock.advance(timedelta(seconds=UNDO_PLACES_SECONDS))
    await becomes(app, business, [9, 5])
    request = WaitingRequest(slot, 2, a_customer())
    await verbs.join_waiting_list(org_id, request, context=a_guest())
    async with asyncio.timeout(5):
        while (await picture(app, business)).slots[0].waiting != 1:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)


async def test_a_lapsed_hold_is_shown_as_free_though_nobody_tells_of_it(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    await app.booking.place_hold(business.org_id, a_hold_of(slot, party=4), context=a_guest())
    await becomes(app, business, [1, 5])
    clock.advance(timedelta(seconds=business.offering.hold_seconds - 1))
    assert await remaining(app, business) == [1, 5]
    clock.advance(timedelta(seconds=1))
    assert await remaining(app, business) == [5, 5]
    assert not (await picture(app, business)).stale


async def test_a_picture_is_good_until_the_first_hold_lapses() -> None:
    now = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
    slot = Slot(
        SlotId(UUID(int=1)), now, now + timedelta(minutes=30), 5, 0, 2, "open", "", 0,
        next_expiry=now + timedelta(seconds=40),
    )  # fmt: skip
    assert ttl_of([structs.replace(slot, next_expiry=None)], now) == AVAILABILITY_TTL_SECONDS
    assert ttl_of([structs.replace(slot, next_expiry=now + timedelta(days=1)), slot], now) == 40
    assert ttl_of([], now) == AVAILABILITY_TTL_SECONDS


async def test_answers_are_old_rather_than_late_while_the_database_stands_still(
    app: Application, business: Business, database_url: str
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(app, business) == [5, 5]
    stranger = await connect(database_url, application_name="stranger")
    transaction = stranger.transaction()
    await transaction.start()
    await stranger.execute("LOCK TABLE waiting_list_entry IN ACCESS EXCLUSIVE MODE")
    app.availability.invalidate(business.org_id, business.offering.offering_id, None)
    async with asyncio.timeout(2 * LOCK_SECONDS_MAX):
        for _ in range(5):
            shown = await picture(app, business)
            assert shown.stale
            assert [one.remaining for one in shown.slots] == [5, 5]
    await transaction.rollback()
    await stranger.close()
    await becomes(app, business, [5, 5])
    async with asyncio.timeout(5):
        while (await picture(app, business)).stale:  # noqa: ASYNC110 - as a guest would
            await asyncio.sleep(0.01)
    assert slot in {one.slot_id for one in (await picture(app, business)).slots}


async def test_a_changed_offering_is_known_to_every_process(
    app: Application, neighbour: Application, business: Business
) -> None:
    assert (await app.catalogue.offering(business.org_id, "sunflowers")).price_amount == 1200
    dearer = replace(business.offering, price_amount=1500)
    stored = await commit(
        neighbour,
        neighbour.booking.save_offering,
        dearer.org_id,
        dearer,
        context=a_member_of_staff(),
    )
    async with asyncio.timeout(5):
        while await app.catalogue.offering(business.org_id, "sunflowers") != stored:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    assert await app.catalogue.offering_by_id(business.org_id, dearer.offering_id) == stored
    assert stored == replace(dearer, version=stored.version)


async def test_an_offering_that_changes_while_it_is_read_is_not_remembered_as_it_was(
    app: Application, business: Business
) -> None:
    app.catalogue.invalidate_all()
    reading = asyncio.ensure_future(app.catalogue.offering(business.org_id, "sunflowers"))
    await asyncio.sleep(0)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE offering SET price_amount = 1")
    app.catalogue.invalidate(business.org_id, business.offering.offering_id)
    await reading
    assert (await app.catalogue.offering(business.org_id, "sunflowers")).price_amount == 1


async def test_a_change_in_a_rush_is_read_once_for_all_who_ask(
    app: Application, business: Business
) -> None:
    offering = business.offering
    for _ in range(2):
        app.catalogue.invalidate(business.org_id, offering.offering_id)
        before = statements(app)
        async with asyncio.TaskGroup() as group:
            for _ in range(1_000):
                group.create_task(app.catalogue.offering(business.org_id, offering.slug))
                group.create_task(
                    app.catalogue.offering_by_id(business.org_id, offering.offering_id)
                )
                group.create_task(app.catalogue.venue(business.org_id, offering.venue_id))
        read = ["booking.offering_by_id", "booking.offering_by_slug", "people.venue_by_id"]
        assert sorted(added(before, statements(app))) == read


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("UPDATE slot SET state = 'closed' WHERE slot_id = $1", SlotClosed),
        ("UPDATE slot SET capacity = 1 WHERE slot_id = $1", SlotFull),
    ],
    ids=["closed", "full"],
)
async def test_a_refusal_tells_memory_what_it_has_not_heard_yet(
    app: Application, business: Business, change: str, error: type[BookingError]
) -> None:
    slot, _ = await business.slots(2, capacity=2)
    assert await remaining(app, business) == [2, 2]
    async with (
        app.database.unrestricted.transaction() as session
    ):  # as before a notification has come
        await session.connection.execute(change, slot)
    assert await remaining(app, business) == [2, 2]
    request = a_booking_of(slot, party=2)
    with pytest.raises(error):
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    (shown,) = [known for known in (await picture(app, business)).slots if known.slot_id == slot]
    assert shown.state == "closed" or shown.remaining == 1


async def test_a_check_in_tells_of_its_day_and_not_of_everything(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    heard: asyncio.Queue[object] = asyncio.Queue()
    listener = await connect(database_url, application_name="listener")
    await listener.add_listener("fullhouse_events", lambda *args: heard.put_nowait(args[3]))
    await app.booking.check_in(
        business.org_id, made.outcome.booking_id, context=a_member_of_staff(), any_time=True
    )
    day = (app.clock.now() + timedelta(days=7)).date()
    topic = f"{business.org_id}/{business.offering.offering_id}/{day}"
    payload = str(await asyncio.wait_for(heard.get(), 5))
    assert set(json.loads(payload)[1:]) == {topic, "+1"}
    another = a_booking_of(slot, name="Grace Hopper")
    by_system = RequestContext(SYSTEM, UUID(int=9))
    await app.booking.place_booking(business.org_id, another, context=by_system)
    payload = str(await asyncio.wait_for(heard.get(), 5))
    assert set(json.loads(payload)[1:]) == {topic, "+0"}, "the system does not rush"
    await listener.close()


async def test_nearest_alternatives_have_room_now_and_are_not_what_was_asked_for(
    app: Application, business: Business
) -> None:
    slots = await business.slots(5, capacity=2)
    await app.booking.place_booking(business.org_id, a_booking_of(slots[1]), context=a_guest())
    hold = await app.booking.place_hold(business.org_id, a_hold_of(slots[3]), context=a_guest())
    confirm = ConfirmRequest(a_customer("Grace Hopper"))
    await app.booking.confirm_hold(
        business.org_id, hold.outcome.booking_id, confirm, context=a_guest()
    )
    await becomes(app, business, [2, 0, 2, 0, 2])
    middle = (await picture(app, business)).slots[2]
    nearest = await app.availability.nearest(
        business.offering,
        starts_at=middle.starts_at,
        zone=business.zone,
        party=1,
        without=[slots[2]],
    )
    assert {one.slot_id for one in nearest} == {slots[0], slots[4]}


async def test_nearest_alternatives_of_many_days_are_those_of_all_slots(
    app: Application, business: Business
) -> None:
    hours = [3 * 24, 3 * 24 + 2, 4 * 24 + 23, 5 * 24, 5 * 24 + 1, 5 * 24 + 9, 6 * 24, 9 * 24 + 20]
    for number, hour in enumerate(hours):
        await business.a_slot(capacity=1 + number % 3, starts_in=timedelta(hours=hour))
    for hour in hours:
        asked = app.clock.now() + timedelta(hours=hour)
        near = await app.availability.nearest(
            business.offering, starts_at=asked, zone=business.zone, party=2, without=[]
        )
        fitting = [hours[number] for number in range(len(hours)) if 1 + number % 3 >= 2]
        expected = sorted(abs(other - hour) for other in fitting)[:ALTERNATIVES_MAX]
        found = [abs(one.starts_at - asked) // timedelta(hours=1) for one in near]
        assert found == expected


ZONES = ["America/Chicago", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe",
         "America/Havana", "Asia/Beirut", "Pacific/Apia", "UTC"]  # fmt: skip


@given(st.dates(date(2011, 1, 1), date(2030, 1, 1)), st.sampled_from(ZONES))
def test_days_of_a_venue_meet_at_midnight_and_miss_no_instant(day: date, zone: str) -> None:
    begins, ends = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    assert begins <= ends
    assert ends - begins in {timedelta(hours=hours) for hours in (0, 23, 23.5, 24, 24.5, 25)}, (
        "a day may be longer, shorter, or (once, in Apia) not take place"
    )
    if begins < ends:
        for instant in (begins, ends - timedelta(microseconds=1)):
            assert instant.astimezone(ZoneInfo(zone)).date() == day


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    st.timedeltas(timedelta(microseconds=1), timedelta(days=5)),
)
def test_the_days_of_utc_cover_a_span_and_no_more(first: datetime, length: timedelta) -> None:
    days = list(utc_days(first, first + length))
    assert days == sorted(set(days))
    assert datetime.combine(days[0], time(), UTC) <= first
    assert first + length <= datetime.combine(days[-1] + timedelta(days=1), time(), UTC)
    assert datetime.combine(days[-1], time(), UTC) < first + length


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2027, 3, 28), 23),
        ("Europe/London", date(2027, 10, 31), 25),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("America/Havana", date(2027, 3, 14), 23),
    ],
)
async def test_a_day_whose_clocks_change_has_all_its_slots_and_no_others(
    zone: str, day: date, hours: float, app: Application, business: Business
) -> None:
    begins = midnight(day, zone)
    business = await business.change(book_ahead_days=365)
    await business.slots(60, starts_in=begins - timedelta(hours=2) - app.clock.now())
    shown = await app.availability.on_days(business.offering, day, day, zone=zone)
    assert len(shown.slots) == 2 * hours
    assert {slot.starts_at.astimezone(ZoneInfo(zone)).date() for slot in shown.slots} == {day}

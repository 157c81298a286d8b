"""The calendar of staff: what it shows, and what is done with one of its times."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.gate import Gate, sell, tick
from tests.builders.schedules import added, slots_of
from tests.builders.statement_counts import added as added_statements
from tests.builders.statement_counts import statements

from fullhouse.booking.limits import CALENDAR_SLOTS_MAX, UNDO_SECONDS
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application

SOON = timedelta(minutes=30)
STATEMENTS_MAX = 9
NOTICES_MAX = 200
WEEK = "calendar?date=2027-06-14"


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def owner(api: ApiClient) -> Gate:
    return Gate(api, await api.staff_cookie())


async def scheduled(app: Application, business: Business) -> tuple[SlotId, SlotId]:
    """Two times of a schedule, on Monday at ten and eleven, with ten places each."""
    await added(app, business)
    first, second, *_ = await slots_of(app)
    return first[0], second[0]


async def remaining(api: ApiClient, slot: SlotId) -> object:
    """The public availability of a slot: its places, or its state when it is closed."""
    path = "/offerings/sunflowers/availability?from=2027-06-14&to=2027-06-14"
    slots = (await api.get(path)).json["slots"]
    assert isinstance(slots, list)
    (found,) = [one for one in slots if one["id"] == str(slot)]
    return found["remaining"] if found["state"] == "open" else found["state"]


async def shows(api: ApiClient, slot: SlotId, places: object) -> bool:
    """Whether guests soon see so many places: the ledger's notification is a moment behind."""
    for _ in range(NOTICES_MAX):
        if await remaining(api, slot) == places:
            return True
        await asyncio.sleep(0.01)
    return False


def figures(page: str) -> list[str]:
    return re.findall(r'"visually-hidden">([^<]*: \d+/\d+, [^<]*)<', page)


async def test_week_and_day_show_each_time_with_its_figure_and_word(
    app: Application, business: Business, owner: Gate
) -> None:
    first, second = await business.slots(2, capacity=4, starts_in=timedelta(days=2))
    await sell(app, first, "Ada Lovelace", business)
    for name in ("Bea Cantor", "Cem Dirac"):
        await sell(app, second, name, business)
    for view in ("week", "day"):
        shown = figures(await owner.get(f"calendar?view={view}&date=2027-06-14"))
        assert shown == [
            "09:00, Sunflower morning: 2/4, more than half taken",
            "09:30, Sunflower morning: 4/4, full",
        ]


async def test_month_shows_what_its_days_come_to(
    app: Application, business: Business, owner: Gate
) -> None:
    slots = await business.slots(3, capacity=4, starts_in=timedelta(days=2))
    await sell(app, slots[0], "Ada Lovelace", business)
    page = await owner.get("calendar?view=month&date=2027-06-01")
    assert figures(page) == ["Monday 14 June: 2/12, much room"]
    assert "June 2027" in page
    assert 'href="/admin/meadow/calendar?view=day&amp;date=2027-06-14"' in page


async def test_calendar_shows_one_offering_or_all_and_explains_when_there_is_nothing(
    business: Business, owner: Gate
) -> None:
    await business.a_slot(starts_in=timedelta(days=2))
    chosen = business.offering.offering_id
    assert len(figures(await owner.get(f"{WEEK}&offering={chosen}"))) == 1
    unknown = await owner.get(f"{WEEK}&offering={business.org_id}")
    assert "There are no times here" in unknown
    assert "There are no times here" in await owner.get("calendar?date=2028-01-01")


@pytest.mark.parametrize("query", ["view=year", "date=never", "offering=none", "date=9999-12-31"])
async def test_address_that_makes_no_sense_shows_a_calendar_all_the_same(
    owner: Gate, query: str
) -> None:
    assert "data-calendar" in await owner.get(f"calendar?{query}")


async def test_week_of_too_many_times_shows_days_and_takes_few_statements(
    app: Application, business: Business, owner: Gate
) -> None:
    await business.slots(CALENDAR_SLOTS_MAX + 1, minutes=5, starts_in=timedelta(days=2))
    await owner.get(WEEK)
    for path in (WEEK, "calendar?view=month&date=2027-06-14", "calendar?view=day&date=2027-06-14"):
        before = statements(app)
        page = await owner.get(path)
        assert len(added_statements(before, statements(app))) <= STATEMENTS_MAX
        assert len(page) < 200_000
    assert "There are too many times" in await owner.get(WEEK)


async def test_panel_shows_figures_and_guests_by_surname(
    app: Application, business: Business, owner: Gate
) -> None:
    slot = await business.a_slot(starts_in=timedelta(days=2))
    for name in ("Zoe Adams", "Ana Young"):
        await sell(app, slot, name, business, phone="+442079460999")
    await app.directory.slug_at("example.org")  # all domains are read, once a minute
    before = statements(app)
    page = await owner.get(f"calendar/slots/{slot}")
    assert len(added_statements(before, statements(app))) <= STATEMENTS_MAX
    assert page.index("Zoe Adams") < page.index("Ana Young")
    assert "tel:+442079460999" in page
    assert re.findall(r"<dd>(\d+)</dd>", page) == ["4", "0", "6", "10"]


async def test_time_is_closed_and_opened_and_guests_see_it_at_once(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, other = await scheduled(app, business)
    assert await shows(api, slot, 10)
    closed = await owner.post(f"calendar/slots/{slot}/close", reason="Thunderstorm")
    assert closed.status == 303
    assert await remaining(api, slot) == "closed"
    assert await shows(api, other, 10), "no other time is closed"
    page = await owner.get(f"calendar/slots/{slot}")
    assert "closed: Thunderstorm" in page
    await app.scheduling.materialise_slots(business.org_id, business.offering.offering_id)
    assert await remaining(api, slot) == "closed", "also after the nightly upkeep"
    assert (await owner.post(f"calendar/slots/{slot}/open")).status == 303
    assert await shows(api, slot, 10)


async def test_guests_of_a_closed_time_are_told_if_wanted(
    app: Application, business: Business, owner: Gate
) -> None:
    slot, other = await scheduled(app, business)
    await sell(app, slot, "Ada Lovelace", business)
    await sell(app, other, "Bea Cantor", business)
    await owner.post(f"calendar/slots/{slot}/close", reason="Hail", tell="yes")
    await owner.post(f"calendar/slots/{other}/close", reason="Hail")
    async with app.database.unrestricted.session() as session:
        told = await session.connection.fetch("SELECT remedy FROM closure_notice")
    assert [row["remedy"] for row in told] == ["move"]


async def test_closing_needs_a_reason_and_a_time_to_come(
    app: Application, business: Business, owner: Gate
) -> None:
    slot, _ = await scheduled(app, business)
    unsaid = await owner.post(f"calendar/slots/{slot}/close", reason="  ")
    assert unsaid.status == 409
    assert "Say in a sentence why" in unsaid.body.decode()
    gone = await business.a_slot(starts_in=timedelta(hours=-2))
    over = await owner.post(f"calendar/slots/{gone}/close", reason="Hail")
    assert over.status == 409
    assert "can no longer be booked" in over.body.decode()


async def test_time_that_is_closed_with_others_is_not_opened_alone(
    app: Application, business: Business, owner: Gate
) -> None:
    slot = await business.a_slot(starts_in=timedelta(days=2))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET state = 'closed', reason = 'Hail'")
    refused = await owner.post(f"calendar/slots/{slot}/open")
    assert refused.status == 409
    assert "closed together with others" in refused.body.decode()


async def test_places_are_added_and_taken_away_but_never_below_what_is_sold(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, _ = await scheduled(app, business)
    await sell(app, slot, "Ada Lovelace", business)
    assert await shows(api, slot, 8)
    more = await owner.post(f"calendar/slots/{slot}/capacity", capacity="15", was="10")
    assert more.status == 303
    assert await shows(api, slot, 13)
    stale = await owner.post(f"calendar/slots/{slot}/capacity", capacity="11", was="10")
    assert stale.status == 409
    assert "changed the places to 15 meanwhile" in stale.body.decode()
    below = await owner.post(f"calendar/slots/{slot}/capacity", capacity="1", was="15")
    assert below.status == 409
    assert "2 places are taken already." in below.body.decode()
    huge = await owner.post(f"calendar/slots/{slot}/capacity", capacity="15", was="9" * 18)
    assert (huge.status, "meanwhile" in huge.body.decode()) == (409, True)
    none = await owner.post(f"calendar/slots/{slot}/capacity", capacity="many")
    assert none.status == 409
    assert await shows(api, slot, 13)


async def test_second_of_two_who_change_the_places_at_once_is_told(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, _ = await scheduled(app, business)
    path = f"calendar/slots/{slot}/capacity"
    async with asyncio.TaskGroup() as group:
        both = [
            group.create_task(owner.post(path, capacity=places, was="10"))
            for places in ("12", "15")
        ]
    answers = [task.result() for task in both]
    assert sorted(answer.status for answer in answers) == [303, 409]
    won = "12" if answers[0].status == 303 else "15"
    told = next(answer for answer in answers if answer.status == 409).body.decode()
    assert f"changed the places to {won} meanwhile" in told
    assert f'name="was" value="{won}"' in told
    assert await shows(api, slot, int(won))


async def test_program_changes_the_places_only_while_they_are_as_it_has_seen(
    business: Business, api: ApiClient
) -> None:
    path = f"/slots/{await business.a_slot(capacity=9)}/capacity"
    late = {"capacity": 12, "expected_capacity": 4}
    told = await api.ask("PUT", path, json=late, key=api.key)
    assert (told.status, told.code) == (409, "changed_meanwhile")
    seen = await api.ask("PUT", path, json={**late, "expected_capacity": 9}, key=api.key)
    assert (seen.status, seen.json["capacity"]) == (200, 12)


async def test_caller_is_booked_from_the_panel(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, _ = await scheduled(app, business)
    path = f"calendar/slots/{slot}/book"
    form = {"slot": str(slot), "party": "4", "name": "Ada Lovelace", "submission_id": "one"}
    for _ in range(2):
        assert (await owner.post(path, **form)).status == 303
    assert await shows(api, slot, 6)
    full = await owner.post(path, **{**form, "party": "9", "submission_id": "two"})
    assert full.status == 409
    assert "no longer has room for" in full.body.decode()
    wrong = await owner.post(path, **{**form, "party": "0"})
    assert wrong.status == 422
    assert "Enter a number of guests" in wrong.body.decode()


async def test_booking_is_moved_and_moved_back_within_a_minute(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, other = await scheduled(app, business)
    ref = await sell(app, slot, "Ada Lovelace", business)
    moved = await owner.post(f"calendar/slots/{slot}/move", ref=ref, to=str(other))
    assert moved.status == 303
    assert await shows(api, slot, 10)
    assert await shows(api, other, 8)
    page = await owner.get(moved.headers["location"].removeprefix("/admin/meadow/"))
    assert "Ada Lovelace: Moved to" in page
    undone = await owner.post(f"calendar/slots/{other}/undo", ref=ref)
    assert undone.status == 303
    assert str(slot) in undone.headers["location"]
    assert await shows(api, slot, 8)
    assert await shows(api, other, 10)
    await owner.post(f"calendar/slots/{other}/move", ref=ref)
    assert await shows(api, other, 8), "a script drops it on the time itself"
    tick(app, timedelta(seconds=UNDO_SECONDS + 1))
    late = await owner.post(f"calendar/slots/{other}/undo", ref=ref)
    assert late.status == 409
    assert "too late to undo" in late.body.decode()


async def test_booking_is_not_moved_to_a_time_that_is_full_closed_over_or_another_offering(
    app: Application, business: Business, owner: Gate
) -> None:
    slot, full, shut = await business.slots(3, capacity=2, starts_in=timedelta(hours=2))
    over = await business.a_slot(starts_in=timedelta(hours=-2))
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    foreign = await other.a_slot()
    ref = await sell(app, slot, "Ada Lovelace", business)
    await sell(app, full, "Bea Cantor", business)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE slot SET state = 'closed', reason = 'Hail' WHERE slot_id = $1", shut
        )
    for target, text in (
        (full, "has just been taken"),
        (shut, "is closed. Hail"),
        (over, "can no longer be booked"),
        (slot, "The booking is like that already."),
    ):
        refused = await owner.post(f"calendar/slots/{slot}/move", ref=ref, to=str(target))
        assert (refused.status, text in refused.body.decode()) == (409, True), text
    assert (await owner.post(f"calendar/slots/{slot}/move", ref=ref, to=str(foreign))).status == 404
    assert (await owner.post(f"calendar/slots/{slot}/move", ref="NOBODY42")).status == 404
    view = await app.bookings.by_ref(business.org_id, ref)
    assert view is not None
    assert view.booking.slots == [slot]


async def test_two_who_move_one_booking_at_once_do_not_both_succeed(
    app: Application, business: Business, api: ApiClient, owner: Gate
) -> None:
    slot, other = await scheduled(app, business)
    third = (await slots_of(app))[2][0]
    ref = await sell(app, slot, "Ada Lovelace", business)
    colleague = Gate(api, await api.staff_cookie("Bea"))
    async with asyncio.TaskGroup() as group:
        mine = group.create_task(owner.post(f"calendar/slots/{other}/move", ref=ref))
        theirs = group.create_task(colleague.post(f"calendar/slots/{third}/move", ref=ref))
    assert {mine.result().status, theirs.result().status} <= {303, 409}
    left = [slot_[2] for slot_ in await slots_of(app)]
    assert left
    async with app.database.unrestricted.session() as session:
        taken = await session.connection.fetchval("SELECT sum(booked) FROM slot")
    assert taken == 2, "its places are in one time"


async def test_acts_need_their_permissions_and_the_organisation(
    app: Application, business: Business, api: ApiClient
) -> None:
    slot, _ = await scheduled(app, business)
    staff = Gate(api, await api.staff_cookie("Bea", role="staff"))
    assert "Close this time" not in await staff.get(f"calendar/slots/{slot}")
    for act in ("close", "open", "capacity"):
        assert (await staff.post(f"calendar/slots/{slot}/{act}", reason="Hail")).status == 403
    customer = Gate(api, await api.staff_cookie("Cem", role="customer"))
    for act in ("move", "undo", "book"):
        assert (await customer.post(f"calendar/slots/{slot}/{act}")).status == 403
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    foreign = await other.a_slot(starts_in=SOON)
    owner = Gate(api, await api.staff_cookie())
    for act in ("close", "open", "capacity", "move", "undo", "book"):
        answer = await owner.post(f"calendar/slots/{foreign}/{act}", reason="Hail", capacity="1")
        assert answer.status == 404, act
    path = f"//admin/{api.org}/calendar/slots/{foreign}"
    assert (await api.ask("GET", path, headers=owner.cookie)).status == 404
    answer = await api.ask("GET", f"//admin/{api.org}/calendar/slots/none")
    assert answer.headers["location"].startswith("/admin/sign-in")

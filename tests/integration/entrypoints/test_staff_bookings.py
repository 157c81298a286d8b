"""Bookings that staff make at the gate or on the telephone."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.gate import Gate, close, names, sell, tick

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application

SOON = timedelta(minutes=30)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def gate(api: ApiClient) -> Gate:
    return Gate(api, await api.staff_cookie(role="staff"))


async def test_walk_in_without_a_name_or_address_is_booked_and_checked_in(
    business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=timedelta(minutes=-5), capacity=4)
    page = await gate.get("today?new=1")
    assert 'name="arrived" value="yes" checked' in page
    answer = await gate.book(slot, arrived="yes")
    assert answer.status == 303, answer.body
    page = await gate.get("today")
    assert names(page) == ["Walk-in"]
    assert "2 of 2 arrived" in page
    assert (await gate.book(slot)).status == 303, "one without an address is nobody's duplicate"
    assert names(await gate.get()) == ["Walk-in", "Walk-in"]


async def test_form_that_is_sent_twice_books_once(business: Business, gate: Gate) -> None:
    slot = await business.a_slot(starts_in=SOON)
    for _ in range(2):
        answer = await gate.book(slot, name="Ada Lovelace", submission_id="one")
        assert answer.status == 303
    assert names(await gate.get()) == ["Ada Lovelace"]


async def test_form_that_is_gone_back_to_books_the_next_party(
    business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    for name in ("Ada Lovelace", "Grace Hopper"):
        answer = await gate.book(slot, name=name, submission_id="one")
        assert answer.status == 303, answer.body
    assert sorted(names(await gate.get())) == ["Ada Lovelace", "Grace Hopper"]


async def test_what_was_just_booked_is_undone_by_whoever_booked_it(
    business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    answer = await gate.book(slot, name="Ada Lovelace")
    page = await gate.get(answer.headers["location"].removeprefix("/admin/meadow/"))
    ref = re.search(r'name="unbook" value="(\w+)"', page)
    assert ref is not None
    assert "Ada Lovelace is booked, 2 people." in page
    colleague = Gate(gate.api, await gate.api.staff_cookie("Bea", role="staff"))
    await colleague.press("unbook", ref[1])
    assert names(await gate.get()) == ["Ada Lovelace"], "by nobody else"
    await gate.press("unbook", ref[1])
    assert names(await gate.get()) == []


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"party": "0"}, "Enter a number of guests from 1 to 500"),
        ({"party": "many"}, "Enter a number of guests from 1 to 500"),
        ({"email": "ada@"}, "Enter an e-mail address like name@example.com"),
        ({"phone": "12"}, "Enter a phone number like"),
        ({"name": "win.example.com"}, "Enter only your name"),
    ],
)
async def test_form_says_what_is_wrong_and_keeps_what_was_typed(
    business: Business, gate: Gate, form: dict[str, str], problem: str
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    await business.a_slot(starts_in=timedelta(hours=2))
    answer = await gate.book(slot, **{"name": "Ada Lovelace", **form})
    assert answer.status == 422
    body = answer.body.decode()
    assert problem in body
    assert all(f'value="{typed}"' in body for typed in form.values())
    assert f'value="{slot}" selected' in body


async def test_staff_book_more_than_guests_may_but_never_more_than_there_is_room(
    business: Business, gate: Gate
) -> None:
    small, large = await business.slots(2, starts_in=SOON, capacity=30)
    assert (await gate.book(small, party="29")).status == 303, "guests may book ten"
    refused = await gate.book(small, party="2", name="Ada Lovelace")
    assert refused.status == 409
    body = refused.body.decode()
    assert "no longer has room for" in body
    assert f"slot={large}" in body, "another time is offered"
    assert 'value="Ada Lovelace"' in body
    assert "29 of 30 places sold" in body


async def test_two_members_of_staff_cannot_both_sell_the_last_place(
    business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON, capacity=3)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gate.book(slot)) for _ in range(4)]
    assert sorted(task.result().status for task in tasks) == [303, 409, 409, 409]


async def test_closed_time_is_booked_only_when_staff_insist(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    await close(app, business, "Thunderstorm")
    refused = await gate.book(slot, name="Ada Lovelace")
    assert refused.status == 409
    assert "Thunderstorm" in refused.body.decode()
    assert 'name="insist"' in refused.body.decode()
    assert (await gate.book(slot, name="Ada Lovelace", insist="yes")).status == 303


async def test_guest_with_a_booking_nearby_is_booked_again_only_when_staff_insist(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    ref = await sell(app, slot, "Ada Lovelace", business, email="ada@example.org")
    refused = await gate.book(slot, name="Ada", email="ada@example.org")
    assert refused.status == 409
    assert f"bookings/{ref}" in refused.body.decode()
    again = await gate.book(slot, name="Ada", email="ada@example.org", insist="yes")
    assert again.status == 303


async def test_time_that_is_over_or_unknown_is_not_booked(
    app: Application, business: Business, gate: Gate
) -> None:
    slot = await business.a_slot(starts_in=SOON)
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    foreign = await other.a_slot(starts_in=SOON)
    assert (await gate.book(foreign)).status == 422
    assert (await gate.book(SlotId(app.ids.uuid()))).status == 422
    tick(app, timedelta(hours=2))
    refused = await gate.book(slot)
    assert refused.status == 409
    assert "can no longer be booked" in refused.body.decode()
    assert names(await gate.get()) == []

"""The waiting list for staff: who waits, offer places, remove."""

import re
from collections.abc import AsyncIterator, Mapping
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_customer, a_guest
from tests.builders.html_text import visible_text
from tests.builders.statement_counts import added, statements

from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import waiting_list_position
from fullhouse.booking.reads.waiting import EntrySearch, open_entries
from fullhouse.bootstrap.application import Application

NAMES = ("Ada Lovelace", "Emmy Noether", "Grace Hopper")


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def cookie(api: ApiClient) -> Mapping[str, str]:
    return await api.staff_cookie()


async def full_slots(app: Application, business: Business) -> list[SlotId]:
    """Two full slots of one day. Ada and Grace wait for the first, Emmy for any time of it."""
    slots = await business.slots(2, capacity=2)
    for slot in slots:
        request = a_booking_of(slot, party=2, allow_duplicate=True)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    for name in NAMES:
        waiting = WaitingRequest(slots[0], 2, a_customer(name), any_time=name == "Emmy Noether")
        await app.booking.join_waiting_list(business.org_id, waiting, context=a_guest())
    return slots


async def ask(api: ApiClient, cookie: Mapping[str, str], path: str, method: str = "GET") -> Answer:
    return await api.ask(method, f"//admin/{api.org}/waiting-list{path}", headers=cookie)


async def entry(api: ApiClient, cookie: Mapping[str, str], name: str) -> str:
    text = (await ask(api, cookie, "")).body.decode()
    found = re.search(rf'waiting-list/([0-9a-f-]+)">{name}<', text)
    assert found is not None
    return found.group(1)


async def make_room(app: Application, slot: SlotId, places: int) -> None:
    async with app.database.session() as session:
        await session.connection.execute(
            "UPDATE slot SET capacity = capacity + $2 WHERE slot_id = $1", slot, places
        )


async def test_list_says_who_waits_for_what_at_which_place(
    api: ApiClient, app: Application, business: Business, cookie: Mapping[str, str]
) -> None:
    assert "No one waits." in (await ask(api, cookie, "")).body.decode()
    await full_slots(app, business)
    text = visible_text((await ask(api, cookie, "")).body.decode())
    for place, name in enumerate(NAMES, 1):
        assert re.search(rf"{name} .*?place {place} in line", text), text
    assert "any time" in text
    found = (await ask(api, cookie, "?q=emmy")).body.decode()
    assert "Emmy Noether" in found
    assert "Grace Hopper" not in found
    assert "Grace Hopper" not in (await ask(api, cookie, "?status=offered")).body.decode()
    other = f"?offering={UUID(int=1)}"
    assert "Grace Hopper" not in (await ask(api, cookie, other)).body.decode()


async def test_place_in_line_is_the_one_that_the_guest_is_told(
    app: Application, business: Business, api: ApiClient
) -> None:
    first, second = await full_slots(app, business)
    request = WaitingRequest(second, 2, a_customer("Mary Anning"))
    await app.booking.join_waiting_list(business.org_id, request, context=a_guest())
    async with app.database.session() as session:
        found = await open_entries(session, business.org_id, EntrySearch(now=app.clock.now()))
        assert len(found) == 4
        for row in found:
            told = await waiting_list_position(session, business.org_id, row.entry_id)
            assert row.place == told, row.customer_name
    assert first != second
    assert api.org


async def test_places_are_offered_in_order_and_never_too_many(
    api: ApiClient, app: Application, business: Business, cookie: Mapping[str, str]
) -> None:
    slot, _ = await full_slots(app, business)
    grace = await entry(api, cookie, "Grace Hopper")
    refused = await ask(api, cookie, f"/{grace}/offer", "POST")
    assert refused.status == 409
    assert "others are before in line" in refused.body.decode()
    await make_room(app, slot, 2)
    assert (await ask(api, cookie, f"/{grace}/offer", "POST")).status == 409
    text = visible_text((await ask(api, cookie, "")).body.decode())
    assert re.search(r"Ada Lovelace .*?offered until", text)
    assert re.search(r"Grace Hopper .*?place 2 in line", text)
    await make_room(app, slot, 4)
    assert (await ask(api, cookie, f"/{grace}/offer", "POST")).status == 303
    assert (await ask(api, cookie, f"/{grace}/offer", "POST")).status == 303
    async with app.database.session() as session:
        taken = await session.connection.fetchval("SELECT max(booked + held - capacity) FROM slot")
    assert taken == 0


async def test_removed_party_leaves_and_its_offer_ends(
    api: ApiClient, app: Application, business: Business, cookie: Mapping[str, str]
) -> None:
    slot, _ = await full_slots(app, business)
    await make_room(app, slot, 2)
    ada = await entry(api, cookie, "Ada Lovelace")
    assert (await ask(api, cookie, f"/{ada}/offer", "POST")).status == 303
    assert "Joined the waiting list" in (await ask(api, cookie, f"/{ada}")).body.decode()
    answer = await ask(api, cookie, f"/{ada}/remove", "POST")
    assert answer.status == 303
    assert answer.headers["location"].endswith("/waiting-list?done=remove&count=1")
    text = (await ask(api, cookie, "?done=remove&count=1")).body.decode()
    assert "1 party is no longer on the waiting list." in text
    assert "Ada Lovelace" not in text
    assert (await ask(api, cookie, f"/{ada}")).status == 404


@pytest.mark.parametrize("key", [str(UUID(int=5)), "x"])
async def test_unknown_entry_is_not_found(
    api: ApiClient, cookie: Mapping[str, str], key: str
) -> None:
    assert (await ask(api, cookie, f"/{key}")).status == 404
    for verb in ("offer", "remove"):
        assert (await ask(api, cookie, f"/{key}/{verb}", "POST")).status == 404


async def test_list_takes_few_statements(
    api: ApiClient, app: Application, business: Business, cookie: Mapping[str, str]
) -> None:
    await full_slots(app, business)
    await ask(api, cookie, "")
    before = statements(app)
    await ask(api, cookie, "")
    run = added(before, statements(app))
    assert sorted(run) == [
        "booking.offerings_of",
        "booking.open_entries",
        "people.account_session_by_token",
        "people.saved_views",
    ]

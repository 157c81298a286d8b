"""One client cannot hold the whole season: its holds, its places and its waiting are limited."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from tests.builders.api_client import Answer, ApiClient, Json, a_booking_body, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.statement_counts import added, statements

from fullhouse.booking.limits import (
    HELD_PLACES_PER_CLIENT_MAX,
    HOLDS_PER_CLIENT_MAX,
    SLOTS_PER_BOOKING_MAX,
)
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import ManualClock
from fullhouse.settings import Settings

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOLD_SECONDS = 600


def a_hold(*slots: SlotId, party: int = 2) -> Json:
    return {"slots": [str(slot) for slot in slots], "party": party}


async def held_places(app: Application) -> int:
    async with app.database.unrestricted.session() as session:
        found = await session.connection.fetchval("SELECT coalesce(sum(held), 0) FROM slot")
    assert isinstance(found, int)
    return found


async def clients(app: Application) -> list[tuple[str, str]]:
    """Every fingerprint that is stored, with the status of its row."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            """SELECT client::text AS client, status FROM booking WHERE client IS NOT NULL
            UNION ALL
            SELECT client::text, status FROM waiting_list_entry WHERE client IS NOT NULL"""
        )
    return [(row["client"], row["status"]) for row in rows]


@pytest.fixture
async def second(
    database_url: str, clock: ManualClock, business: Business
) -> AsyncIterator[ApiClient]:
    """Another web process on the same database."""
    async with open_application(Settings(), database_url, name="second", clock=clock) as other:
        api = await an_api_client(other, business)
        async with api.client:
            yield api


async def test_one_client_holds_no_more_places_than_the_limit_however_it_asks(
    api: ApiClient, second: ApiClient, clock: ManualClock
) -> None:
    """As an attacker did with a whole season: many slots a request, the largest party."""
    slots = await api.business.slots(400, capacity=10)
    refused: list[Answer] = []
    for start in range(0, len(slots), SLOTS_PER_BOOKING_MAX):
        clock.advance(timedelta(milliseconds=100))
        group = slots[start : start + SLOTS_PER_BOOKING_MAX]
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(one.post("/holds", a_hold(*group[half::2], party=10)))
                for half, one in enumerate((api, second))
            ]
        refused += [one.result() for one in asked if one.result().status != 201]
    assert await held_places(api.app) <= HELD_PLACES_PER_CLIENT_MAX
    assert await held_places(api.app) >= HELD_PLACES_PER_CLIENT_MAX - 60, "it is no lower either"
    assert {(one.status, one.code) for one in refused} == {(429, "too_many_holds")}
    assert 0 < int(refused[0].headers["retry-after"]) <= HOLD_SECONDS


async def test_one_client_has_no_more_holds_than_the_limit_until_they_end(
    api: ApiClient, clock: ManualClock
) -> None:
    slots = await api.business.slots(HOLDS_PER_CLIENT_MAX + 1)
    holds = [await api.post("/holds", a_hold(slot, party=1)) for slot in slots]
    assert [one.status for one in holds] == [201] * HOLDS_PER_CLIENT_MAX + [429]
    assert holds[-1].json["holds"] == HOLDS_PER_CLIENT_MAX
    released = await api.ask("DELETE", f"/holds/{holds[0].json['id']}")
    assert released.status == 204
    assert (await api.post("/holds", a_hold(slots[-1], party=1))).status == 201
    clock.advance(timedelta(seconds=HOLD_SECONDS + 1))
    assert (await api.post("/holds", a_hold(slots[0], party=1))).status == 201


async def test_thirty_families_behind_one_address_can_hold_and_book(api: ApiClient) -> None:
    slots = await api.business.slots(30)
    for number, slot in enumerate(slots):
        hold = await api.post("/holds", a_hold(slot, party=5))
        assert hold.status == 201
        customer = {"name": "Ada Lovelace", "email": f"family{number}@example.org"}
        booked = await api.post("/bookings", {"hold": hold.json["id"], "customer": customer})
        assert booked.status == 201
    assert await clients(api.app) == [], "a booking has no fingerprint of its client"
    held = [await api.post("/holds", a_hold(slot, party=5)) for slot in slots]
    assert {one.status for one in held} == {201}, "or all of them at the same time"


async def test_other_clients_staff_and_keys_are_not_in_its_way(api: ApiClient) -> None:
    slots = await api.business.slots(HOLDS_PER_CLIENT_MAX + 3)
    for slot in slots[:HOLDS_PER_CLIENT_MAX]:
        await api.post("/holds", a_hold(slot, party=1))
    assert (await api.post("/holds", a_hold(slots[-1]))).status == 429
    assert (await api.post("/holds", a_hold(slots[-1]), key=api.key)).status == 201
    assert (await api.from_elsewhere().post("/holds", a_hold(slots[-2]))).status == 201
    assert len({client for client, _ in await clients(api.app)}) == 2


async def test_waiting_counts_as_held_and_one_client_waits_once_for_a_slot(
    api: ApiClient, business: Business
) -> None:
    slots = await business.slots(HOLDS_PER_CLIENT_MAX + 2, capacity=10)
    full = slots[0]
    await api.app.booking.place_booking(
        business.org_id, a_booking_of(full, party=10), context=a_guest()
    )
    first = await api.post("/waiting-list", a_booking_body(full, name="First Guest"))
    assert first.status == 201
    again = await api.post("/waiting-list", a_booking_body(full, name="Another Guest"))
    assert (again.status, again.code) == (409, "client_waits_already")
    same = await api.post("/waiting-list", a_booking_body(full, name="First Guest"))
    assert (same.status, same.json["id"]) == (200, first.json["id"])
    joined = [
        await api.post("/waiting-list", a_booking_body(slot, name=f"Guest {number}"))
        for number, slot in enumerate(slots[1:])
    ]
    assert [one.status for one in joined] == [201] * (HOLDS_PER_CLIENT_MAX - 1) + [429] * 2
    assert (await api.post("/holds", a_hold(slots[-1]))).status == 429
    assert (await api.ask("DELETE", f"/waiting-list/{first.json['id']}", key=api.key)).status == 204
    assert (await api.post("/holds", a_hold(slots[-1]))).status == 201


async def test_an_offer_counts_once_and_the_fingerprint_goes_with_the_entry(
    api: ApiClient, business: Business
) -> None:
    slot = await business.a_slot(capacity=4)
    entry = await api.post("/waiting-list", a_booking_body(slot, party=4))
    assert entry.status == 201
    context = a_guest()
    assert await api.app.booking.offer_freed_places(business.org_id, slot, context=context) == 1
    assert [status for _, status in await clients(api.app)] == ["offered"]
    assert (await api.ask("DELETE", f"/waiting-list/{entry.json['id']}", key=api.key)).status == 204
    assert await clients(api.app) == []


async def test_a_hold_of_a_slot_that_runs_low_ends_in_half_the_time(
    api: ApiClient, clock: ManualClock
) -> None:
    plenty, low = await api.business.slots(2, capacity=20)
    await api.book(low, party=9)
    await api.book(low, party=8, name="Grace Hopper")
    holds = [await api.post("/holds", a_hold(slot, party=1)) for slot in (plenty, low)]
    while _seconds(holds[1], clock) == HOLD_SECONDS:  # until the bookings have been heard of
        await asyncio.sleep(0.02)
        holds[1] = await api.post("/holds", a_hold(low, party=1))
    assert [_seconds(hold, clock) for hold in holds] == [HOLD_SECONDS, HOLD_SECONDS // 2]


def _seconds(hold: Answer, clock: ManualClock) -> float:
    ends = datetime.fromisoformat(str(hold.json["expires_at"]))
    return (ends - clock.now()).total_seconds()


async def test_a_browser_has_one_hold_of_an_offering(api: ApiClient) -> None:
    first, second = await api.business.slots(2, capacity=10)

    async def choose(slot: SlotId, party: int, cookie: str = "") -> Answer:
        return await api.ask(
            "POST",
            "//meadow/sunflowers/holds",
            content=f"slot={slot}&party={party}".encode(),
            headers={**FORM, "Cookie": cookie} if cookie else FORM,
        )

    chosen = await choose(first, 4)
    assert chosen.status == 303
    cookie = chosen.headers["set-cookie"].partition(";")[0]
    assert "Path=/meadow/sunflowers/holds;" in chosen.headers["set-cookie"]
    same = await choose(first, 4, cookie)
    assert same.headers["location"] == chosen.headers["location"]
    assert await held_places(api.app) == 4
    more = await choose(first, 9, cookie)
    assert more.headers["location"] != chosen.headers["location"]
    assert await held_places(api.app) == 9, "its own places were not in its way"
    cookie = more.headers["set-cookie"].partition(";")[0]
    other = await choose(second, 2, cookie)
    assert other.status == 303
    assert await held_places(api.app) == 2
    assert (await choose(first, 2, "held=nonsense")).status == 303


async def test_the_page_says_what_to_do_when_too_much_is_held(api: ApiClient) -> None:
    slots = await api.business.slots(HOLDS_PER_CLIENT_MAX + 1)
    for slot in slots[:-1]:
        await api.post("/holds", a_hold(slot, party=1))
    content = f"slot={slots[-1]}&party=1".encode()
    page = await api.ask("POST", "//meadow/sunflowers/holds", content=content, headers=FORM)
    assert page.status == 429
    assert "Too many places are reserved from your network" in page.body.decode()


async def test_a_hold_takes_one_commit_and_nothing_else(api: ApiClient) -> None:
    slots = await api.business.slots(2)
    await api.post("/holds", a_hold(slots[0]))
    before = statements(api.app)
    assert (await api.post("/holds", a_hold(slots[1]))).status == 201
    assert set(added(before, statements(api.app))) <= {
        "booking.ledger_commit",
        "booking.slot_identities",
        "booking.slots_between",
    }

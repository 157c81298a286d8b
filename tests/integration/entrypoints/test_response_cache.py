"""Whole responses from memory: to guests alone, and never one that has changed."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from tests.builders.api_client import ApiClient
from tests.builders.business import a_booking_of, a_guest

from fullhouse.http.operations.limits import RESPONSE_BYTES_MAX
from fullhouse.kernel.clock import ManualClock

PATH = "/offerings/sunflowers/availability"
WEEK = f"{PATH}?from=2027-06-19&to=2027-06-25"


def hits(api: ApiClient) -> float:
    labels = {"cache": "responses", "outcome": "hit"}
    return api.app.metrics.registry.get_sample_value("fullhouse_cache_lookups_total", labels) or 0.0


def remaining(json: dict[str, object]) -> list[int]:
    slots = cast("list[dict[str, int]]", json["slots"])
    return [slot["remaining"] for slot in slots]


async def test_guests_who_ask_the_same_share_a_response(api: ApiClient) -> None:
    await api.business.slots(2)
    first = await api.ask("GET", WEEK)
    assert hits(api) == 0
    again = await api.ask("GET", WEEK)
    assert (again.status, again.body) == (200, first.body)
    assert hits(api) == 1
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await api.ask("GET", WEEK, headers=etag)).status == 304
    assert hits(api) == 2
    assert (await api.ask("GET", f"{WEEK}&party=3")).status == 200
    assert hits(api) == 2, "another query is another response"


async def test_who_is_no_guest_has_no_part_in_it(api: ApiClient) -> None:
    await api.business.slots(2)
    for _ in range(2):
        assert (await api.get(WEEK, key=api.key)).status == 200
        assert (await api.ask("GET", WEEK, headers={"Cookie": "a=b"})).status == 200
        assert (await api.ask("HEAD", WEEK)).status == 200
        refused = await api.ask("GET", WEEK, headers={"Authorization": "Bearer fh_wrong"})
        assert refused.status == 401
    assert hits(api) == 0


async def test_a_booking_is_in_the_next_response(api: ApiClient) -> None:
    slot, _ = await api.business.slots(2, capacity=5)
    for left in (5, 4, 3):
        async with asyncio.timeout(5):  # a slow database has the old days served meanwhile
            while remaining((await api.ask("GET", WEEK)).json) != [left, 5]:  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)
        assert remaining((await api.ask("GET", WEEK)).json) == [left, 5]
        request = a_booking_of(slot, party=1, name=f"Guest {left}", allow_duplicate=True)
        await api.app.booking.place_booking(api.business.org_id, request, context=a_guest())
        api.app.changes.on_notify(
            f'["{api.business.org_id}/{api.business.offering.offering_id}/2027-06-19"]'
        )
    assert hits(api) >= 1


async def test_a_changed_offering_is_in_the_next_response(api: ApiClient) -> None:
    await api.business.slots(1)
    for _ in range(2):
        await api.ask("GET", WEEK)
    assert (await api.ask("PATCH", "/offerings/sunflowers", json={"price_amount": 777},
                          key=api.key)).status == 200  # fmt: skip
    assert b'"amount":777' in (await api.ask("GET", WEEK)).body
    withdrawn = await api.ask(
        "PATCH", "/offerings/sunflowers", json={"published": False}, key=api.key
    )
    assert withdrawn.status == 200
    assert (await api.ask("GET", WEEK)).status == 404


async def test_time_alone_makes_a_response_old(api: ApiClient, clock: ManualClock) -> None:
    await api.business.slots(1, starts_in=timedelta(hours=3))
    today = await api.ask("GET", PATH)
    assert (await api.ask("GET", PATH)).body == today.body
    clock.advance(timedelta(hours=4))
    over = await api.ask("GET", PATH)
    assert b"slot_past" in over.body
    assert b"slot_past" not in today.body
    clock.advance(timedelta(hours=20))
    assert (await api.ask("GET", PATH)).json["slots"] == []
    assert hits(api) == 1


@pytest.mark.parametrize(("slots", "served"), [(48, 1), (1_000, 0)])
async def test_a_long_response_is_not_kept_twice(api: ApiClient, slots: int, served: int) -> None:
    await api.business.slots(slots, minutes=10)
    first = await api.ask("GET", WEEK)
    assert (len(first.body) <= RESPONSE_BYTES_MAX) == bool(served)
    assert (await api.ask("GET", WEEK)).body == first.body
    assert hits(api) == served

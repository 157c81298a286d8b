"""What clients choose to ask for never decides how much memory the process keeps."""

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import msgspec
import pytest
from tests.builders.api_client import ApiClient
from tests.builders.business import Business
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.api.availability import (
    AvailabilityQuery,
    AvailabilityResource,
    CachedAvailability,
)
from fullhouse.entrypoints.api.limits import (
    AVAILABILITY_BODIES_BYTES_MAX,
    AVAILABILITY_SLOTS_PER_TOKEN,
    AVAILABILITY_SLOTS_PER_TURN,
)
from fullhouse.entrypoints.limits import OFFERINGS_PER_TOKEN
from fullhouse.entrypoints.web.limits import PAGE_SLOTS_PER_TOKEN
from fullhouse.http.operations.arguments import _query_reader
from fullhouse.http.operations.limits import QUERIES_CACHED_MAX, QUERY_BYTES_MAX
from fullhouse.http.request import Request
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.resilience.bounded import ByteBoundedMap

FIRST = date(2027, 6, 12)
"""The test's today."""
Ask = Callable[[AvailabilityQuery], Awaitable[msgspec.Struct]]


async def _no_body(_: int) -> bytes:
    return b""


def a_request(query: bytes = b"") -> Request:
    return Request("GET", "/", query, {}, "192.0.2.1", is_https=False, read_body=_no_body)


def a_resource(app: Application, *, bytes_max: int) -> AvailabilityResource:
    bodies: ByteBoundedMap[object, CachedAvailability]
    bodies = ByteBoundedMap(bytes_max, CachedAvailability.size)
    return AvailabilityResource(app.catalogue, app.availability, app.clock, bodies)


def span(first: int, days: int, party: int | None = None) -> AvailabilityQuery:
    start = FIRST + timedelta(days=first)
    return AvailabilityQuery(start, start + timedelta(days=days - 1), party)


async def test_cached_bodies_are_bounded_by_their_bytes(
    app: Application, business: Business
) -> None:
    assert (
        AvailabilityResource(app.catalogue, app.availability, app.clock).bodies.bytes_max
        == AVAILABILITY_BODIES_BYTES_MAX
        == 64 * 1024 * 1024
    )
    await business.slots(500, minutes=60)
    resource, kept = a_resource(app, bytes_max=1_000_000), 0
    for first in range(5):
        for days in range(20, 60):
            query = span(first, days, party=1 + days % 9)
            body = await resource.get_availability(business.offering, query)
            kept += len(body.response.body)
            assert resource.bodies.bytes_used <= 1_000_000
    assert kept > 10_000_000
    assert len(resource.bodies) >= 2


async def test_a_long_list_lets_the_event_loop_turn_and_short_ones_pass(
    app: Application, business: Business
) -> None:
    await business.slots(AVAILABILITY_SLOTS_PER_TURN * 6, minutes=60)
    resource, ended = a_resource(app, bytes_max=10_000_000), list[str]()

    async def ask(name: str, query: AvailabilityQuery) -> bytes:
        answer = await resource.get_availability(business.offering, query)
        ended.append(name)
        return answer.response.body

    await resource.get_availability(business.offering, span(0, 60, 9))  # reads days
    async with asyncio.TaskGroup() as group:
        long = [group.create_task(ask("long", span(0, 60, party))) for party in (1, 2, 3)]
        short = group.create_task(ask("short", span(0, 2)))
    assert ended == ["short", "long", "long", "long"]
    slots = [msgspec.json.decode(one.result())["slots"] for one in (*long, short)]
    assert [len(one) for one in slots[:3]] == [AVAILABILITY_SLOTS_PER_TURN * 6] * 3
    assert slots[1][: len(slots[3])] == [
        slot | {"price": slots[1][0]["price"]} for slot in slots[3]
    ]
    assert sorted(slots[0], key=lambda slot: str(slot["starts_at"])) == slots[0]


async def test_a_long_list_is_encoded_once_for_all_who_wait_for_it(
    app: Application, business: Business
) -> None:
    await business.slots(AVAILABILITY_SLOTS_PER_TURN * 3, minutes=60)
    resource = a_resource(app, bytes_max=10_000_000)
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(resource.get_availability(business.offering, span(0, 60, 2)))
            for _ in range(5)
        ]
    assert len({id(one.result().response) for one in asked}) == 1


async def test_a_party_that_no_offering_admits_is_no_body_of_its_own(
    app: Application, business: Business
) -> None:
    await business.a_slot()
    resource = a_resource(app, bytes_max=1_000_000)
    business = await business.change(party_min=3)
    bodies = [
        (await resource.get_availability(business.offering, span(0, 9, n))).response
        for n in (*range(1, 20), *range(400, 500))
    ]
    assert len(resource.bodies) == 10, "parties of 3 to 10, and one past each end"
    assert b"party_too_small" in bodies[0].body
    assert b"party_too_large" in bodies[-1].body
    assert b'"amount":12000' in bodies[-1].body, "the price of the nearest party admitted"


def test_decoded_queries_of_many_words_are_not_kept() -> None:
    read, org = _query_reader(AvailabilityQuery, frozenset({"from", "junk"})), msgspec.UNSET
    junk = b"x" * (QUERY_BYTES_MAX - 40)
    tracemalloc.start()
    try:
        for n in range(QUERIES_CACHED_MAX):
            request = a_request(b"from=2027-06-12&junk=%05d" % n + junk)
            assert read(request, org) == AvailabilityQuery(FIRST)  # type: ignore[arg-type]  # unread
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 200_000


async def test_a_query_of_too_many_bytes_is_refused(api: ApiClient) -> None:
    fits = f"/offerings/sunflowers/availability?junk={'x' * (QUERY_BYTES_MAX - 5)}"
    unread = await api.get(fits)
    assert (unread.status, unread.code) == (422, "invalid_input")
    refused = await api.get(fits + "x")
    assert (refused.status, refused.code) == (414, "query_too_long")
    assert refused.json["bytes_max"] == QUERY_BYTES_MAX


async def test_days_without_slots_cost_neither_a_query_nor_memory(
    app: Application, api: ApiClient, business: Business, subtests: pytest.Subtests
) -> None:
    slot = await business.a_slot()
    shown = await api.get("/offerings/sunflowers/availability?from=2027-06-12&to=2027-06-19")
    assert str(slot).encode() in shown.body
    known = app.availability.cache.known()
    before = statements(app)
    for first, last in (
        ("1980-01-01", "1980-03-01"),
        ("2026-01-01", "2026-03-02"),
        ("2028-07-01", "2028-08-01"),
        ("2195-01-01", "2195-03-01"),
    ):
        with subtests.test(first):
            path = f"/offerings/sunflowers/availability?from={first}&to={last}"
            answer = await api.get(path)
            assert (answer.status, answer.json["slots"]) == (200, [])
            assert answer.json["as_of"] == "2027-06-12T09:00:00+01:00"
    assert app.availability.cache.known() == known
    assert added(before, statements(app)) == []


async def test_an_empty_body_is_not_cached(app: Application, business: Business) -> None:
    resource = a_resource(app, bytes_max=1_000_000)
    for n in range(50):
        await resource.get_availability(business.offering, span(400 + n, 9))
    assert len(resource.bodies) == 0


async def test_an_answer_with_many_slots_costs_more_of_the_rate_limit(api: ApiClient) -> None:
    await api.business.slots(AVAILABILITY_SLOTS_PER_TOKEN * 10, minutes=60)

    async def left() -> int:
        return int((await api.get("/offerings")).headers["ratelimit-remaining"])

    few, many = "from=2027-06-19&to=2027-06-19", "from=2027-06-19&to=2027-08-10"
    before = await left()
    assert (await api.get(f"/offerings/sunflowers/availability?{few}")).status == 200
    assert before - await left() == 2
    for _ in range(2):
        before = await left()
        assert (await api.get(f"/offerings/sunflowers/availability?{many}")).status == 200
        assert before - await left() == 12, "from the cache, too"


async def test_a_client_that_asks_for_much_waits_for_no_longer_than_a_burst(
    api: ApiClient,
) -> None:
    await api.business.slots(AVAILABILITY_SLOTS_PER_TOKEN * 12, minutes=60)
    path = "/offerings/sunflowers/availability?from=2027-06-19&to=2027-08-10"
    statuses = [(await api.get(path)).status for _ in range(60)]
    assert statuses.count(200) == 600 // 13 + 1
    refused = await api.get(path)
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) <= 7
    assert refused.headers["ratelimit-remaining"] == "0"


async def test_a_page_of_many_slots_costs_more_of_the_rate_limit(api: ApiClient) -> None:
    await api.business.slots(PAGE_SLOTS_PER_TOKEN * 2, minutes=60)

    async def left() -> int:
        return int((await api.get("/offerings")).headers["ratelimit-remaining"])

    before = await left()
    page = await api.client.get(f"/{api.org}/sunflowers")
    assert page.status_code == 200
    assert before - await left() > 2


def test_forwarded_text_that_is_no_address_is_not_kept() -> None:
    proxies = TrustedProxies(("10.0.0.0/8",))
    tracemalloc.start()
    try:
        for n in range(2_000):
            forwarded = f"{n}:".encode() + b"f" * 10_000 + b", 10.0.0.2"
            client = proxies.client_address("10.0.0.1", {b"x-forwarded-for": forwarded})
            assert client == "10.0.0.2"
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 100_000


async def test_a_list_of_many_offerings_costs_more_of_the_rate_limit(api: ApiClient) -> None:
    async with api.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO offering SELECT (jsonb_populate_record(offering, jsonb_build_object("
            " 'offering_id', gen_random_uuid(), 'slug', 'more-' || n))).*"
            " FROM offering, generate_series(1, $1) AS n",
            OFFERINGS_PER_TOKEN * 4,
        )

    async def left() -> int:
        return int((await api.get("")).headers["ratelimit-remaining"])

    for path in (f"/api/v1/{api.org}/offerings", f"/{api.org}"):
        before = await left()
        assert (await api.client.get(path)).status_code == 200
        assert before - await left() == 6, path

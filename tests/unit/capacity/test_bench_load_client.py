"""The load client: closed loop without a rate, open loop with one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import msgspec
import pytest
from aiohttp import web

from fullhouse.capacity.bench.fixtures import MANY, ONE, SlotRange
from fullhouse.capacity.bench.load_client import LoadClient, LoadPlan, LoadResult, requests


@asynccontextmanager
async def a_server(
    *, stalls_seconds: float = 0.0, refuses: bool = False, closes: bool = False
) -> AsyncIterator[int]:
    began = asyncio.get_running_loop().time()

    async def answer(_request: web.Request) -> web.Response:
        stall = began + stalls_seconds - asyncio.get_running_loop().time()
        if stall > 0:
            await asyncio.sleep(stall)
        response = web.Response(status=503 if refuses else 201)
        if closes:
            response.force_close()
        return response

    app = web.Application()
    app.router.add_post("/", answer)
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def run_load(
    port: int, *, rate: float | None = None, booking: SlotRange | None = None
) -> LoadResult:
    plan = LoadPlan("127.0.0.1", port, "/", 0.5, 8, booking=booking, run="test", rate=rate)
    return await LoadClient(plan, asyncio.get_running_loop()).run()


async def test_closed_loop_sends_the_next_request_after_each_answer() -> None:
    async with a_server() as port:
        result = await run_load(port)
    assert result.succeeded > 50
    assert result.failed == 0


async def test_open_loop_sends_the_requests_that_are_due() -> None:
    async with a_server() as port:
        result = await run_load(port, rate=100, booking=MANY)
    assert result.succeeded == pytest.approx(50, abs=20), "a Poisson process of a mean of 50"
    assert result.failed == 0


async def test_latency_counts_from_the_instant_each_request_was_due() -> None:
    async with a_server(stalls_seconds=0.4) as port:
        result = await run_load(port, rate=100)
    assert result.p50_ms > 100, "half of them were due during the stall"


async def test_error_statuses_count_as_failures() -> None:
    async with a_server(refuses=True) as port:
        result = await run_load(port, rate=40)
    assert result.succeeded == 0
    assert result.refused == result.refusals == 8, "once on each connection, which rests then"
    assert result.failed >= result.refused
    assert result.refused_p99_ms > 0


async def test_answers_of_the_first_seconds_do_not_count_when_they_settle() -> None:
    async with a_server(stalls_seconds=0.8) as port:
        plan = LoadPlan("127.0.0.1", port, "/", 1.8, 8, run="test", rate=200, settle_seconds=1.2)
        result = await LoadClient(plan, asyncio.get_running_loop()).run()
    assert result.succeeded > 50
    assert 0 < result.p99_ms < 600, "the stall was over"


async def test_requests_on_connections_that_the_server_closed_fail() -> None:
    async with a_server(closes=True) as port:
        result = await run_load(port, rate=100)
    assert result.succeeded <= 8, "one on each connection"
    assert result.failed > 10


def test_each_booking_has_its_own_customer_and_a_slot_of_the_range() -> None:
    plan = LoadPlan("127.0.0.1", 80, "/", 1.0, 8, booking=ONE, run="r1")
    bodies = [
        msgspec.json.decode(request.partition(b"\r\n\r\n")[2])
        for request in islice(requests(plan), 1000)
    ]
    assert len({body["customer"]["email"] for body in bodies}) == 1000
    assert {body["slot"] for body in bodies} == {"01900000-0000-7000-8000-000000000000"}

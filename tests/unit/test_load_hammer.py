"""Our own hammer: closed when it has no pace, open when it has one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

import msgspec
import pytest
from aiohttp import web

from fullhouse.capacity.bench.farm import MANY, ONE, Slots
from fullhouse.capacity.bench.hammer import Hammer, Orders, Yield, requests


@asynccontextmanager
async def a_server(*, stalls_seconds: float = 0.0, refuses: bool = False) -> AsyncIterator[int]:
    began = asyncio.get_running_loop().time()

    async def answer(_request: web.Request) -> web.Response:
        stall = began + stalls_seconds - asyncio.get_running_loop().time()
        if stall > 0:
            await asyncio.sleep(stall)
        return web.Response(status=503 if refuses else 201)

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


async def hammer(port: int, *, pace: float | None = None, booking: Slots | None = None) -> Yield:
    orders = Orders("127.0.0.1", port, "/", 0.5, 8, booking=booking, run="test", pace=pace)
    return await Hammer(orders, asyncio.get_running_loop()).run()


async def test_without_a_pace_it_sends_as_fast_as_the_answers_come() -> None:
    async with a_server() as port:
        done = await hammer(port)
    assert done.answered > 50
    assert done.failed == 0


async def test_with_a_pace_it_sends_what_is_due_and_no_more() -> None:
    async with a_server() as port:
        done = await hammer(port, pace=100, booking=MANY)
    assert done.answered == pytest.approx(50, abs=2)


async def test_a_stall_counts_from_when_each_request_was_due() -> None:
    async with a_server(stalls_seconds=0.4) as port:
        done = await hammer(port, pace=100)
    assert done.p50_ms > 100, "half of them were due during the stall"


async def test_refusals_are_failures_here() -> None:
    async with a_server(refuses=True) as port:
        done = await hammer(port, pace=40)
    assert done.answered == 0
    assert done.failed == pytest.approx(20, abs=2)


def test_no_two_bookings_are_by_the_same_customer_and_all_are_on_the_slots_given() -> None:
    orders = Orders("127.0.0.1", 80, "/", 1.0, 8, booking=ONE, run="r1")
    bodies = [
        msgspec.json.decode(request.partition(b"\r\n\r\n")[2])
        for request in islice(requests(orders), 1000)
    ]
    assert len({body["customer"]["email"] for body in bodies}) == 1000
    assert {body["slot"] for body in bodies} == {"01900000-0000-7000-8000-000000000000"}

"""The overload client: customers that wait for a while, and come back after a refusal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from fullhouse.capacity.bench.fixtures import MANY
from fullhouse.capacity.bench.load_client import LoadPlan
from fullhouse.capacity.bench.overload_client import OverloadClient, OverloadPlan, OverloadResult
from fullhouse.capacity.bench.probe import probe_livez
from fullhouse.kernel.clock import SystemClock

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def a_server(handler: Handler) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def overload(port: int, *, seconds: float = 0.6) -> OverloadResult:
    load = LoadPlan("127.0.0.1", port, "/", seconds, 20, booking=MANY, run="test")
    plan = OverloadPlan(load, ramp_seconds=0.1)
    return await OverloadClient(plan, asyncio.get_running_loop()).run()


async def test_next_booking_follows_an_answer_at_once() -> None:
    async def book(_request: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(status=201)

    async with a_server(book) as port:
        result = await overload(port)
    assert result.booked > 200
    assert result.acknowledged >= result.booked
    assert result.refused == result.gave_up == result.failed == 0
    assert 10 <= result.p99_ms < 500


async def test_refused_customers_come_back_after_a_pause() -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=503)

    async with a_server(refuse) as port:
        result = await overload(port, seconds=2.5)
    assert result.booked == 0
    assert 20 <= result.refused <= 60, "each of 20 one to three times, and not as fast as it can"


async def test_refused_customers_come_back_when_they_are_told_to() -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "9"})

    async with a_server(refuse) as port:
        result = await overload(port, seconds=2.5)
    assert result.refused <= 20, "each at most once"


async def test_customers_give_up_what_takes_too_long() -> None:
    async def stall(_request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response(status=201)

    async with a_server(stall) as port:
        result = await overload(port, seconds=2.5)
    assert result.gave_up == 20
    assert result.booked == result.failed == 0


async def test_connections_that_the_server_closes_are_made_again() -> None:
    async def close(_request: web.Request) -> web.Response:
        response = web.Response(status=201)
        response.force_close()
        return response

    async with a_server(close) as port:
        result = await overload(port, seconds=1.5)
    assert result.acknowledged > 20


async def test_probes_that_are_not_answered_count_as_the_longest() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response()

    async with a_server(answer) as port:
        alive = await probe_livez("127.0.0.1", port, seconds=0.5, clock=SystemClock())
    dead = await probe_livez("127.0.0.1", port, seconds=0.1, clock=SystemClock())
    assert (alive.sent, alive.unanswered) == (10, 0)
    assert alive.p99_ms < 1000
    assert (dead.sent, dead.unanswered) == (2, 2)
    assert dead.p99_ms == 2000

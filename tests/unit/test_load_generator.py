"""The open generator, against a small server of our own on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from fullhouse.capacity.load import generator
from fullhouse.capacity.load.answers import Answer, summarise
from fullhouse.capacity.load.generator import Shot, be_careful, fire
from fullhouse.capacity.load.venue import Venue
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.kernel.ids import RandomIds

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def a_server(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def shots(count: int, *, every: float = 0.0) -> list[Shot]:
    return [Shot(number * every, "/", b"{}", {}) for number in range(count)]


async def test_every_arrival_is_sent_once_and_answered_in_its_place() -> None:
    seen: list[str] = []

    async def count(request: web.Request) -> web.Response:
        seen.append(request.headers["number"])
        return web.json_response({}, status=201)

    async with a_server(count) as url:
        numbered = [Shot(0.0, "/", b"{}", {"number": str(number)}) for number in range(300)]
        answers = await fire(url, numbered, clock=SystemClock())
    assert sorted(seen, key=int) == [str(number) for number in range(300)]
    assert summarise(answers).success == 300


async def test_a_stalled_server_is_felt_by_all_who_come_meanwhile() -> None:
    """Closed loops would send one request into the stall and call the rest fast."""
    free = asyncio.Event()

    async def stalled(_request: web.Request) -> web.Response:
        await free.wait()
        return web.Response(status=201)

    async with a_server(stalled) as url:
        asyncio.get_running_loop().call_later(0.6, free.set)
        answers = await fire(url, shots(30, every=0.01), clock=SystemClock())
    first, last = answers[0].latency, answers[-1].latency
    assert first >= 0.55
    assert 0.2 <= last <= first - 0.2
    assert summarise(answers).p50_ms >= 400


async def test_a_generator_that_falls_behind_charges_its_own_delay_too() -> None:
    async def blocking(_request: web.Request) -> web.Response:
        return web.Response(status=201)

    def falls_asleep(answered: int) -> None:
        if answered == 1:
            SystemClock().monotonic()
            deadline = SystemClock().monotonic() + 0.3
            while SystemClock().monotonic() < deadline:
                pass

    async with a_server(blocking) as url:
        answers = await fire(url, shots(20, every=0.02), clock=SystemClock(), answered=falls_asleep)
    assert max(answer.latency for answer in answers) >= 0.2


async def test_refusals_errors_and_time_outs_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generator, "LOAD_ANSWER_SECONDS_MAX", 0.3)

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.headers["want"]:
            case "full":
                problem = {"code": "slot_full", "alternatives": [{}, {}]}
                return web.json_response(problem, status=409)
            case "limit":
                return web.json_response({"code": "too_many_requests"}, status=429)
            case "broken":
                return web.Response(text="oops", status=500)
            case "slow":
                await asyncio.sleep(1)
            case "cut":
                assert request.transport is not None
                request.transport.abort()
            case _:
                pass
        return web.Response(status=201)

    async with a_server(answer) as url:
        wants = ("fine", "full", "limit", "broken", "slow", "cut")
        asked = [Shot(0.0, "/", b"{}", {"want": want}) for want in wants]
        answers = await fire(url, asked, clock=SystemClock())
    assert [answer.verdict for answer in answers] == [
        "success", "refusal", "error", "error", "timeout", "error",
    ]  # fmt: skip
    assert [answer.code for answer in answers] == [
        "created", "slot_full", "too_many_requests", "status 500", "timeout",
        "ServerDisconnectedError",
    ]  # fmt: skip
    assert answers[1].alternatives == 2
    assert not summarise(answers).clean


async def test_visitors_come_from_addresses_of_their_own() -> None:
    addresses: set[str] = set()

    async def remember(request: web.Request) -> web.Response:
        addresses.add(request.headers["X-Forwarded-For"])
        return web.Response(status=201)

    async with a_server(remember) as url:
        await fire(url, shots(100), clock=SystemClock())
    assert len(addresses) == 100


@pytest.mark.parametrize("url", ["http://example.org", "http://192.0.2.1:80", "http://10.0.0.1"])
def test_load_is_made_on_this_machine_only_unless_told(url: str) -> None:
    with pytest.raises(InvalidInput):
        be_careful(url, mine=False)
    be_careful(url, mine=True)
    be_careful("http://127.0.0.1:8400", mine=False)
    be_careful("http://[::1]:8400", mine=False)
    be_careful("http://localhost:8400", mine=False)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://[::1"]
)
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    for mine in (False, True):
        with pytest.raises(InvalidInput, match="is no address like"):
            be_careful(url, mine=mine)


async def test_load_on_what_does_not_answer_says_so_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        clock = SystemClock()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotFound, match="Nothing answers at"):
            await Venue(url, "farm", "", clock, RandomIds(clock)).found()


async def test_more_load_than_the_limits_allow_is_refused() -> None:
    with pytest.raises(InvalidInput):
        await fire("http://127.0.0.1:9", [Shot(1e6, "/", b"", {})], clock=SystemClock())


def test_quantiles_are_those_of_everybody_who_got_an_answer() -> None:
    answers = [Answer(0.0, number / 1000, "success", "created") for number in range(1, 101)]
    answers.append(Answer(0.0, 30.0, "timeout", "timeout"))
    summary = summarise(answers)
    assert (summary.p50_ms, summary.p95_ms, summary.p99_ms) == (50.0, 95.0, 99.0)
    assert summary.timeouts == 1

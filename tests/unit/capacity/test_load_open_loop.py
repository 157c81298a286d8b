"""The open-loop generator, against a small HTTP server on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from fullhouse.capacity.load import open_loop
from fullhouse.capacity.load.open_loop import PlannedRequest, require_allowed_host, run_load
from fullhouse.capacity.load.outcomes import RequestOutcome, summarise
from fullhouse.capacity.load.target import LoadTarget
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


def requests(count: int, *, every: float = 0.0) -> list[PlannedRequest]:
    return [PlannedRequest(number * every, "/", b"{}", {}) for number in range(count)]


async def test_each_request_is_sent_once_and_its_outcome_is_at_its_index() -> None:
    seen: list[str] = []

    async def count(request: web.Request) -> web.Response:
        seen.append(request.headers["number"])
        return web.json_response({}, status=201)

    async with a_server(count) as url:
        numbered = [
            PlannedRequest(0.0, "/", b"{}", {"number": str(number)}) for number in range(300)
        ]
        answers = await run_load(url, numbered, clock=SystemClock())
    assert sorted(seen, key=int) == [str(number) for number in range(300)]
    assert summarise(answers).success == 300


async def test_stall_delays_all_requests_planned_during_it() -> None:
    """Closed loops would send one request into the stall and call the rest fast."""
    free = asyncio.Event()

    async def stalled(_request: web.Request) -> web.Response:
        await free.wait()
        return web.Response(status=201)

    async with a_server(stalled) as url:
        asyncio.get_running_loop().call_later(1.0, free.set)
        answers = await run_load(url, requests(30, every=0.02), clock=SystemClock())
    first, last = answers[0].latency, answers[-1].latency
    assert first >= 0.55
    assert 0.2 <= last <= first - 0.2
    assert summarise(answers).p50_ms >= 400


async def test_delay_of_the_generator_itself_counts_as_latency() -> None:
    async def blocking(_request: web.Request) -> web.Response:
        return web.Response(status=201)

    def block(answered: int) -> None:
        if answered == 1:
            SystemClock().monotonic()
            deadline = SystemClock().monotonic() + 0.3
            while SystemClock().monotonic() < deadline:
                pass

    async with a_server(blocking) as url:
        answers = await run_load(
            url, requests(20, every=0.02), clock=SystemClock(), on_progress=block
        )
    assert max(answer.latency for answer in answers) >= 0.2


async def test_refusals_errors_and_time_outs_are_distinguished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open_loop, "LOAD_ANSWER_SECONDS_MAX", 0.3)

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
        asked = [PlannedRequest(0.0, "/", b"{}", {"want": want}) for want in wants]
        answers = await run_load(url, asked, clock=SystemClock())
    assert [answer.kind for answer in answers] == [
        "success", "refusal", "error", "error", "timeout", "error",
    ]  # fmt: skip
    assert [answer.code for answer in answers] == [
        "created", "slot_full", "too_many_requests", "status 500", "timeout",
        "ServerDisconnectedError",
    ]  # fmt: skip
    assert answers[1].alternatives == 2
    assert not summarise(answers).ok


async def test_sessions_have_source_addresses_of_their_own() -> None:
    addresses: set[str] = set()

    async def remember(request: web.Request) -> web.Response:
        addresses.add(request.headers["X-Forwarded-For"])
        return web.Response(status=201)

    async with a_server(remember) as url:
        await run_load(url, requests(100), clock=SystemClock())
    assert len(addresses) == 100


@pytest.mark.parametrize("url", ["http://example.org", "http://192.0.2.1:80", "http://10.0.0.1"])
def test_another_machine_is_refused_unless_owned(url: str) -> None:
    with pytest.raises(InvalidInput):
        require_allowed_host(url, owned=False)
    require_allowed_host(url, owned=True)
    require_allowed_host("http://127.0.0.1:8400", owned=False)
    require_allowed_host("http://[::1]:8400", owned=False)
    require_allowed_host("http://localhost:8400", owned=False)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://[::1"]
)
def test_invalid_url_is_refused_with_an_example(url: str) -> None:
    for owned in (False, True):
        with pytest.raises(InvalidInput, match="is no address like"):
            require_allowed_host(url, owned=owned)


async def test_target_without_a_server_names_the_url_and_the_command() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        clock = SystemClock()
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotFound, match="Nothing answers at"):
            await LoadTarget(url, "farm", "", clock, RandomIds(clock)).resolve()


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            404,
            b'{"detail": "There is no organisation with this slug."}',
            "There is no organisation",
        ),
        (404, b"\xff not UTF-8", "This is no answer of Fullhouse: check --url"),
        (200, b"<h1>Welcome to nginx</h1>", "This is no answer of Fullhouse: check --url"),
        (200, b'{"offerings": 3}', "This is no answer of Fullhouse: check --url"),
    ],
)
async def test_target_that_is_no_installation_is_refused_in_a_sentence(
    status: int, body: bytes, sentence: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    clock = SystemClock()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(NotFound, match=sentence):
        await LoadTarget(url, "farm", "", clock, RandomIds(clock)).resolve()
    server.close()
    await server.wait_closed()


async def test_load_beyond_the_limits_is_refused() -> None:
    with pytest.raises(InvalidInput):
        await run_load(
            "http://127.0.0.1:9", [PlannedRequest(1e6, "/", b"", {})], clock=SystemClock()
        )


def test_quantiles_ignore_requests_without_an_answer() -> None:
    answers = [RequestOutcome(0.0, number / 1000, "success", "created") for number in range(1, 101)]
    answers.append(RequestOutcome(0.0, 30.0, "timeout", "timeout"))
    summary = summarise(answers)
    assert (summary.p50_ms, summary.p95_ms, summary.p99_ms) == (50.0, 95.0, 99.0)
    assert summary.timeouts == 1

"""Limits of HTTP on real sockets: size and time of a head, time of a body and of a handler.

The server is uvicorn with our protocol, so an upgrade that loses one of these turns a test red.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import EventStream, Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.server import protocol, root_app, server
from fullhouse.http.server.health import PROBE
from fullhouse.http.server.limits import HEAD_BYTES_MAX
from fullhouse.http.server.messages import serve_request
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.protocol import BoundedHttpProtocol
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.server import BoundedServer
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.telemetry.metrics import MetricRegistry, exposition

HEAD_SECONDS = 0.3
SHORT = RouteClass(body_bytes_max=100, seconds_max=0.3)
ANSWER_SECONDS_MAX = 5
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def short_head_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(protocol, "HEAD_SECONDS_MAX", HEAD_SECONDS)
    with capture_logs():
        yield


async def _echo(request: Request) -> Response:
    return Response(200, await request.body())


async def _stream(_: Request) -> EventStream:
    return EventStream(_events())


async def _events() -> AsyncIterator[bytes]:
    yield b"data: 1\n\n"
    await asyncio.Event().wait()


async def _live(_: Request) -> Response:
    return Response(200)


async def _hang(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def a_root_app(metrics: MetricRegistry) -> RootApp:
    clock = SystemClock()
    limiter = TokenBucketLimiter(clock, 1_000, 1_000)
    routes = (
        Route("POST", "/api/echo", _echo, SHORT),
        Route("GET", "/api/hang", _hang, SHORT),
        Route("GET", "/livez", _live, PROBE),
        Route("GET", "/api/live", _stream, SHORT),
    )
    section = ApiApp((), routes, Problems(HTTP_STATUS))
    return RootApp(
        api=section,
        pages=section,
        system_paths=frozenset(),
        rate_limits=RateLimits(limiter, limiter, lambda _: None),
        proxies=TrustedProxies(()),
        metrics=metrics.get(RequestMetrics),
        clock=clock,
        ids=RandomIds(clock),
    )


@asynccontextmanager
async def a_server(metrics: MetricRegistry) -> AsyncIterator[int]:
    root = a_root_app(metrics)

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"
        await serve_request(root, scope, receive=receive, send=send)

    config = uvicorn.Config(
        app,
        http=BoundedHttpProtocol,
        lifespan="off",
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=ANSWER_SECONDS_MAX,
    )
    bounded = BoundedServer(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(bounded._serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        bounded.should_exit = True
        await serving


@pytest.fixture
def metrics() -> MetricRegistry:
    return MetricRegistry()


@pytest.fixture
async def port(metrics: MetricRegistry) -> AsyncIterator[int]:
    async with a_server(metrics) as port:
        yield port


async def exchange(port: int, *pieces: bytes, pause: float = 0) -> bytes:
    """Send the pieces until the server closes the connection; all that it has answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(send_all(writer, pieces, pause))
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await reader.read()
    finally:
        sending.cancel()
        writer.close()


async def send_all(writer: asyncio.StreamWriter, pieces: Sequence[bytes], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(pause)


async def test_a_connection_that_sends_nothing_is_closed(port: int) -> None:
    assert await exchange(port) == b""


async def test_a_head_that_does_not_end_is_refused(port: int) -> None:
    answer = await exchange(port, b"GET /api/hang HTTP/1.1\r\nHost: x\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_trickles_in_gets_no_more_time(port: int) -> None:
    pieces = [b"GET / HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 1_000]
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await exchange(port, *pieces, pause=HEAD_SECONDS / 10)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert loop.time() - began < ANSWER_SECONDS_MAX / 2


PADDING = b"X-Padding: " + b"x" * 1_000 + b"\r\n"
LARGE_HEAD = b"GET /api/hang HTTP/1.1\r\n" + PADDING * (HEAD_BYTES_MAX // len(PADDING) + 1)


async def test_a_head_that_is_too_large_is_refused(port: int) -> None:
    answer = await exchange(port, LARGE_HEAD + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_head_without_end_is_refused_at_the_limit(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS_MAX", ANSWER_SECONDS_MAX)
    pieces = [LARGE_HEAD[at : at + 1_000] for at in range(0, HEAD_BYTES_MAX + 1, 1_000)]
    answer = await exchange(port, *pieces, pause=0.01)
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_the_next_head_of_a_connection_has_the_same_limits(port: int) -> None:
    first = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    answer = await exchange(port, first, b"GET /api", pause=0.1)
    assert answer.startswith(OK)
    assert b"\r\n\r\nhiHTTP/1.1 408 " in answer


async def test_a_body_that_does_not_come_is_refused_and_counted(
    port: int, metrics: MetricRegistry
) -> None:
    answer = await exchange(
        port, b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", b"hi"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert b'"code":"request_timeout"' in answer
    counted = b'fullhouse_request_timeouts_total{cause="body",route="/api/echo"} 1.0'
    assert counted in exposition(metrics.registry)


async def test_a_handler_that_does_not_return_is_ended_and_counted(
    port: int, metrics: MetricRegistry
) -> None:
    answer = await exchange(port, b"GET /api/hang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in answer
    assert b'"code":"timed_out"' in answer
    counted = b'fullhouse_request_timeouts_total{cause="handler",route="/api/hang"} 1.0'
    assert counted in exposition(metrics.registry)


async def test_a_request_past_those_that_may_run_is_refused_at_once(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_app, "REQUESTS_RUNNING_MAX", 1)
    request = b"GET /api/hang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    first = asyncio.create_task(exchange(port, request))
    await asyncio.sleep(SHORT.seconds_max / 3)
    refused = await exchange(port, request)
    assert not first.done()
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in refused
    assert b'"code":"overloaded"' in refused
    probe = request.replace(b"/api/hang", b"/livez")
    assert (await exchange(port, probe)).startswith(OK), "probes pass every bound"
    assert b'"code":"timed_out"' in await first
    assert b'"code":"timed_out"' in await exchange(port, request), "the place is free again"


REQUEST = b"GET /api/hang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
ECHO = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"


async def test_a_connection_past_the_bound_waits_for_its_turn(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 1)
    first = asyncio.create_task(exchange(port, REQUEST))
    await asyncio.sleep(SHORT.seconds_max / 3)
    second = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert first.done(), "the first is answered before the second is accepted"
    assert second.startswith(OK)


async def test_an_idle_connection_makes_room_for_one_that_waits(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 2)
    monkeypatch.setattr(server, "IDLE_SECONDS_MIN", 0.1)
    idle = [asyncio.create_task(exchange(port, ECHO + b"\r\nhi")) for _ in range(2)]
    await asyncio.sleep(0.05)
    waiting = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert waiting.startswith(OK)
    for answer in [await one for one in idle]:
        assert answer.startswith(OK)


async def test_streams_take_no_place_of_a_connection(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 1)
    streams = [
        asyncio.create_task(exchange(port, b"GET /api/live HTTP/1.1\r\nHost: x\r\n\r\n"))
        for _ in range(3)
    ]
    answer = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert answer.startswith(OK)
    for stream in streams:
        assert not stream.done()
        stream.cancel()


async def test_the_rest_of_a_refused_body_must_come_in_time(port: int) -> None:
    answer = await exchange(
        port, b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", b"hi"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_in_pieces_is_read_whole(port: int) -> None:
    head = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = await exchange(port, chunked, b"2\r\nhi\r\n", b"1\r\n!\r\n0\r\n\r\n", pause=0.05)
    assert answer.startswith(OK)
    assert answer.endswith(b"\r\n\r\nhi!")


async def test_a_chunked_body_past_the_limit_is_refused(port: int) -> None:
    head = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await exchange(port, head, *[b"40\r\n" + b"x" * 64 + b"\r\n"] * 2, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_what_is_no_http_is_refused(port: int) -> None:
    assert (await exchange(port, b"\x16\x03\x01\x02\x00\r\n\r\n")).startswith(b"HTTP/1.1 400 ")

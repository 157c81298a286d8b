"""The HTTP server on a real socket, with a few routes, and a client that sends raw bytes."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fullhouse.concurrency.deadline import seconds_left
from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import EventStream, Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.server.health import PROBE
from fullhouse.http.server.limits import CONNECTIONS_MAX
from fullhouse.http.server.metrics import RequestMetrics, ServerMetrics
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.server import HttpServer
from fullhouse.http.server.stream_limits import StreamLimits
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.telemetry.metrics import MetricRegistry

SHORT: Final = RouteClass(body_bytes_max=100, seconds_max=0.3)
LARGE_BYTES: Final = 8_000_000
_LARGE: Final = b"x" * LARGE_BYTES
ANSWER_SECONDS_MAX: Final = 5
OK: Final = b"HTTP/1.1 200 OK\r\n"


async def _echo(request: Request) -> Response:
    return Response(200, await request.body())


async def _slow(request: Request) -> Response:
    await asyncio.sleep(0.1)
    return Response(200, request.path.encode() + b"?" + request.query_string)


async def _stream(_: Request) -> EventStream:
    return EventStream(_events())


async def _events() -> AsyncGenerator[bytes]:
    yield b"data: 1\n\n"
    await asyncio.Event().wait()


async def _two(_: Request) -> EventStream:
    return EventStream(_two_events())


async def _two_events() -> AsyncGenerator[bytes]:
    yield b"data: 1\n\n"
    yield b"data: 2\n\n"


async def _flood(_: Request) -> EventStream:
    return EventStream(_endless())


async def _endless() -> AsyncGenerator[bytes]:
    while True:
        yield b"x" * 100_000
        await asyncio.sleep(0)


async def _live(_: Request) -> Response:
    return Response(200)


async def _large(_: Request) -> Response:
    return Response(200, _LARGE)


async def _unsafe(_: Request) -> Response:
    return Response(200, b"", ((b"location", b"/\r\nset-cookie: evil=1"),))


async def _hang(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _left(_: Request) -> Response:
    return Response(200, f"{seconds_left(1_000):.3f}".encode())


ROUTES: Final = (
    Route("GET", "/api/left", _left, SHORT),
    Route("POST", "/api/echo", _echo, SHORT),
    Route("GET", "/api/hang", _hang, SHORT),
    Route("GET", "/livez", _live, PROBE),
    Route("GET", "/api/live", _stream, SHORT),
    Route("GET", "/api/two", _two, SHORT),
    Route("GET", "/api/flood", _flood, SHORT),
    Route("GET", "/api/slow/{word}", _slow, SHORT),
    Route("GET", "/api/large", _large, SHORT),
    Route("GET", "/api/unsafe", _unsafe, SHORT),
)


def a_root_app(
    metrics: MetricRegistry,
    streams: StreamLimits | None = None,
    proxies: TrustedProxies | None = None,
) -> RootApp:
    clock = SystemClock()
    limiter = TokenBucketLimiter(clock, 100_000, 100_000)
    section = ApiApp((), ROUTES, Problems(HTTP_STATUS))
    return RootApp(
        api=section,
        pages=section,
        section_of_path={"/livez": section},
        probe_paths=frozenset({"/livez"}),
        rate_limits=RateLimits(limiter, limiter, lambda _: None),
        proxies=proxies or TrustedProxies(()),
        metrics=metrics.get(RequestMetrics),
        clock=clock,
        ids=RandomIds(clock),
        streams=streams or StreamLimits(),
    )


@asynccontextmanager
async def a_server(
    root: RootApp, metrics: MetricRegistry, connections_max: int = CONNECTIONS_MAX
) -> AsyncIterator[int]:
    """The port of a server, which drains in the end."""
    server = HttpServer(root, metrics.get(ServerMetrics), connections_max=connections_max)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.start(listener)
        yield listener.getsockname()[1]
        await server.drain(ANSWER_SECONDS_MAX, asyncio.Event())


async def exchange(port: int, *pieces: bytes, pause: float = 0, half_close: bool = False) -> bytes:
    """Send the pieces until the server closes the connection; all that it has answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send_all(writer, pieces, pause=pause, half_close=half_close))
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await reader.read()
    finally:
        sending.cancel()
        writer.close()


async def _send_all(
    writer: asyncio.StreamWriter, pieces: Sequence[bytes], *, pause: float, half_close: bool
) -> None:
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(pause)
    if half_close:
        writer.write_eof()

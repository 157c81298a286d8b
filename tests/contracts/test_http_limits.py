"""Limits of HTTP on real sockets: size and time of a head, time of a body and of a handler.

Each is a way in which one client could take the server from all others.
"""

import asyncio
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
import uvloop
from structlog.testing import capture_logs
from tests.builders.http_server import (
    ANSWER_SECONDS_MAX,
    LARGE_BYTES,
    OK,
    SHORT,
    a_root_app,
    a_server,
    exchange,
)

from fullhouse.http.server import connection, root_app, server
from fullhouse.http.server.limits import (
    CONNECTIONS_MAX,
    FILES_RESERVED,
    HEAD_BYTES_MAX,
    PIPELINED_REQUESTS_MAX,
    STREAMS_MAX,
    TARGET_BYTES_MAX,
)
from fullhouse.http.server.open_files import Capacity, capacity_of
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.stream_limits import StreamLimits
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.kernel.clock import ManualClock
from fullhouse.telemetry.metrics import MetricRegistry, exposition

HEAD_SECONDS = 0.3


@pytest.fixture(autouse=True)
def short_head_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(connection, "HEAD_SECONDS_MAX", HEAD_SECONDS)
    monkeypatch.setattr(server, "TICK_SECONDS", HEAD_SECONDS / 10)
    with capture_logs():
        yield


@pytest.fixture
def metrics() -> MetricRegistry:
    return MetricRegistry()


@pytest.fixture
async def port(metrics: MetricRegistry, request: pytest.FixtureRequest) -> AsyncIterator[int]:
    connections_max = getattr(request, "param", CONNECTIONS_MAX)
    async with a_server(a_root_app(metrics), metrics, connections_max) as port:
        yield port


def connections_max(number: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("port", [number], indirect=True)


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
    monkeypatch.setattr(connection, "HEAD_SECONDS_MAX", ANSWER_SECONDS_MAX)
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


async def test_who_was_refused_before_is_admitted_before_newcomers(
    metrics: MetricRegistry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_app, "REQUESTS_RUNNING_MAX", 2)
    root = a_root_app(metrics)
    root.waiting_room = WaitingRoom(b"s" * 32, clock)
    place = root.waiting_room.new_place()
    clock.advance(timedelta(minutes=5))
    cookie = f"Cookie: {place.name}={place.value}\r\n".encode()
    hang = b"GET /api/hang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    async with a_server(root, metrics) as port:
        first = asyncio.create_task(exchange(port, hang + b"\r\n"))
        await asyncio.sleep(SHORT.seconds_max / 3)
        assert b'"code":"overloaded"' in await exchange(port, hang + b"\r\n")
        assert b'"code":"timed_out"' in await exchange(port, hang + cookie + b"\r\n"), "it ran"
        assert b'"code":"timed_out"' in await first


REQUEST = b"GET /api/hang HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CLOSED = b"\r\nConnection: close\r\n\r\n"
ECHO = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"


@connections_max(1)
async def test_a_connection_past_the_bound_waits_for_its_turn(port: int) -> None:
    first = asyncio.create_task(exchange(port, REQUEST))
    await asyncio.sleep(SHORT.seconds_max / 3)
    second = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert first.done(), "the first is answered before the second is accepted"
    assert second.startswith(OK)


@connections_max(2)
async def test_an_idle_connection_makes_room_for_one_that_waits(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_SECONDS_MIN", 0.1)
    idle = [asyncio.create_task(exchange(port, ECHO + b"\r\nhi")) for _ in range(2)]
    await asyncio.sleep(0.05)
    waiting = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert waiting.startswith(OK)
    for answer in [await one for one in idle]:
        assert answer.startswith(OK)


@connections_max(1)
async def test_streams_take_no_place_of_a_connection(port: int) -> None:
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


@connections_max(4)
async def test_unfinished_requests_of_one_client_make_room_for_one_that_waits(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS_MAX", ANSWER_SECONDS_MAX)
    monkeypatch.setattr(server, "UNFINISHED_PER_CLIENT_MAX", 1)
    half_heads = [asyncio.create_task(exchange(port, b"GET / HTTP/1.1\r\n")) for _ in range(4)]
    await asyncio.sleep(0.05)
    waiting = await exchange(port, ECHO + b"Connection: close\r\n\r\nhi")
    assert waiting.startswith(OK)
    assert sum(not half_head.done() for half_head in half_heads) >= 1, "its share stays open"
    for half_head in half_heads:
        half_head.cancel()


async def test_a_client_that_does_not_read_its_response_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "UNREAD_SECONDS_MAX", HEAD_SECONDS)
    for path in (b"/api/large", b"/api/flood"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(3 * HEAD_SECONDS)
        with suppress(ConnectionResetError):  # after what the kernel had taken
            received = [part async for part in reader_of(reader)]
            assert sum(map(len, received)) < LARGE_BYTES
        writer.close()


async def reader_of(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while part := await reader.read(1_000_000):
            yield part


def test_a_client_that_reads_nothing_costs_neither_a_copy_nor_the_time_to_make_one(
    metrics: MetricRegistry,
) -> None:
    # On the loop that is served with: asyncio's own copies
    in_kernel, peak = uvloop.run(_bytes_unread(metrics))
    assert 0 < max(in_kernel) < LARGE_BYTES / 20
    assert peak < LARGE_BYTES


async def _bytes_unread(metrics: MetricRegistry) -> tuple[list[int], int]:
    """Bytes of each client's response in the kernel, and of all of them in this process."""
    clients = [socket.socket() for _ in range(10)]
    tracemalloc.start()
    async with a_server(a_root_app(metrics), metrics) as port:
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(0)
            with suppress(BlockingIOError):
                client.connect(("127.0.0.1", port))
            await asyncio.sleep(0.01)
            client.send(b"GET /api/large HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.sleep(0.3)
        _, peak = tracemalloc.get_traced_memory()
        in_kernel = [sum(map(len, _received(client))) for client in clients]
        tracemalloc.stop()
        for client in clients:
            client.close()
    return in_kernel, peak


def _received(client: socket.socket) -> Iterator[bytes]:
    """What the kernel has of a response, while the server does not run."""
    for _ in range(20):
        with suppress(BlockingIOError):
            while True:
                yield client.recv(LARGE_BYTES)
        time.sleep(0.005)


async def test_a_target_that_is_too_long_is_refused(port: int) -> None:
    target = b"/" + b"x" * TARGET_BYTES_MAX
    answer = await exchange(port, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ")


async def test_more_requests_ahead_than_may_wait_are_not_read(port: int) -> None:
    request = b"GET /api/slow/a HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await exchange(port, request + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)
    assert answer.count(OK) == PIPELINED_REQUESTS_MAX + 1


async def test_a_client_may_follow_so_many_streams_and_then_asks_now_and_then(
    metrics: MetricRegistry,
) -> None:
    root = a_root_app(metrics, StreamLimits(per_client_max=2))
    follow = b"GET /api/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with a_server(root, metrics) as port:
        streams = [asyncio.create_task(exchange(port, follow)) for _ in range(2)]
        await asyncio.sleep(0.1)
        refused = await exchange(port, follow)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in refused
        streams[0].cancel()
        await asyncio.sleep(0.1)
        again = asyncio.create_task(exchange(port, follow))
        await asyncio.sleep(0.1)
        assert not again.done(), "one has left, so there is room"
        for stream in (streams[1], again):
            stream.cancel()


def test_files_are_shared_by_connections_and_streams_and_some_are_kept() -> None:
    for files in (64, 256, 1_024, 4_096, 65_536):
        capacity = capacity_of(files)
        assert capacity.connections >= 1
        assert capacity.connections + capacity.streams <= max(files - FILES_RESERVED, 2)
    assert capacity_of(65_536) == Capacity(CONNECTIONS_MAX, STREAMS_MAX)


async def test_a_connection_that_was_refused_is_not_read_until_it_may_ask_again(
    metrics: MetricRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REFUSED_SECONDS", HEAD_SECONDS)
    write, last = ECHO + b"\r\nhi", ECHO + b"Connection: close\r\n\r\nhi"
    loop = asyncio.get_running_loop()
    for proxies, is_held in (((), True), (("127.0.0.1",), False)):
        root = a_root_app(metrics, proxies=TrustedProxies(proxies))
        root.refuses_writes = lambda _waiting: True
        async with a_server(root, metrics) as port:
            began = loop.time()
            answer = await exchange(port, write, last)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert answer.count(b"HTTP/1.1 ") == 2
            assert (loop.time() - began >= HEAD_SECONDS) == is_held

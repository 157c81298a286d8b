"""HTTP/1.1 on real sockets: what RFC 9112 asks of a server, and clients that leave half-way."""

import asyncio
import gc
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs
from tests.builders.http_server import OK, a_root_app, a_server, exchange

from fullhouse.http.request import Request
from fullhouse.http.server.connection import HttpConnection
from fullhouse.http.server.exchange import Exchange
from fullhouse.http.server.limits import CLOSED_TOGETHER_MAX, PIPELINED_REQUESTS_MAX
from fullhouse.telemetry.metrics import MetricRegistry

ECHO = b"POST /api/echo HTTP/1.1\r\nHost: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
async def port() -> AsyncIterator[int]:
    metrics = MetricRegistry()
    async with a_server(a_root_app(metrics), metrics) as port:
        yield port


def get(path: bytes, headers: bytes = CLOSE, version: bytes = b"1.1") -> bytes:
    return b"GET " + path + b" HTTP/" + version + b"\r\nHost: x\r\n" + headers


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


async def test_requests_sent_ahead_are_answered_in_their_order(port: int) -> None:
    ahead = get(b"/api/slow/first", b"\r\n") + get(b"/livez", b"\r\n") + get(b"/api/slow/last")
    answer = await exchange(port, ahead)
    assert answer.count(OK) == 3
    assert 0 < answer.index(b"/api/slow/first") < answer.index(b"/api/slow/last")


async def test_bodies_sent_ahead_stay_with_their_requests(port: int) -> None:
    one, two = b"Content-Length: 3\r\n\r\none", b"Content-Length: 3\r\nConnection: close\r\n\r\ntwo"
    answer = await exchange(port, get(b"/api/slow/a", b"\r\n") + ECHO + one + ECHO + two)
    assert answer.index(b"one") < answer.index(b"two")


@pytest.mark.parametrize("size", [1, 7, 50])
async def test_a_request_may_arrive_in_pieces_of_any_size(port: int, size: int) -> None:
    request = ECHO + b"Content-Length: 5\r\n" + CLOSE + b"hello"
    pieces = [request[at : at + size] for at in range(0, len(request), size)]
    assert body_of(await exchange(port, *pieces)) == b"hello"


async def test_what_has_arrived_before_the_connection_is_made_is_read_before_that_of_others(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    read_whole = HttpConnection.data_received

    def noted(self: HttpConnection, data: bytes) -> None:
        read.append(data)
        read_whole(self, data)

    monkeypatch.setattr(HttpConnection, "data_received", noted)
    with _connected(port) as other:
        await _turns(5)
        with _connected(port) as new:
            new.sendall(get(b"/livez"))
            await _turns(1)  # it is accepted
            other.sendall(get(b"/api/slow/other"))
            await _turns(2)
            assert new.recv(1_000, socket.MSG_DONTWAIT).startswith(OK)
    assert [b"/livez" in data for data in read] == [True, False]


async def test_requests_sent_ahead_of_the_connection_are_answered_in_their_order(port: int) -> None:
    with _connected(port) as early:
        # The second stops the reading before it has begun
        early.sendall(get(b"/api/slow/first", b"\r\n") + get(b"/api/slow/second", b"\r\n"))
        await _turns(5)
        early.sendall(get(b"/api/slow/last"))
        early.settimeout(0)
        answer = b""
        while more := await asyncio.get_running_loop().sock_recv(early, 10_000):
            answer += more
    assert answer.count(OK) == 3
    assert answer.index(b"first") < answer.index(b"second") < answer.index(b"last")


def _connected(port: int) -> socket.socket:
    """Connected in the kernel; the server has not accepted it."""
    return socket.create_connection(("127.0.0.1", port))


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_connection_stays_open_for_the_next_request(port: int) -> None:
    answer = await exchange(port, get(b"/livez", b"\r\n"), get(b"/livez"), pause=0.05)
    assert answer.count(OK) == 2
    assert answer.count(b"connection: close") == 1


async def test_http_1_0_is_answered_and_closed(port: int) -> None:
    answer = await exchange(port, get(b"/livez", b"\r\n", version=b"1.0"))
    assert answer.startswith(OK)
    assert b"connection: close" in answer
    stream = await exchange(port, get(b"/api/two", b"\r\n", version=b"1.0"))
    assert body_of(stream) == b"data: 1\n\ndata: 2\n\n", "HTTP/1.0 knows no chunks"


async def test_a_stream_is_sent_in_chunks_and_the_connection_goes_on(port: int) -> None:
    answer = await exchange(port, get(b"/api/two", b"\r\n"), get(b"/livez"), pause=0.1)
    assert b"transfer-encoding: chunked" in answer
    assert b"9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n" in answer
    assert answer.count(OK) == 2


async def test_head_is_answered_without_a_body_and_with_its_length(port: int) -> None:
    answer = await exchange(port, b"HEAD /api/slow/a?b HTTP/1.1\r\nHost: x\r\n" + CLOSE)
    assert b"content-length: 13\r\n" in answer
    assert body_of(answer) == b""
    stream = await exchange(port, b"HEAD /api/two HTTP/1.1\r\nHost: x\r\n" + CLOSE)
    assert body_of(stream) == b""


async def test_a_body_is_asked_for_only_when_it_is_read(port: int) -> None:
    expect = b"Expect: 100-continue\r\nContent-Length: 5\r\n" + CLOSE
    answer = await exchange(port, ECHO + expect, b"hello", pause=0.1)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    too_large = expect.replace(b"5", b"500")
    answer = await exchange(port, ECHO + too_large)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"/api/slow/a%20b?c=%20", b"/api/slow/a b?c=%20"),
        (b"http://example.org/api/slow/a?b", b"/api/slow/a?b"),
        (b"/api/slow/a?b?c", b"/api/slow/a?b?c"),
        (b"/api/slow/a#b", b"/api/slow/a?"),
    ],
)
async def test_a_target_is_path_and_query(port: int, target: bytes, seen: bytes) -> None:
    assert body_of(await exchange(port, get(target))) == seen


@pytest.mark.parametrize("target", [b"/\xff", b"\xff", b"http://[", b"//[", b"*", b"a b"])
async def test_a_target_of_any_shape_gets_an_answer(port: int, target: bytes) -> None:
    answer = await exchange(port, get(target))
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))


@pytest.mark.parametrize(
    "malformed",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
async def test_what_two_servers_could_read_differently_is_refused(
    port: int, malformed: bytes
) -> None:
    answer = await exchange(port, malformed)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 4"))
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_refusal_comes_after_the_answers_before_it(port: int) -> None:
    answer = await exchange(port, get(b"/api/slow/first", b"\r\n") + b"\x00\x01\r\n\r\n")
    assert answer.startswith(OK)
    assert answer.endswith(
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )


async def test_an_upgrade_is_not_taken_up(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert (await exchange(port, get(b"/livez", upgrade))).startswith(OK)


async def test_a_client_that_closes_its_half_gets_its_answer(port: int) -> None:
    request = ECHO + b"Content-Length: 5\r\n\r\nhello"
    assert body_of(await exchange(port, request, half_close=True)) == b"hello"
    assert await exchange(port, half_close=True) == b""


async def test_a_body_that_breaks_off_is_no_request(port: int) -> None:
    answer = await exchange(port, ECHO + b"Content-Length: 5\r\n\r\nhe", half_close=True)
    assert OK not in answer


async def test_a_stream_ends_when_its_client_leaves(port: int) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get(b"/api/live", b"\r\n"))
        assert await reader.readuntil(b"data: 1")
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(2):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110 - a task has no event for it
            await asyncio.sleep(0.01)


async def test_a_header_with_a_line_break_is_not_sent(port: int) -> None:
    answer = await exchange(port, get(b"/api/unsafe"))
    assert b"evil" not in answer


async def test_a_drained_server_answers_what_has_arrived_and_closes() -> None:
    metrics = MetricRegistry()
    async with a_server(a_root_app(metrics), metrics) as port:
        idle = asyncio.create_task(exchange(port, get(b"/livez", b"\r\n")))
        waiting = asyncio.create_task(exchange(port, get(b"/api/slow/a", b"\r\n")))
        await asyncio.sleep(0.05)
    assert (await idle).count(OK) == 1
    answer = await waiting
    assert answer.startswith(OK)
    assert b"connection: close" in answer


async def test_headers_of_one_name_are_joined(port: int) -> None:
    expect = b"Content-Length: 2\r\nX-Request-ID: a\r\nX-Request-ID: b\r\n" + CLOSE
    answer = await exchange(port, ECHO + expect + b"hi")
    assert answer.startswith(OK), "two ids are none"
    two_hosts = b"GET /api/slow/a HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + CLOSE
    assert (await exchange(port, two_hosts)).startswith(b"HTTP/1.1 400 ")


async def test_trailers_do_not_pass_for_headers(port: int) -> None:
    header = b"X-Request-ID: 01a61289-8000-742e-b7c6-8ef488761425\r\n"
    head = ECHO + b"Transfer-Encoding: chunked\r\n" + header + CLOSE
    trailer = b"2\r\nhi\r\n0\r\nX-Request-ID: x\r\n\r\n"
    answer = await exchange(port, head, trailer, pause=0.05)
    assert answer.startswith(OK)
    assert header.lower() in answer.lower()


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"POST", b"OPTIONS", b"TRACE", b"NONE"])
async def test_probes_are_answered_whatever_the_method(port: int, method: bytes) -> None:
    answer = await exchange(port, get(b"/livez").replace(b"GET", method, 1))
    expected = {b"GET": OK, b"HEAD": OK, b"OPTIONS": b"HTTP/1.1 204", b"NONE": b"HTTP/1.1 400"}
    assert answer.startswith(expected.get(method, b"HTTP/1.1 405"))


async def test_probes_behind_a_slow_request_are_answered_in_order(port: int) -> None:
    probes = get(b"/livez", b"\r\n") * (PIPELINED_REQUESTS_MAX - 1)
    answer = await exchange(port, get(b"/api/slow/first", b"\r\n") + probes + get(b"/livez"))
    assert answer.count(OK) == PIPELINED_REQUESTS_MAX + 1
    assert b"first" in answer.split(OK)[1]


async def test_what_is_sent_in_one_turn_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    flush = HttpConnection.flush

    def recorded(connection: HttpConnection) -> None:
        written.append(connection._unsent)
        flush(connection)

    monkeypatch.setattr(HttpConnection, "flush", recorded)
    metrics = MetricRegistry()
    async with a_server(a_root_app(metrics), metrics) as port:
        assert OK in await exchange(port, get(b"/api/two"))
    head, *_ = [sent for sent in written if sent]
    assert b"data: 1" in head, "the head of a stream and its first event leave together"


OF_A_CLIENT = (HttpConnection, Exchange, Request)


async def test_requests_leave_no_cycles_to_the_collector(port: int) -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await exchange(port, ECHO + b"Content-Length: 2\r\n" + CLOSE + b"hi")
        left = [each for each in gc.get_objects() if isinstance(each, OF_A_CLIENT)]
    finally:
        gc.enable()
    assert len(left) <= len(OF_A_CLIENT), "at most those of the last connection"


async def test_clients_that_leave_together_are_closed_a_few_in_a_turn(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, turns, close = asyncio.get_running_loop(), Counter[int](), HttpConnection.close
    turn, clients, all_closed = 0, 2 * CLOSED_TOGETHER_MAX, asyncio.Event()

    def count() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(count)

    def closing(connection: HttpConnection) -> None:
        turns[turn] += 1
        close(connection)
        if turns.total() == clients:
            all_closed.set()

    monkeypatch.setattr(HttpConnection, "close", closing)
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]
    count()
    for _, writer in opened:
        writer.close()
    await all_closed.wait()
    assert max(turns.values()) <= CLOSED_TOGETHER_MAX

"""Bodies on real sockets: their framing is bounded, and what comes after an answer.

A piece of a body costs as much as many bytes, so one client could take the server from all others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from structlog.testing import capture_logs
from tests.builders.http_server import OK, SHORT, a_root_app, a_server, exchange

from fullhouse.http.server import connection
from fullhouse.http.server.limits import CONNECTIONS_MAX, FRAMING_BYTES_MAX
from fullhouse.telemetry.metrics import MetricRegistry


@pytest.fixture
async def port() -> AsyncIterator[int]:
    metrics = MetricRegistry()
    with capture_logs():
        async with a_server(a_root_app(metrics), metrics, CONNECTIONS_MAX) as port:
            yield port


CHUNKED = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "endless",
    [
        CHUNKED + b"0\r\nX-Trailer: " + b"x" * 2 * FRAMING_BYTES_MAX,
        CHUNKED + b"0\r\n" + b"X-Trailer: x\r\n" * FRAMING_BYTES_MAX,
        CHUNKED + b"1;" + b"x" * 2 * FRAMING_BYTES_MAX,
        CHUNKED + b"0" * 2 * FRAMING_BYTES_MAX,
        CHUNKED + b"1\r\nx\r\n" * FRAMING_BYTES_MAX,
    ],
)
async def test_a_body_of_endless_framing_is_cut_off(port: int, endless: bytes) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with suppress(ConnectionResetError):  # it is closed before all was read
        answer = await exchange(port, endless)
        assert OK not in answer
        assert answer.count(b"HTTP/1.1 ") == 1, "also when it was refused before"
    assert loop.time() - began < SHORT.seconds_max, "refused, not timed out"


async def test_the_rest_of_a_long_body_is_read_slowly_after_its_answer(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "DROPPED_BYTES_MAX", 1_000_000)
    monkeypatch.setattr(connection, "HEAD_SECONDS_MAX", 10.0)
    monkeypatch.setattr(connection, "TICK_SECONDS", 0.001)
    body = b"x" * 4_000_000
    head = b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    paused: list[object] = []
    pause = connection.HttpConnection.pause_reading

    def note(one: connection.HttpConnection) -> None:
        paused.append(one)
        pause(one)

    monkeypatch.setattr(connection.HttpConnection, "pause_reading", note)
    after = b"GET /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await exchange(port, head, body, after, pause=0.01)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1 ") == 2, "the next request is answered"
    assert paused

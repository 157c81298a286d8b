"""Requests that two servers could read differently are refused, or read in exactly one way.

Behind each stands a second request. A server that ends the first at another byte than the proxy
before it answers what the proxy took for a body, or takes for a body what the proxy let through.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from structlog.testing import capture_logs
from tests.builders.http_server import a_root_app, a_server, exchange

from fullhouse.telemetry.metrics import MetricRegistry

SECOND: Final = b"GET /api/slow/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST: Final = b"POST /api/echo HTTP/1.1\r\nHost: x\r\n"
CHUNKED: Final = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LENGTH: Final = POST + b"Content-Length: "
TWO: Final = b"2\r\nhi\r\n0\r\n\r\n"
"""The body `hi` as one chunk."""


def _coded(*codings: bytes) -> bytes:
    """A request with these lines of `Transfer-Encoding`, each with its colon."""
    lines = b"".join(b"Transfer-Encoding" + one + b"\r\n" for one in codings)
    return POST + lines + b"\r\n" + TWO


def _with(line: bytes) -> bytes:
    """A request with this line among its headers."""
    return POST + line + b"\r\nContent-Length: 2\r\n\r\nhi"


def _lined(line: bytes) -> bytes:
    """A request with this first line."""
    return line + b"\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


REFUSED: Final = {
    "length and chunks": LENGTH + b"6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n",
    "unknown coding": _coded(b": xchunked"),
    "identity": _coded(b": identity"),
    "chunked, identity": _coded(b": chunked, identity"),
    "identity, chunked": _coded(b": identity, chunked"),
    "gzip, chunked": _coded(b": gzip, chunked"),
    "chunked, chunked": _coded(b": chunked, chunked"),
    "chunked twice": _coded(b": chunked", b": chunked"),
    "chunked and identity": _coded(b": chunked", b": identity"),
    "identity and chunked": _coded(b": identity", b": chunked"),
    "quoted coding": _coded(b': "chunked"'),
    "coding with a parameter": _coded(b": chunked;q=1"),
    "coding behind a tabulator": _coded(b": \x0bchunked"),
    "coding before a NUL": _coded(b": chunked\x00"),
    "coding behind a comma": _coded(b": ,chunked"),
    "coding before a comma": _coded(b": chunked,"),
    "no coding": _coded(b":"),
    "coding, space before its colon": _coded(b" : chunked"),
    "folded coding": _coded(b":\r\n chunked"),
    "chunks in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + TWO,
    "folded header": _with(b"X-A: b\r\n c"),
    "folded length": POST + b"X-A: b\r\n\tContent-Length: 2\r\n\r\n",
    "folded first header": b"POST /api/echo HTTP/1.1\r\n X-A: b\r\nHost: x\r\n\r\n",
    "bare LF after a header": _with(b"X-A: b\nX-B: c"),
    "bare LF everywhere": b"POST /api/echo HTTP/1.1\nHost: x\nContent-Length: 2\n\nhi",
    "bare LF after the first line": b"POST /api/echo HTTP/1.1\nHost: x\r\n\r\n",
    "bare LF after the head": LENGTH + b"2\r\n\nhi",
    "bare CR in a header": _with(b"X-A: b\rX-B: c"),
    "two CR": _with(b"X-A: b\r"),
    "extension before a bare LF": CHUNKED + b"2;a\nhi\r\n0\r\n\r\n",
    "extension before a bare CR": CHUNKED + b"2;a\rhi\r\n0\r\n\r\n",
    "chunks with bare LF": CHUNKED + b"2\nhi\n0\n\n",
    "bare LF after a chunk": CHUNKED + b"2\r\nhi\n0\r\n\r\n",
    "bare LF after the last chunk": CHUNKED + b"2\r\nhi\r\n0\n\n",
    "nothing after a chunk": CHUNKED + b"2\r\nhi0\r\n\r\n",
    "chunk longer than its size": CHUNKED + b"2\r\nhii\r\n0\r\n\r\n",
    "space before a size": CHUNKED + b" 2\r\nhi\r\n0\r\n\r\n",
    "space after a size": CHUNKED + b"2 \r\nhi\r\n0\r\n\r\n",
    "size of 64 bits": CHUNKED + b"FFFFFFFFFFFFFFFF\r\nhi\r\n0\r\n\r\n",
    "size past 64 bits": CHUNKED + b"10000000000000002\r\nhi\r\n0\r\n\r\n",
    "size with a prefix": CHUNKED + b"0x2\r\nhi\r\n0\r\n\r\n",
    "size with a plus": CHUNKED + b"+2\r\nhi\r\n0\r\n\r\n",
    "size with a minus": CHUNKED + b"-2\r\nhi\r\n0\r\n\r\n",
    "no size": CHUNKED + b"\r\nhi\r\n0\r\n\r\n",
    "length in a trailer": CHUNKED + b"2\r\nhi\r\n0\r\nContent-Length: 50\r\n\r\n",
    "coding in a trailer": CHUNKED + b"2\r\nhi\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "trailer that is no header": CHUNKED + b"2\r\nhi\r\n0\r\nno header\r\n\r\n",
    "length with a plus": LENGTH + b"+2\r\n\r\nhi",
    "length with a minus": LENGTH + b"-2\r\n\r\nhi",
    "hexadecimal length": LENGTH + b"0x2\r\n\r\nhi",
    "list of lengths": LENGTH + b"2, 2\r\n\r\nhi",
    "the same length twice": LENGTH + b"2\r\nContent-Length: 2\r\n\r\nhi",
    "two lengths": LENGTH + b"2\r\nContent-Length: 3\r\n\r\nhi",
    "length with a space inside": LENGTH + b"2 0\r\n\r\nhi",
    "empty length": LENGTH + b"\r\n\r\nhi",
    "length past 64 bits": LENGTH + b"18446744073709551618\r\n\r\nhi",
    "length with an exponent": LENGTH + b"2e0\r\n\r\nhi",
    "length with an underscore": LENGTH + b"0_2\r\n\r\nhi",
    "length in other digits": LENGTH + "٢\r\n\r\nhi".encode(),
    "length before a NUL": LENGTH + b"2\x00\r\n\r\nhi",
    "length, space before its colon": POST + b"Content-Length : 2\r\n\r\nhi",
    "length, tabulator before its colon": POST + b"Content-Length\t: 2\r\n\r\nhi",
    "NUL in a value": _with(b"X-A: a\x00b"),
    "NUL in a name": _with(b"X\x00A: b"),
    "control character in a value": _with(b"X-A: a\x01b"),
    "no ASCII in a name": _with(b"X\xff: b"),
    "header without a name": _with(b": b"),
    "header without a colon": _with(b"abc"),
    "space before the method": _lined(b" POST /api/echo HTTP/1.1"),
    "tabulator after the method": _lined(b"POST\t/api/echo HTTP/1.1"),
    "no version": b"GET /api/slow/a\r\n",
    "HTTP/0.9": _lined(b"POST /api/echo HTTP/0.9"),
    "HTTP/1.2": _lined(b"POST /api/echo HTTP/1.2"),
    "HTTP/2.0": _lined(b"POST /api/echo HTTP/2.0"),
    "version of three digits": _lined(b"POST /api/echo HTTP/1.01"),
    "lower-case protocol": _lined(b"POST /api/echo http/1.1"),
    "lower-case method": _lined(b"post /api/echo HTTP/1.1"),
    "no host": b"POST /api/echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi",
    "upgrade with a length": _with(b"Connection: Upgrade\r\nUpgrade: h2c"),
    "upgrade with chunks": POST
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n"
    + TWO,
    "tunnel": b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
}

READ: Final = {
    "chunks": CHUNKED + TWO,
    "upper-case coding": _coded(b": CHUNKED"),
    "tabulator before a coding": _coded(b":\tchunked"),
    "another header with an underscore": _with(b"Transfer_Encoding: chunked"),
    "extension": CHUNKED + b"2;a=b\r\nhi\r\n0\r\n\r\n",
    "quoted extension": CHUNKED + b'2;a="b c"\r\nhi\r\n0\r\n\r\n',
    "size with zeros": CHUNKED + b"0" * 50 + b"2\r\nhi\r\n0\r\n\r\n",
    "length with zeros": LENGTH + b"002\r\n\r\nhi",
    "space after a length": LENGTH + b"2 \r\n\r\nhi",
    "length that the connection names": _with(b"Connection: content-length"),
    "no ASCII in a value": _with(b"X-A: a\xffb"),
    "empty lines before": b"\r\n\r\n" + LENGTH + b"2\r\n\r\nhi",
    "spaces in the first line": _lined(b"POST  /api/echo  HTTP/1.1"),
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
async def port() -> AsyncIterator[int]:
    metrics = MetricRegistry()
    async with a_server(a_root_app(metrics), metrics) as port:
        yield port


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED)
async def test_what_has_two_readings_is_refused_and_nothing_behind_it_is_read(
    port: int, request_bytes: bytes
) -> None:
    answer = await exchange(port, request_bytes + SECOND)
    (status,) = statuses(answer)
    assert status in {400, 408, 501, 505}
    assert b"/api/slow/second" not in answer


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("request_bytes", READ.values(), ids=READ)
async def test_what_has_one_reading_ends_where_the_next_request_begins(
    port: int, request_bytes: bytes, size: int
) -> None:
    sent = request_bytes + SECOND
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    answer = await exchange(port, *pieces)
    assert statuses(answer) == [200, 200]
    assert b"\r\n\r\nhiHTTP/1.1 " in answer
    assert answer.endswith(b"/api/slow/second?")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: %d\r\n\r\n" % len(SECOND),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(SECOND),
    ],
)
async def test_a_request_in_the_body_of_another_is_not_answered(port: int, head: bytes) -> None:
    """A GET has a body too when it says so, though nobody reads it."""
    first = b"GET /api/slow/first HTTP/1.1\r\nHost: x\r\n" + head
    answer = await exchange(port, first + SECOND, half_close=True)
    assert statuses(answer) == [200]
    assert answer.endswith(b"/api/slow/first?")


async def test_an_upgrade_without_a_body_ends_the_connection(port: int) -> None:
    upgrade = b"GET /api/slow/first HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    answer = await exchange(port, upgrade + b"\r\n" + SECOND)
    assert statuses(answer) == [200]
    assert b"/api/slow/second" not in answer

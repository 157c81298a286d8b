"""What an endpoint of a business may send back, on a real socket."""

import asyncio
from ipaddress import ip_network

import pytest
from aiohttp.client_proto import ResponseHandler

from fullhouse.integrations.http_client import HttpClient
from fullhouse.integrations.limits import HTTP_UNREAD_BYTES_MAX
from fullhouse.kernel.clock import SystemClock
from fullhouse.messages.limits import RETRY_AFTER_SECONDS_MAX
from fullhouse.messages.model.webhooks import SignedRequest

INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10_000


async def _send_interim_responses(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.readuntil(b"\r\n\r\n")
    try:
        while True:
            writer.write(INTERIM)
            await writer.drain()
    except ConnectionError:
        writer.close()


async def test_interim_responses_without_end_come_in_small_pieces_and_are_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each costs the library as much as a request costs us, and it reads on until its time ends."""
    pieces = list[int]()
    receive = ResponseHandler.data_received

    def note(self: ResponseHandler, data: bytes) -> None:
        pieces.append(len(data))
        receive(self, data)

    monkeypatch.setattr(ResponseHandler, "data_received", note)
    server = await asyncio.start_server(_send_interim_responses, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, HttpClient(SystemClock(), [ip_network("127.0.0.0/8")]) as http:
        request = SignedRequest(f"http://{host}:{port}/", {}, b"{}")
        answer = await http.send(request, seconds_max=0.5)
    assert answer.status_code is None
    assert pieces
    assert max(pieces) <= 4 * HTTP_UNREAD_BYTES_MAX, "the system keeps room for its own besides"


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (b"120", 120),
        (b"9" * 5_000, RETRY_AFTER_SECONDS_MAX),
        (b"Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_SECONDS_MAX),
        (b"Mon, 01 Jan 2001 00:00:00 GMT", 0),
        (b"Mon, 01 Jan 2001 00:00:00", 0),
        (b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        (b"Mon, 01 Jan 2027 00:00:00 +" + b"9" * 30, 0),
        (b"-1", 0),
        (b"soon", 0),
    ],
)
async def test_whatever_it_says_of_when_to_come_back_is_a_number_of_seconds(
    said: bytes, understood: int
) -> None:
    """An error here would be ours, and what was sent would be sent again."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nRetry-After: " + said + b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, HttpClient(SystemClock(), [ip_network("127.0.0.0/8")]) as http:
        request = SignedRequest(f"http://{host}:{port}/", {}, b"{}")
        answered = await http.send(request, seconds_max=5)
    assert (answered.status_code, answered.retry_after_seconds) == (200, understood)

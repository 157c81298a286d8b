"""A plain HTTP client on one connection, with a source address of its own.

It sends any bytes, in any pieces, and reads no more than it is told to: an HTTP library would not.
Linux routes all of 127/8 to the machine itself, so each client can have an address of its own.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

HEAD_BYTES_MAX: Final = 64 * 1024
GUESTS_FROM: Final = ipaddress.IPv4Address("127.64.0.1")
ATTACKERS_FROM: Final = ipaddress.IPv4Address("127.96.0.1")
_SMALL_BYTES: Final = 4_096
_NO_BODY: Final = frozenset((204, 304))


class Answer(msgspec.Struct, frozen=True):
    """The status and the body of a response."""

    status: int
    body: bytes


class Client:
    """One open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.last_status = 0

    async def send(self, data: bytes) -> None:
        """Send the bytes; waits while the server does not read."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> Answer:
        """Read one response; raises `EOFError` when the connection ends before."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = _length_of(head)
        if length is None and status not in _NO_BODY and b"\r\nconnection: close" in head.lower():
            return Answer(status, await self._reader.read())
        return Answer(status, await self._reader.readexactly(length or 0))

    async def head(self) -> int:
        """Read the head of a response; its status."""
        return int((await self._reader.readuntil(b"\r\n\r\n"))[9:12])

    async def read_to_end(self) -> None:
        """Read until the server closes."""
        while await self._reader.read(HEAD_BYTES_MAX):
            pass


@asynccontextmanager
async def connection(
    host: str, port: int, source: str, *, reads_slowly: bool = False
) -> AsyncIterator[Client]:
    """A new connection from the source address; dropped at the end, whatever is under way.

    Who reads slowly has small buffers, so that the server keeps what was not read.
    """
    endpoint = socket.socket()
    if reads_slowly:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BYTES)
    endpoint.settimeout(0)
    try:
        endpoint.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(endpoint, (host, port))
    except BaseException:
        endpoint.close()
        raise
    limit = _SMALL_BYTES if reads_slowly else HEAD_BYTES_MAX
    reader, writer = await asyncio.open_connection(sock=endpoint, limit=limit)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


def address(first: ipaddress.IPv4Address, number: int) -> str:
    """One of the loopback addresses from the first on."""
    return str(first + number)


def get(path: str, *, headers: str = "") -> bytes:
    """A request for a page or a resource."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


def send_json(
    method: str, path: str, body: object, *, key: str = "", media: str = "application/json"
) -> bytes:
    """A request with a JSON body, or with the bytes of a file."""
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\n"
        f"Content-Length: {len(encoded)}\r\n{authorization}\r\n"
    )
    return head.encode() + encoded


def _length_of(head: bytes) -> int | None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return None

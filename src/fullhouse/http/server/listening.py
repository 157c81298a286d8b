"""The socket that guests connect to, held by the supervisor while web processes come and go."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from ipaddress import ip_address

from fullhouse.http.server.limits import LISTEN_BACKLOG_MAX, LISTEN_WAIT_SECONDS_MAX
from fullhouse.kernel.errors import FullhouseError

_POLL_SECONDS = 0.1
_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class AddressUnusable(FullhouseError):
    """The host and port cannot be listened on: in use, not ours, or not allowed."""

    code = "address_unusable"
    message = "This address cannot be listened on."


@asynccontextmanager
async def listening(host: str, port: int) -> AsyncIterator[socket.socket]:
    """Listen on the address; port 0 takes any that is free.

    Waits a moment for an address in use, because processes of a killed supervisor are just giving
    it back. Raises `AddressUnusable`.
    """
    with await _listener(host, port) as listener:
        yield listener


def address_of(listener: socket.socket) -> tuple[str, int]:
    """The host and port to reach it at from this machine."""
    host, port = listener.getsockname()[:2]
    return (_LOOPBACK[listener.family] if ip_address(host).is_unspecified else host), port


async def answers(host: str, port: int, path: str) -> bool:
    """Whether a web process answers `200` for the path."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split()
        writer.close()
        await writer.wait_closed()
    except OSError:
        return False
    return status[1:2] == [str(HTTPStatus.OK.value).encode()]


async def _listener(host: str, port: int) -> socket.socket:
    for _ in range(int(LISTEN_WAIT_SECONDS_MAX / _POLL_SECONDS)):
        try:
            return _bound(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                why = os.strerror(error.errno) if error.errno else str(error)
                raise AddressUnusable(f"Cannot listen on {host}:{port}: {why}") from error
        await asyncio.sleep(_POLL_SECONDS)
    raise AddressUnusable(f"{host}:{port} is in use by another program: choose another --port")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=LISTEN_BACKLOG_MAX)

"""The socket that guests connect to, held by the supervisor while web processes come and go."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from ipaddress import ip_address

from fullhouse.http.server.limits import (
    LISTEN_BACKLOG_MAX,
    LISTEN_WAIT_SECONDS_MAX,
    SELF_PROBE_SECONDS_MAX,
)
from fullhouse.kernel.errors import FullhouseError

_POLL_SECONDS = 0.1
_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class AddressUnusable(FullhouseError):
    """The host and port cannot be listened on: in use, not ours, or not allowed."""

    code = "address_unusable"
    message = "This address cannot be listened on."


class AddressInUse(AddressUnusable):
    """Another program listens there, or still did a moment ago."""

    code = "address_in_use"
    message = "This address is in use."


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
    """Whether a web process answers `200` for the path, within `SELF_PROBE_SECONDS_MAX`."""
    try:
        async with asyncio.timeout(SELF_PROBE_SECONDS_MAX):
            return await status_of(host, port, path) == HTTPStatus.OK
    except OSError:
        return False


async def status_of(host: str, port: int, path: str, *, tls: bool = False) -> int:
    """The status of the answer to `GET path`, 0 for one that is not HTTP; raises `OSError`."""
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        name = f"[{host}]" if ":" in host else host
        writer.write(f"GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n".encode())
        status = (await reader.readline()).split()[1:2]
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return int(status[0]) if status and status[0].isdigit() else 0


def bound(host: str, port: int) -> socket.socket:
    """Listen on the address; raises `AddressUnusable` with the reason and what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=LISTEN_BACKLOG_MAX)
    except OSError as error:
        kind = AddressInUse if error.errno == errno.EADDRINUSE else AddressUnusable
        raise kind(f"Cannot listen on {host}, port {port}: {_why_not(error)}") from error


async def _listener(host: str, port: int) -> socket.socket:
    for _ in range(int(LISTEN_WAIT_SECONDS_MAX / _POLL_SECONDS)):
        with contextlib.suppress(AddressInUse):
            return bound(host, port)
        await asyncio.sleep(_POLL_SECONDS)
    return bound(host, port)


def _why_not(error: OSError) -> str:
    if isinstance(error.__context__, socket.gaierror):  # which `create_server` makes an OSError
        return "no address is known for this name. Choose another host (FULLHOUSE_HOST)."
    match error.errno:
        case errno.EADDRINUSE:
            return "another program uses it. Choose another port (FULLHOUSE_PORT)."
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address. Choose another host (FULLHOUSE_HOST)."
        case errno.EACCES:
            return "this user may not. Choose a port above 1023 (FULLHOUSE_PORT), behind a proxy."
        case _:
            return f"{error.strerror or error}."

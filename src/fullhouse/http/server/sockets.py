"""What the kernel knows of a connection."""

import asyncio
import fcntl
import os
import termios
from array import array


def unread_bytes(transport: asyncio.Transport) -> int:
    """Bytes that have arrived and were not read yet; none of a transport that closes."""
    if transport.is_closing():
        return 0
    unread = array("i", [0])
    fcntl.ioctl(_file_of(transport), termios.FIONREAD, unread)
    return unread[0]


def read_arrived(transport: asyncio.Transport, size_max: int) -> bytes:
    """Read what has arrived on a transport that does not read yet, and wait for nothing.

    Nothing, too, when the client has left: the transport is told when it reads.
    """
    try:
        return os.read(_file_of(transport), size_max)
    except OSError:
        return b""


def _file_of(transport: asyncio.Transport) -> int:
    file: int = transport.get_extra_info("socket").fileno()
    return file

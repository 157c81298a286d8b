"""What the kernel knows of a connection."""

import asyncio
import fcntl
import termios
from array import array


def unread_bytes(transport: asyncio.Transport) -> int:
    """Bytes that have arrived and were not read yet; none of a transport that closes."""
    if transport.is_closing():
        return 0
    unread = array("i", [0])
    fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, unread)
    return unread[0]

"""uvicorn's HTTP protocol with limits on the head of a request, and one write per response.

uvicorn waits for ever for the end of a head, takes one of any size, and writes the head and the
body of a response separately: each write is a system call and a packet, a tenth of the CPU time
that a booking costs the web process. `tests/contracts/test_http_limits.py` holds each behaviour
against a real socket, so that an upgrade of uvicorn cannot lose it silently.
"""

import asyncio
import fcntl
import termios
from array import array
from typing import Any, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from fullhouse.http.server.limits import (
    HEAD_BYTES_MAX,
    HEAD_SECONDS_MAX,
    WRITTEN_TOGETHER_BYTES_MAX,
)
from fullhouse.telemetry.log import get_logger

_BAD_REQUEST: Final = 400
_REQUEST_TIMEOUT: Final = 408
_HEADERS_TOO_LARGE: Final = 431
_log = get_logger(__name__)


class HeadTooLarge(Exception):
    """The request line and the headers have more bytes than `HEAD_BYTES_MAX`."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. What no handler waits for must arrive within its limits of bytes and time.

    That is the head of each request, and the rest of a body after its response. A body that a
    handler waits for is the root application's to time.
    """

    _arrival_timer: asyncio.TimerHandle | None = None
    _is_in_head = True
    _head_bytes = 0
    _refusal = _BAD_REQUEST

    @property
    def is_streaming(self) -> bool:
        """Whether a response has begun and has not ended."""
        cycle: RequestResponseCycle | None = getattr(self, "cycle", None)
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def is_idle(self, seconds: float) -> bool:
        """Whether nothing has come for that long, and no request is under way."""
        timer, limit = self.timeout_keep_alive_task, self.timeout_keep_alive
        if timer is None and self._head_bytes == 0:
            timer, limit = self._arrival_timer, HEAD_SECONDS_MAX
        if timer is None or timer.when() - self.loop.time() >= limit - seconds:
            return False
        return _unread_bytes(self.transport) == 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        coalescing = WriteCoalescingTransport(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", coalescing))
        self._start_arrival_timer()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_arrival_timer()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        """Parse; count the bytes of a head that comes in several pieces, and start its timer."""
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._is_in_head:
            self._head_bytes = 0
        elif self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(_HEADERS_TOO_LARGE)
        elif self._arrival_timer is None:
            self._start_arrival_timer()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True

    @override
    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._cancel_arrival_timer()
        # A head that came in one piece was not counted before
        if self._head_bytes > HEAD_BYTES_MAX and self._parsed_bytes() > HEAD_BYTES_MAX:
            self._refusal = _HEADERS_TOO_LARGE
            raise HeadTooLarge
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._cancel_arrival_timer()
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._start_arrival_timer()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed, or whose head is too large."""
        self._refuse(self._refusal)

    def _parsed_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _start_arrival_timer(self) -> None:
        self._arrival_timer = self.loop.call_later(HEAD_SECONDS_MAX, self._end_arrival)

    def _cancel_arrival_timer(self) -> None:
        if self._arrival_timer is not None:
            self._arrival_timer.cancel()
            self._arrival_timer = None

    def _end_arrival(self) -> None:
        """Refuse a head that has begun; close a connection that sent nothing, or has its answer."""
        self._arrival_timer = None
        if self._is_in_head and self._head_bytes:
            self._refuse(_REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        _log.info("http.connection_refused", status=status)
        self.transport.write(
            STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()


def _unread_bytes(transport: asyncio.Transport) -> int:
    """Bytes that have arrived and were not read: under load the event loop is late."""
    unread = array("i", [0])
    fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, unread)
    return unread[0]


class WriteCoalescingTransport:
    """A transport that sends what was written in one turn of the event loop in one call."""

    __slots__ = ("_loop", "_pending", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Buffer it; large data is sent at once, so that flow control sees a slow client."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending += data
        if len(self._pending) > WRITTEN_TOGETHER_BYTES_MAX:
            self._flush()

    def close(self) -> None:
        """Send what is buffered, and close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the transport's own
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._pending:
            data, self._pending = self._pending, b""
            self._transport.write(data)

"""One connection: requests parsed by llhttp, within limits of bytes and time, answered in order.

What no handler waits for has a deadline here: the head of a request, the rest of a body after its
response, a client that does not read, and silence. A body that a handler waits for, and the handler
itself, are the root application's to time. `tests/contracts/test_http_limits.py` holds each limit
against a real socket.
"""

import asyncio
import math
from collections import deque
from http import HTTPStatus
from typing import Final

import httptools
from typing_extensions import override

from fullhouse.http.headers import join_values
from fullhouse.http.request import Request
from fullhouse.http.server.connection_host import ConnectionHost
from fullhouse.http.server.exchange import Exchange
from fullhouse.http.server.limits import (
    DROPPED_BYTES_MAX,
    FRAMING_BYTES_MAX,
    FRAMING_SHARE,
    HEAD_BYTES_MAX,
    HEAD_SECONDS_MAX,
    KEEP_ALIVE_SECONDS_MAX,
    PIPELINED_REQUESTS_MAX,
    TARGET_BYTES_MAX,
    TICK_SECONDS,
    UNREAD_SECONDS_MAX,
    UNSENT_BYTES_MAX,
)
from fullhouse.http.server.proxies import UNKNOWN_CLIENT
from fullhouse.http.server.rendering import render_refusal
from fullhouse.http.server.request_target import RequestRefused, check_framing, target_of
from fullhouse.http.server.sockets import read_arrived, unread_bytes
from fullhouse.telemetry.log import get_logger

_log: Final = get_logger(__name__)


class HttpConnection(asyncio.Protocol):
    """A connection of a client, or of the proxy before it."""

    def __init__(self, host: ConnectionHost["HttpConnection"]) -> None:
        self._host = host
        self.loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self.client_address = UNKNOWN_CLIENT
        self.respond = host.respond
        self.late_refusal_of = host.late_refusal_of
        self.is_lost = self.has_left = False
        self.deadline = host.now + HEAD_SECONDS_MAX
        self.idle_since = host.now
        # The request whose head or body arrives, those behind it, and the end of them all
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._head_bytes = 0
        self._framing_bytes = self._dropped_bytes = 0
        self._is_in_head, self._has_ended = True, False
        self._receiving: Exchange | None = None
        self._pipelined: deque[Exchange] = deque()
        self._refusal: int | None = None
        # The response that is being made and sent
        self._answering: Exchange | None = None
        self._unsent = b""
        self._is_read_paused = self._is_write_paused = self._is_held = False
        self._may_be_held = True
        self._drained: asyncio.Future[None] | None = None

    @property
    def date(self) -> bytes:
        """The header line with the date."""
        return self._host.date

    @property
    def is_streaming(self) -> bool:
        """Whether a response has begun that ends when the client leaves."""
        return self._answering is not None and self._answering.is_streaming

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way, nor the head of one."""
        return self._answering is None and self._is_in_head and self._head_bytes == 0

    @property
    def is_waiting_for_client(self) -> bool:
        """Whether the client has begun to send something, and has not ended."""
        return not self.is_idle and (self._answering is None or self._receiving is self._answering)

    # The transport

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self.client_address = peer[0]
            self._may_be_held = not self._host.is_proxy(peer[0])
        self._host.opened(self)
        # The event loop would read it in its next turn, behind what all other clients have sent
        if arrived := read_arrived(transport, HEAD_BYTES_MAX):
            self.data_received(arrived)

    def reading_began(self) -> None:
        """Pause if what had arrived before asked for it."""
        if self._is_read_paused and not self._transport.is_closing():
            self._transport.pause_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        del self._parser  # it refers to us: no cycle is left to the collector
        self._pipelined.clear()
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self._answering is not None:
            self._answering.disconnect()
        self._host.closed(self)

    @override
    def eof_received(self) -> bool:
        """Answer what has been sent: a client may close its half first, except of a stream."""
        self.has_left = True
        self._end(None)
        return not (self._transport.is_closing() or self.is_streaming)

    @override
    def data_received(self, data: bytes) -> None:
        if self._answering is None and self._receiving is not None:
            self._drop(len(data))
        if len(data) <= HEAD_BYTES_MAX:
            self._parse(data)
            return
        # In pieces, so that a head is counted however it arrives
        for at in range(0, len(data), HEAD_BYTES_MAX):
            self._parse(data[at : at + HEAD_BYTES_MAX])

    def _drop(self, size: int) -> None:
        """Read slowly on when the rest of a body that was answered already is long."""
        self._dropped_bytes += size
        if self._dropped_bytes > DROPPED_BYTES_MAX:
            self.pause_reading()
            self.loop.call_later(TICK_SECONDS, self.resume_reading)

    def _parse(self, data: bytes) -> None:
        if self._has_ended:
            return
        self._head_bytes += len(data)
        self._framing_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end(None)  # what follows is another protocol, and there is none
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._end(cause.status if isinstance(cause, RequestRefused) else HTTPStatus.BAD_REQUEST)
        else:
            if not self._is_in_head:
                self._head_bytes = 0
                if self._framing_bytes > FRAMING_BYTES_MAX:
                    self._end(HTTPStatus.BAD_REQUEST)
            elif self._head_bytes >= HEAD_BYTES_MAX:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    @override
    def pause_writing(self) -> None:
        self._is_write_paused = True
        self.deadline = self._host.now + UNREAD_SECONDS_MAX

    @override
    def resume_writing(self) -> None:
        self._is_write_paused = False
        self.deadline = math.inf
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self._answering is None and not self.is_lost:
            self._go_on()

    # The parser

    def on_message_begin(self) -> None:
        self._framing_bytes = self._dropped_bytes = 0
        self._url = b""
        self._headers = {}
        self._is_in_head = True
        if not self._head_bytes:  # behind another request in one piece
            self._head_bytes = 1
        if self._answering is None:
            self.deadline = self._host.now + HEAD_SECONDS_MAX

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_head:
            return  # trailers, which nobody asks for, must not pass for headers
        name, headers = name.lower(), self._headers
        headers[name] = value if name not in headers else join_values(name, headers[name], value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        if len(self._url) > TARGET_BYTES_MAX:
            raise RequestRefused(HTTPStatus.REQUEST_URI_TOO_LONG)
        if len(self._pipelined) >= PIPELINED_REQUESTS_MAX:
            raise RequestRefused(None)
        self._begin_exchange()

    def on_body(self, body: bytes) -> None:
        size = len(body)
        self._framing_bytes = max(0, self._framing_bytes - size - size // FRAMING_SHARE)
        if self._receiving is not None:
            self._receiving.feed(body)

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        self._is_in_head = True
        receiving, self._receiving = self._receiving, None
        if receiving is not None:
            receiving.feed_end()
        if self._answering is None:  # it was answered or refused before its body was complete
            self._go_on()

    # The exchanges

    def write(self, data: bytes) -> None:
        """Send it with what other connections have to send in this turn; much of it at once."""
        if self.is_lost:
            return
        if len(data) > UNSENT_BYTES_MAX:
            before, self._unsent = self._unsent, b""
            self._transport.writelines([before, data])
            return
        if not self._unsent:
            self._host.flush_later(self)
        self._unsent += data
        if len(self._unsent) > UNSENT_BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Hand over what was written."""
        data, self._unsent = self._unsent, b""
        if data and not self.is_lost:
            self._transport.write(data)

    async def wait_writable(self) -> None:
        """Wait until the client has read what was sent, while there is too much of it."""
        if self._is_write_paused and not self.is_lost:
            self._drained = self.loop.create_future()
            await self._drained

    def pause_reading(self) -> None:
        """Let the client wait with what it sends."""
        if not self._is_read_paused and not self._transport.is_closing():
            self._is_read_paused = True
            if self._transport.is_reading():
                self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._is_read_paused and not self._transport.is_closing():
            self._is_read_paused = False
            if not self._transport.is_reading():
                self._transport.resume_reading()

    def hold(self) -> None:
        """Read the next request of a client that was refused only when it should ask again.

        Else a client that asks again at once takes the time of those that are served.
        """
        if self._may_be_held:
            self._is_held = True
            self.deadline = math.inf
            self.pause_reading()
            self._host.held(self)

    def release(self) -> None:
        """Read on: the client may ask again."""
        self._is_held = False
        if self._answering is None and not self.is_lost:
            self._go_on()

    def end_exchange(self, exchange: Exchange) -> None:
        """The response has been sent: close, or go on once the request has arrived whole."""
        self._answering = None
        if self.is_lost:
            return
        if not exchange.keep_alive:
            self.close()
        elif exchange.is_body_complete:
            self._go_on()
        elif not self._is_held:
            self.deadline = self._host.now + HEAD_SECONDS_MAX
            self.resume_reading()

    def abort(self) -> None:
        """Close at once, without what was not sent."""
        self._transport.abort()

    # The server

    def shutdown(self) -> None:
        """Close when the request that has arrived has its response, or now."""
        if self._answering is not None:
            self._answering.keep_alive = False
        elif self.is_idle and not self.has_unread():
            self.close()

    def close(self) -> None:
        """Close once what was written is sent."""
        self.flush()
        self._transport.close()

    def has_unread(self) -> bool:
        """Whether bytes have arrived that were not read: under load the event loop is late."""
        return unread_bytes(self._transport) > 0

    def expire(self) -> None:
        """The deadline has passed: refuse a head that has begun, and close."""
        self.deadline = math.inf
        if self._is_write_paused:
            self._transport.abort()
        elif self._is_in_head and self._head_bytes:
            self._end(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.close()

    def _begin_exchange(self) -> None:
        method = self._parser.get_method().decode("ascii")
        path, query = target_of(self._url)
        version = self._parser.get_http_version()
        check_framing(version, self._headers)
        is_current = version == "1.1"
        keep_alive = is_current and self._parser.should_keep_alive() and not self._host.is_draining
        exchange = Exchange(self, keep_alive=keep_alive, is_chunked=is_current)
        exchange.request = Request(
            method=method,
            path=path,
            query_string=query,
            headers=self._headers,
            client_address=self.client_address,
            is_https=False,
            read_body=exchange.read_body,
        )
        if self._answering or self._pipelined or self._is_held:
            self._receiving = exchange
            self._pipelined.append(exchange)
            self.pause_reading()
        elif (refusal := self._host.refusal_of(exchange)) is not None:
            exchange.forget_request()
            self._refuse_unread(refusal, closes=not keep_alive)
        else:
            self._receiving = exchange
            self._run(exchange)

    def _refuse_unread(self, refusal: bytes, *, closes: bool) -> None:
        """Answer, and drop the body that may follow."""
        self.write(refusal)
        if closes:
            self._has_ended = True
            self.close()
        else:
            self.deadline = self._host.now + HEAD_SECONDS_MAX
            self.hold()

    def _run(self, exchange: Exchange) -> None:
        self.deadline = math.inf
        self._answering = exchange
        self._host.run(exchange)

    def _go_on(self) -> None:
        """Run the next request that has arrived; close after the last, or wait for one."""
        if self._is_write_paused or self._is_held:
            return
        if self._pipelined:
            self._run(self._pipelined.popleft())
        elif self._has_ended:
            self._close_refused()
        else:
            self.idle_since = now = self._host.now
            self.deadline = now + (HEAD_SECONDS_MAX if self._head_bytes else KEEP_ALIVE_SECONDS_MAX)
            self.resume_reading()

    def _end(self, refusal: int | None) -> None:
        """Read nothing more; close after the responses to what has arrived, and the refusal."""
        self._has_ended, receiving = True, self._receiving
        self._refusal = None if receiving and receiving.is_answered else refusal
        if receiving is not None:
            receiving.cut()
        if self._answering is None:
            self._go_on()

    def _close_refused(self) -> None:
        if self._refusal is not None:
            _log.info("http.connection_refused", status=self._refusal)
            self.write(render_refusal(self._refusal))
        close = self._host.close_later if self.has_left else HttpConnection.close
        close(self)

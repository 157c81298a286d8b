"""One request of a connection, with the body as it arrives, and its response."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from contextvars import copy_context
from http import HTTPStatus
from typing import Final, Protocol

from fullhouse.http.errors import ClientDisconnected
from fullhouse.http.request import Request, body_too_large, whole_number
from fullhouse.http.response import AnyResponse, EventStream, Response
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.limits import BODY_BYTES_UNREAD_MAX, UNSENT_BYTES_MAX
from fullhouse.http.server.rendering import (
    CONTINUE,
    LAST_CHUNK,
    render,
    render_chunk,
    render_head,
)
from fullhouse.telemetry.log import get_logger

_ASK_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_log: Final = get_logger(__name__)


class Channel(Protocol):
    """What an exchange needs of its connection."""

    is_lost: bool
    has_left: bool

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    @property
    def date(self) -> bytes: ...

    @property
    def respond(self) -> Callable[[Request], Awaitable[AnyResponse]]: ...

    @property
    def late_refusal_of(self) -> Callable[["Exchange"], bytes]: ...

    def write(self, data: bytes) -> None: ...

    def flush(self) -> None: ...

    async def wait_writable(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def hold(self) -> None: ...

    def end_exchange(self, exchange: "Exchange") -> None: ...

    def abort(self) -> None: ...


class Exchange:
    """Runs in a task of its own from the end of the head to the end of the response."""

    __slots__ = (
        "_body",
        "_channel",
        "_is_cut",
        "_waiter",
        "is_answered",
        "is_body_complete",
        "is_chunked",
        "is_streaming",
        "keep_alive",
        "request",
        "task",
    )

    request: Request
    task: asyncio.Task[None]

    def __init__(self, channel: Channel, *, keep_alive: bool, is_chunked: bool) -> None:
        self._channel = channel
        self._body: bytes | bytearray = b""
        self._waiter: asyncio.Future[None] | None = None
        self._is_cut = False
        self.keep_alive = keep_alive
        self.is_chunked = is_chunked
        self.is_body_complete = False
        self.is_answered = False
        self.is_streaming = False

    @property
    def may_write(self) -> bool:
        """Whether the method of the request is not one that only reads."""
        return self.request.method not in SAFE_METHODS

    def start(self) -> None:
        """Answer the request, in a task of its own."""
        if self._channel.is_lost:
            self._end()
        else:
            self.task = self._channel.loop.create_task(self._run())

    def answer_at_once(self) -> None:
        """Answer without a task and send: for a response that is at hand, see `Responder`."""
        with contextlib.suppress(StopIteration):
            copy_context().run(self._run().send, None)
        assert self.is_answered, "what is at hand waits for nothing"
        self._channel.flush()

    def refuse(self) -> None:
        """Answer that the request has waited for too long."""
        self._channel.write(self._channel.late_refusal_of(self))
        self._channel.hold()
        self._end()

    def forget_request(self) -> None:
        """Break the cycle with the request, which refers back by `read_body`."""
        del self.request

    def feed(self, data: bytes) -> None:
        """A part of the body has arrived; dropped once there is a response."""
        if self.is_answered:
            return
        if not self._body:
            self._body = data
        else:
            self._body = bytearray(self._body) if isinstance(self._body, bytes) else self._body
            self._body += data
        if len(self._body) > BODY_BYTES_UNREAD_MAX:
            self._channel.pause_reading()
        self._wake()

    def feed_end(self) -> None:
        """The body is complete."""
        self.is_body_complete = True
        self._wake()

    def cut(self) -> None:
        """The rest of the body does not come."""
        self._is_cut, self.keep_alive = True, False
        self._wake()

    def disconnect(self) -> None:
        """The client has gone: end a stream; a command under way goes on."""
        self.cut()
        if self.is_streaming:
            self.task.cancel()

    async def read_body(self, bytes_max: int) -> bytes:
        """The whole body, given once; raises `BodyTooLarge` past this, and `ClientDisconnected`."""
        if not self.is_body_complete:
            await self._receive(bytes_max)
        if len(self._body) > bytes_max:
            raise body_too_large(bytes_max)
        body, self._body = bytes(self._body), b""
        return body

    async def _receive(self, bytes_max: int) -> None:
        channel, headers = self._channel, self.request.headers
        length = whole_number(headers.get(b"content-length", b"").decode("latin-1"))
        if length is not None and length > bytes_max:
            raise body_too_large(bytes_max)
        if headers.get(b"expect", b"").lower() == b"100-continue":
            channel.write(CONTINUE)
        while not self.is_body_complete and len(self._body) <= bytes_max:
            if self._is_cut:
                raise ClientDisconnected
            channel.resume_reading()
            self._waiter = channel.loop.create_future()
            await self._waiter

    async def _run(self) -> None:
        """Answer the request; whatever happens, the connection learns that it has ended."""
        channel, request = self._channel, self.request
        try:
            response = await channel.respond(request)
            if isinstance(response, EventStream):
                await self._stream(response)
            else:
                self._send(response)
        except Exception as error:  # noqa: BLE001 - one response must not end the server
            _log.error("http.response_failed", method=request.method, exc_info=error)
            self.keep_alive = False
            channel.abort()
        finally:
            self._end()

    def _end(self) -> None:
        self.is_answered = True
        self._body = b""
        self.forget_request()
        self._channel.end_exchange(self)

    def _send(self, response: Response) -> None:
        if response.status == HTTPStatus.REQUEST_TIMEOUT:
            self.keep_alive = False
        elif response.status in _ASK_LATER:
            self._channel.hold()
        channel, method, closes = self._channel, self.request.method, not self.keep_alive
        if len(response.body) > UNSENT_BYTES_MAX and method != "HEAD":
            channel.write(render(response, method="HEAD", date=channel.date, closes=closes))
            channel.write(response.body)  # by itself: all who wait for it share one in memory
        else:
            channel.write(render(response, method=method, date=channel.date, closes=closes))

    async def _stream(self, stream: EventStream) -> None:
        """Send each chunk as it comes, no faster than the client reads."""
        channel, is_chunked = self._channel, self.is_chunked
        if channel.has_left:
            return
        headers = stream.headers
        if is_chunked:
            headers = (*headers, (b"transfer-encoding", b"chunked"))
        else:
            self.keep_alive = False
        channel.write(
            render_head(stream.status, headers, date=channel.date, closes=not self.keep_alive)
        )
        if self.request.method == "HEAD":
            return
        self.is_streaming = True
        async with aclosing(stream.chunks) as chunks:
            async for chunk in chunks:
                channel.write(render_chunk(chunk) if is_chunked else chunk)
                await channel.wait_writable()
        if is_chunked:
            channel.write(LAST_CHUNK)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

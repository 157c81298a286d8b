"""The HTTP server of a web process: accepts up to a bound, ends what is late, drains in order.

To accept a connection and refuse its request costs 180 µs, so thousands of clients that come again
each second would take all CPU time. A connection in the kernel's queue costs nothing, and its turn
comes in order. Streams do not count: each open page holds a stream of live counts, so a few hundred
open pages would close the site. They have a bound of their own, see `StreamLimits`.
"""

import asyncio
import contextlib
import socket
from collections import Counter, deque
from collections.abc import Coroutine, Iterator, Sequence
from email.utils import formatdate
from typing import Final, Protocol, TypeAlias

from fullhouse.http.request import Request
from fullhouse.http.response import AnyResponse, Response
from fullhouse.http.server.connection import HttpConnection
from fullhouse.http.server.exchange import Exchange
from fullhouse.http.server.limits import (
    ACCEPT_PAUSE_SECONDS,
    ACCEPTED_TOGETHER_MAX,
    CLOSED_TOGETHER_MAX,
    IDLE_REQUESTS_MAX,
    IDLE_SECONDS_MIN,
    REFUSED_SECONDS,
    TICK_SECONDS,
    UNFINISHED_PER_CLIENT_MAX,
    UNSENT_BYTES_MAX,
)
from fullhouse.http.server.metrics import ServerMetrics
from fullhouse.http.server.rendering import render
from fullhouse.http.server.run_queue import QueueDelay, RunQueue
from fullhouse.kernel.memory import collect_garbage
from fullhouse.telemetry.log import get_logger

_PROBE_METHODS: Final = frozenset({"GET", "HEAD"})
_log: Final = get_logger(__name__)

_Opening: TypeAlias = Coroutine[asyncio.Future[None], None, object]
"""A connection that is accepted and not yet made; it waits for one future after the other."""


class Responder(Protocol):
    """What a server serves."""

    @property
    def running(self) -> int:
        """How many requests run now."""

    @property
    def streaming(self) -> int:
        """How many streams are sent now."""

    async def __call__(self, request: Request, /) -> AnyResponse:
        """Answer a request; never raises."""

    def is_proxy(self, address: str) -> bool:
        """Whether many clients share a connection from this address."""

    def is_probe(self, path: str) -> bool:
        """Whether the answer to a GET is at hand: it waits for no others and is never refused."""

    def refusal_of(self, request: Request, queue: QueueDelay, /) -> Response | None:
        """The response to a request that is refused before it is read."""

    def overload_response(self, request: Request) -> Response:
        """The response to a request that has waited for too long."""


class HttpServer:
    """Serves a site on listening sockets, from `start` to `drain`."""

    def __init__(self, site: Responder, metrics: ServerMetrics, *, connections_max: int) -> None:
        self._site = site
        self._metrics = metrics
        self._connections_max = connections_max
        self._loop = asyncio.get_running_loop()
        self._listeners: Sequence[socket.socket] = ()
        self._connections: set[HttpConnection] = set()
        self._opening: set[_Opening] = set()
        self._refusals: dict[tuple[int, bool, bool], tuple[Response, bytes]] = {}
        self._queue = RunQueue(self._loop)
        self._refused = 0
        self._unsent: list[HttpConnection] = []
        self._leaving: deque[HttpConnection] = deque()
        self._held: deque[tuple[float, HttpConnection]] = deque()
        self._is_accepting = False
        self._timer: asyncio.TimerHandle | None = None
        self.is_draining = False
        self.respond = site
        self.is_proxy = site.is_proxy
        self.now = 0.0
        self.date = b""
        self._read_clock()

    def start(self, *listeners: socket.socket) -> None:
        """Accept connections on these sockets from now on."""
        self._listeners = listeners
        for listener in listeners:
            listener.settimeout(0)
            # Its connections inherit it: the kernel would copy megabytes for a client that reads
            # nothing, while others wait
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)
        self._resume()
        self._tick()

    async def drain(
        self, seconds_max: float, forced: asyncio.Event, *, linger_seconds: float = 0.0
    ) -> None:
        """Accept no more, and let requests under way end for so long, or until it is forced.

        The listening sockets are closed, so that new clients are refused at once, unless another
        process listens too. Connections without a request are closed after `linger_seconds`: a
        client that sends one just then would learn nothing. The answer to one says that it closes.
        """
        self._pause()
        self.is_draining = True
        lingers_until = self._loop.time() + linger_seconds
        for listener in self._listeners:
            listener.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds_max):
                while (self._connections or self._opening) and not forced.is_set():
                    is_lingering = self._loop.time() < lingers_until
                    for connection in tuple(self._connections):
                        if not (is_lingering and connection.is_idle):
                            connection.shutdown()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(forced.wait(), 0.05)
        if self._connections:
            _log.warning("http.connections_aborted", connections=len(self._connections))
        for connection in tuple(self._connections):
            connection.abort()
        if self._timer is not None:
            self._timer.cancel()

    # What connections need

    def refusal_of(self, exchange: Exchange) -> bytes | None:
        """The response to a request that is refused unread."""
        request = exchange.request
        if self._site.is_probe(request.path):
            return None
        response = self._site.refusal_of(request, self._queue)
        return None if response is None else self._rendered(response, exchange)

    def run(self, exchange: Exchange) -> None:
        """Start the request in its turn; answer a probe at once."""
        request = exchange.request
        if self._site.is_probe(request.path) and request.method in _PROBE_METHODS:
            exchange.answer_at_once()
        else:
            self._queue.add(exchange)

    def late_refusal_of(self, exchange: Exchange) -> bytes:
        """The response to a request that has waited for too long."""
        return self._rendered(self._site.overload_response(exchange.request), exchange)

    def _rendered(self, response: Response, exchange: Exchange) -> bytes:
        """A refusal, rendered once in a tick. The response is kept, or its id would be reused."""
        self._refused += 1
        method, closes = exchange.request.method, not exchange.keep_alive
        key = (id(response), method == "HEAD", closes)
        _, rendered = self._refusals.get(key, (response, b""))
        if not rendered:
            rendered = render(response, method=method, date=self.date, closes=closes)
            self._refusals[key] = response, rendered
        return rendered

    def flush_later(self, connection: HttpConnection) -> None:
        """Send the responses of a turn together: a write alone wakes its client each time.

        Waking them one by one took a tenth of the time of a read.
        """
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(connection)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        for connection in unsent:
            connection.flush()

    def held(self, connection: HttpConnection) -> None:
        """Release the connection when its client may ask again; one timer serves them all."""
        if not self._held:
            self._loop.call_later(REFUSED_SECONDS, self._release)
        self._held.append((self._loop.time() + REFUSED_SECONDS, connection))

    def _release(self) -> None:
        now, due = self._loop.time(), list[HttpConnection]()
        while self._held and self._held[0][0] <= now:
            due.append(self._held.popleft()[1])
        if self._held:
            self._loop.call_at(self._held[0][0], self._release)
        for connection in due:
            connection.release()

    def close_later(self, connection: HttpConnection) -> None:
        """Close it in its turn: thousands of clients that leave at once would stop the loop."""
        if not self._leaving:
            self._loop.call_soon(self._close_leaving)
        self._leaving.append(connection)

    def _close_leaving(self) -> None:
        for _ in range(min(len(self._leaving), CLOSED_TOGETHER_MAX)):
            self._leaving.popleft().close()
        if self._leaving:
            self._loop.call_soon(self._close_leaving)

    def opened(self, connection: HttpConnection) -> None:
        self._connections.add(connection)

    def closed(self, connection: HttpConnection) -> None:
        self._connections.discard(connection)
        if not self._is_accepting and self._room() >= ACCEPTED_TOGETHER_MAX:
            self._resume()

    # Time

    def _tick(self) -> None:
        """Twice a second: end what is late, make room, report, and collect garbage when idle."""
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)
        self._read_clock()
        self._refusals.clear()
        for connection in [each for each in self._connections if each.deadline <= self.now]:
            connection.expire()
        if not self._is_accepting and not self.is_draining:
            self._make_room()
        self._report()
        if self._site.running <= IDLE_REQUESTS_MAX and not self._queue.is_behind:
            collect_garbage()

    def _read_clock(self) -> None:
        self.now = self._loop.time()
        self.date = f"date: {formatdate(usegmt=True)}\r\n".encode()

    def _report(self) -> None:
        self._metrics.opened(connections=len(self._connections), streams=self._site.streaming)
        if self._refused:
            _log.warning("http.requests_refused", requests=self._refused)
            self._metrics.refused(self._refused)
            self._refused = 0

    # Accepting

    def _room(self) -> int:
        opened = len(self._connections) + len(self._opening) - self._site.streaming
        return self._connections_max - opened

    def _make_room(self) -> None:
        """Close connections that nobody uses, and those of a client that keeps many unfinished."""
        for connection in (*self._idle(), *self._unfinished()):
            connection.close()
        if self._room() > 0:
            self._resume()

    def _idle(self) -> Iterator[HttpConnection]:
        for connection in tuple(self._connections):
            idle = connection.is_idle and self.now - connection.idle_since >= IDLE_SECONDS_MIN
            if idle and not connection.has_unread():
                yield connection

    def _unfinished(self) -> Iterator[HttpConnection]:
        """Connections past the share of their client that wait for the rest of a request."""
        shares = Counter[str]()
        for connection in tuple(self._connections):
            if connection.is_waiting_for_client:
                shares[connection.client_address] += 1
                if shares[connection.client_address] > UNFINISHED_PER_CLIENT_MAX:
                    yield connection

    def _resume(self) -> None:
        if self._is_accepting or self.is_draining:
            return
        self._is_accepting = True
        self._listen()

    def _pause(self) -> None:
        self._is_accepting = False
        self._stop_listening()

    def _listen(self) -> None:
        if self._is_accepting:
            for listener in self._listeners:
                self._loop.add_reader(listener, self._accept, listener)

    def _stop_listening(self) -> None:
        for listener in self._listeners:
            self._loop.remove_reader(listener)

    def _accept(self, listener: socket.socket) -> None:
        """Accept connections that wait, a bounded number in one turn of the event loop."""
        room = self._room()
        if room <= 0:
            _log.warning("http.connections_at_bound", connections=len(self._connections))
            self._pause()
            return
        if self._refused:  # each costs as much as five requests that are refused
            self._stop_listening()
            self._loop.call_later(ACCEPT_PAUSE_SECONDS, self._listen)
        for _ in range(min(room, ACCEPTED_TOGETHER_MAX)):
            try:
                accepted, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return  # none waits, or another web process was faster
            except OSError as error:
                _log.error("http.accept_failed", error=error)
                self._pause()
                return
            self._advance(
                self._loop.connect_accepted_socket(lambda: HttpConnection(self), accepted)
            )

    def _advance(self, opening: _Opening) -> None:
        """Open a connection as far as can be without waiting: a task would begin a turn later."""
        self._opening.discard(opening)
        try:
            waiter = opening.send(None)
        except StopIteration as opened:
            _, connection = opened.value
            connection.reading_began()
        except OSError:
            _log.debug("http.client_left_early")
        else:
            self._opening.add(opening)
            waiter.add_done_callback(lambda _: self._advance(opening))

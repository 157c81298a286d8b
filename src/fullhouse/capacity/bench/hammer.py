"""Our own load program: many keep-alive connections on one event loop, closed or paced.

Without a pace each connection sends its next request when it has its answer. With one, requests are
due at fixed instants whatever the answers do, and wait in a queue when every connection is taken;
latency counts from the instant a request was due. It runs in a process of its own:
`python -m fullhouse.capacity.bench.hammer '<orders as JSON>'`.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from random import Random
from typing import cast

import httptools
import msgspec
import uvloop
from typing_extensions import override

from fullhouse.capacity.bench.farm import Slots
from fullhouse.numerics.quantiles import quantile

_TICK_SECONDS = 0.001
_PATIENCE_SECONDS = 30.0


class Orders(msgspec.Struct, frozen=True):
    """What to send, where, for how long, and at which pace (requests a second)."""

    host: str
    port: int
    path: str
    seconds: float
    connections: int
    booking: Slots | None = None
    run: str = ""
    pace: float | None = None


class Yield(msgspec.Struct, frozen=True):
    """What came of it; latencies in milliseconds, from when each request was due."""

    answered: int
    failed: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def requests(orders: Orders) -> Iterator[bytes]:
    """The requests one after the other, no two bookings by the same customer."""
    if orders.booking is None:
        read = f"GET {orders.path} HTTP/1.1\r\nHost: {orders.host}\r\n\r\n".encode()
        while True:
            yield read
    random = Random(orders.run)  # noqa: S311 - a replayable draw, not a secret
    head = f"POST {orders.path} HTTP/1.1\r\nHost: {orders.host}\r\nContent-Type: application/json"
    number = 0
    while True:
        number += 1
        slot = orders.booking.id_of(random.randint(orders.booking.first, orders.booking.last))
        body = (
            f'{{"slot":"{slot}","party":2,"customer":{{"name":"Rosa Field",'
            f'"email":"rosa-{orders.run}-{number}@example.org"}}}}'
        )
        yield f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class _Line(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, hammer: "Hammer") -> None:
        self._hammer = hammer
        self._due: float | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._parser = httptools.HttpResponseParser(self)
        self._hammer.free(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._due is not None:
            self._hammer.lost(self._due)
            self._due = None

    def on_message_complete(self) -> None:
        assert self._due is not None
        due, self._due = self._due, None
        self._hammer.answered(self._parser.get_status_code(), due)
        self._parser = httptools.HttpResponseParser(self)
        self._hammer.free(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()


class Hammer:
    """Sends what was ordered and keeps the figures."""

    def __init__(self, orders: Orders, loop: asyncio.AbstractEventLoop) -> None:
        self._orders = orders
        self._loop = loop
        self._requests = requests(orders)
        self._idle: deque[_Line] = deque()
        self._due: deque[float] = deque()
        self._latencies: list[float] = []
        self._failed = 0
        self._open = 0
        self._flat = False
        self._began = self._last = loop.time()

    async def run(self) -> Yield:
        lines = []
        for _ in range(self._orders.connections):
            _, line = await self._loop.create_connection(
                lambda: _Line(self), self._orders.host, self._orders.port
            )
            lines.append(line)
        self._began = self._loop.time()
        if self._orders.pace is None:
            await self._flat_out()
        else:
            await self._paced(self._orders.pace)
        await self._until_all_are_answered()
        for line in lines:
            line.close()
        return self._yield()

    def free(self, line: _Line) -> None:
        """A connection has nothing to do: give it what is due, or what comes next."""
        if self._due:
            self._send(line, self._due.popleft())
        elif self._flat and self._running():
            self._send(line, self._loop.time())
        else:
            self._idle.append(line)

    def answered(self, status: int, due: float) -> None:
        self._open -= 1
        self._last = self._loop.time()
        self._latencies.append(self._last - due)
        if status >= HTTPStatus.BAD_REQUEST:
            self._failed += 1

    def lost(self, due: float) -> None:
        """The server closed a connection with a request on it."""
        self._open -= 1
        self._failed += 1
        self._latencies.append(self._loop.time() - due)

    async def _flat_out(self) -> None:
        self._flat = True
        for _ in range(len(self._idle)):
            self._send(self._idle.popleft(), self._loop.time())
        await asyncio.sleep(self._orders.seconds)

    async def _paced(self, pace: float) -> None:
        sent = 0
        while self._running():
            while self._began + sent / pace <= self._loop.time():
                self._due.append(self._began + sent / pace)
                sent += 1
            while self._due and self._idle:
                self._send(self._idle.popleft(), self._due.popleft())
            await asyncio.sleep(_TICK_SECONDS)

    async def _until_all_are_answered(self) -> None:
        deadline = self._loop.time() + _PATIENCE_SECONDS
        while (self._open or self._due) and self._loop.time() < deadline:  # noqa: ASYNC110 - a timer
            await asyncio.sleep(_TICK_SECONDS)
        self._failed += self._open

    def _running(self) -> bool:
        return self._loop.time() < self._began + self._orders.seconds

    def _send(self, line: _Line, due: float) -> None:
        self._open += 1
        line.send(next(self._requests), due)

    def _yield(self) -> Yield:
        ordered = sorted(self._latencies) or [0.0]
        return Yield(
            answered=len(self._latencies) - self._failed,
            failed=self._failed,
            seconds=max(self._last - self._began, self._orders.seconds),
            p50_ms=quantile(ordered, 0.50) * 1000,
            p95_ms=quantile(ordered, 0.95) * 1000,
            p99_ms=quantile(ordered, 0.99) * 1000,
        )


async def _main(orders: Orders) -> Yield:
    return await Hammer(orders, asyncio.get_running_loop()).run()


if __name__ == "__main__":
    done = uvloop.run(_main(msgspec.json.decode(sys.argv[1], type=Orders)))
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")

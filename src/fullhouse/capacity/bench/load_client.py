"""The load client: many keep-alive connections on one event loop, closed or open loop.

Closed: each connection sends its next request after its answer. Open (`rate` set): requests are due
as a Poisson process has it, as pgbench's with `--rate` are, independent of the answers, and queue
while every connection is busy; latency counts from the instant a request was due. The client runs
in a process of its own: `python -m fullhouse.capacity.bench.load_client '<plan as JSON>'`.
"""

import asyncio
import re
import sys
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from random import Random
from typing import Final, NamedTuple, Protocol, cast

import httptools
import msgspec
import uvloop
from typing_extensions import override

from fullhouse.capacity.bench.fixtures import SlotRange
from fullhouse.numerics.quantiles import quantile

_TICK_SECONDS = 0.001
_ANSWER_SECONDS_MAX = 30.0
_REST_SECONDS = 1.1
REFUSALS: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""The statuses of a server that asks to come back later."""
_RETRY_AFTER: Final = re.compile(rb"(?i)\r\nretry-after: ([0-9]+)\r\n")


class LoadPlan(msgspec.Struct, frozen=True):
    """Requests to send: reads of `path`, or bookings on the slots of `booking`.

    Every booking has a customer of its own, but those of `one_customer` each another slot.
    `rate` is requests per second; without it the loop is closed. Latencies of the first
    `settle_seconds` are not counted.
    """

    host: str
    port: int
    path: str
    seconds: float
    connections: int
    booking: SlotRange | None = None
    run: str = ""
    rate: float | None = None
    settle_seconds: float = 0.0
    one_customer: bool = False


class LoadResult(msgspec.Struct, frozen=True):
    """Counts and latencies in milliseconds; `succeeded` counts answers below status 400."""

    succeeded: int
    failed: int
    """All others; refusals among them."""
    refused: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    refusals: int = 0
    """Refused requests whose latency is counted."""
    refused_p99_ms: float = 0.0
    """From the sending of the request: how long the server takes to refuse."""

    @property
    def per_second(self) -> float:
        return self.succeeded / self.seconds


def requests(plan: LoadPlan) -> Iterator[bytes]:
    """An endless sequence of requests."""
    if plan.booking is None:
        read = f"GET {plan.path} HTTP/1.1\r\nHost: {plan.host}\r\n\r\n".encode()
        while True:
            yield read
    random = Random(plan.run)  # noqa: S311 - a replayable draw, not a secret
    head = f"POST {plan.path} HTTP/1.1\r\nHost: {plan.host}\r\nContent-Type: application/json"
    number = 0
    while True:
        number += 1
        slots = plan.booking
        if plan.one_customer:
            place, customer = slots.first + number % (slots.last - slots.first + 1), "one"
        else:
            place, customer = random.randint(slots.first, slots.last), str(number)
        body = (
            f'{{"slot":"{slots.id_of(place)}","party":2,"customer":{{"name":"Rosa Field",'
            f'"email":"rosa-{plan.run}-{customer}@example.org"}}}}'
        )
        yield f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class SentRequest(NamedTuple):
    """When a request was due, and when it was sent."""

    due: float
    sent: float


class ConnectionOwner(Protocol):
    """Gets the events of its connections."""

    def on_idle(self, connection: "LoadConnection", /) -> None: ...
    def on_response(self, status: int, request: "SentRequest", /) -> None: ...
    def on_disconnect(self, due: float, /) -> None: ...


class LoadConnection(asyncio.Protocol):
    """One connection with at most one request in flight."""

    def __init__(self, client: ConnectionOwner) -> None:
        self._client = client
        self._now = asyncio.get_running_loop().time
        self._request: SentRequest | None = None
        self._received = b""
        self.was_refused = False
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._parser = httptools.HttpResponseParser(self)
        self._client.on_idle(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._received = data
        self._parser.feed_data(data)

    @property
    def retry_after(self) -> int:
        """After how many seconds the last answer asks to come back; it came in one piece."""
        found = _RETRY_AFTER.search(self._received)
        return int(found[1]) if found else 1

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._request is not None:
            self._client.on_disconnect(self._request.due)
            self._request = None

    def on_message_complete(self) -> None:
        assert self._request is not None
        request, self._request = self._request, None
        status = self._parser.get_status_code()
        self.was_refused = status in REFUSALS
        self._client.on_response(status, request)
        self._client.on_idle(self)

    def send(self, request: bytes, due: float) -> None:
        """Send a request; on a connection that the server has closed it fails at once."""
        if self._transport is None or self._transport.is_closing():
            self._client.on_disconnect(due)
            return
        self._request = SentRequest(due, self._now())
        self._transport.write(request)

    def close(self) -> None:
        """Close at once and without a further event, whatever is in flight."""
        self._request = None
        if self._transport is not None:
            self._transport.abort()


class LoadClient:
    """Executes a plan and counts its results."""

    def __init__(self, plan: LoadPlan, loop: asyncio.AbstractEventLoop) -> None:
        self._plan = plan
        self._loop = loop
        self._requests = requests(plan)
        self._idle: deque[LoadConnection] = deque()
        self._due: deque[float] = deque()
        self._latencies: list[float] = []
        self._refusals: list[float] = []
        self._succeeded = self._failed = self._refused = 0
        self._in_flight = 0
        self._closed_loop = False
        self._started = self._last = loop.time()

    async def run(self) -> LoadResult:
        connections = []
        for _ in range(self._plan.connections):
            _, connection = await self._loop.create_connection(
                lambda: LoadConnection(self), self._plan.host, self._plan.port
            )
            connections.append(connection)
        self._started = self._loop.time()
        if self._plan.rate is None:
            await self._run_closed()
        else:
            await self._run_open(self._plan.rate)
        await self._wait_for_answers()
        for connection in connections:
            connection.close()
        return self._result()

    def on_idle(self, connection: LoadConnection) -> None:
        """Send the request that is due on this connection, or the next one of a closed loop.

        After a refusal the connection rests first, as Retry-After asks: a server need not read it.
        """
        if connection.was_refused:
            connection.was_refused = False
            self._loop.call_later(_REST_SECONDS, self.on_idle, connection)
        elif self._due:
            self._send(connection, self._due.popleft())
        elif self._closed_loop and self._is_running():
            self._send(connection, self._loop.time())
        else:
            self._idle.append(connection)

    def on_response(self, status: int, request: SentRequest) -> None:
        self._in_flight -= 1
        self._last = self._loop.time()
        if status < HTTPStatus.BAD_REQUEST:
            self._succeeded += 1
        else:
            self._failed += 1
        if status in REFUSALS:
            self._refused += 1
            self._record(request.due, self._refusals, since=request.sent)
        else:
            self._record(request.due, self._latencies, since=request.due)

    def on_disconnect(self, due: float) -> None:
        """Count a request whose connection the server closed."""
        self._in_flight -= 1
        self._failed += 1
        self._record(due, self._latencies, since=due)

    def _record(self, due: float, latencies: list[float], *, since: float) -> None:
        if due >= self._started + self._plan.settle_seconds:
            latencies.append(self._loop.time() - since)

    async def _run_closed(self) -> None:
        self._closed_loop = True
        for _ in range(len(self._idle)):
            self._send(self._idle.popleft(), self._loop.time())
        await asyncio.sleep(self._plan.seconds)

    async def _run_open(self, rate: float) -> None:
        arrivals = Random(self._plan.run)  # noqa: S311 - a replayable draw, not a secret
        due = self._started + arrivals.expovariate(rate)
        while self._is_running():
            while due <= self._loop.time():
                self._due.append(due)
                due += arrivals.expovariate(rate)
            while self._due and self._idle:
                self._send(self._idle.popleft(), self._due.popleft())
            await asyncio.sleep(_TICK_SECONDS)

    async def _wait_for_answers(self) -> None:
        deadline = self._loop.time() + _ANSWER_SECONDS_MAX
        while self._in_flight and self._loop.time() < deadline:  # noqa: ASYNC110 - a timer
            await asyncio.sleep(_TICK_SECONDS)
        self._failed += self._in_flight + len(self._due)

    def _is_running(self) -> bool:
        return self._loop.time() < self._started + self._plan.seconds

    def _send(self, connection: LoadConnection, due: float) -> None:
        self._in_flight += 1
        connection.send(next(self._requests), due)

    def _result(self) -> LoadResult:
        ordered = sorted(self._latencies) or [0.0]
        refusals = sorted(self._refusals) or [0.0]
        return LoadResult(
            succeeded=self._succeeded,
            failed=self._failed,
            refused=self._refused,
            seconds=max(self._last - self._started, self._plan.seconds),
            p50_ms=quantile(ordered, 0.50) * 1000,
            p95_ms=quantile(ordered, 0.95) * 1000,
            p99_ms=quantile(ordered, 0.99) * 1000,
            refusals=len(self._refusals),
            refused_p99_ms=quantile(refusals, 0.99) * 1000,
        )


async def _main(plan: LoadPlan) -> LoadResult:
    return await LoadClient(plan, asyncio.get_running_loop()).run()


if __name__ == "__main__":
    result = uvloop.run(_main(msgspec.json.decode(sys.argv[1], type=LoadPlan)))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")

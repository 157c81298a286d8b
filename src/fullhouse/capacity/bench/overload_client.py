"""The overload client: more customers than the product admits, each of them patient for a while.

A customer books and waits for the answer, `PATIENCE_SECONDS` at the most, the time to connect
included. The next booking follows an answer at once; after a refusal the customer comes back when
its Retry-After says, after a closed connection or a wait in vain a second later, and each up to
half a second late. The client runs in a process of its own:
`python -m fullhouse.capacity.bench.overload_client '<plan as JSON>'`.
"""

import asyncio
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from random import Random
from typing import Final

import msgspec
import uvloop

from fullhouse.capacity.bench.load_client import (
    REFUSALS,
    LoadConnection,
    LoadPlan,
    SentRequest,
    requests,
)
from fullhouse.numerics.quantiles import quantile

PATIENCE_SECONDS: Final = 2.0
_LATE_SECONDS_MAX: Final = 0.5
_SWEEP_SECONDS: Final = 0.05
_FILES_SPARE: Final = 64


class OverloadPlan(msgspec.Struct, frozen=True):
    """`load.connections` customers come within `ramp_seconds`; what follows is counted."""

    load: LoadPlan
    ramp_seconds: float


class OverloadResult(msgspec.Struct, frozen=True):
    """What the customers met in the counted seconds; `acknowledged` counts from the start."""

    booked: int
    refused: int
    gave_up: int
    failed: int
    acknowledged: int
    seconds: float
    p99_ms: float
    """Of the bookings that were answered in time."""

    @property
    def per_second(self) -> float:
        return self.booked / self.seconds


class _Customer:
    """One customer: at most one connection and one booking at a time."""

    def __init__(self, client: "OverloadClient", first: float) -> None:
        self._client = client
        self._connection: LoadConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._since: float | None = None
        """The start of the booking under way."""
        self._next = first

    def look(self, now: float) -> None:
        """Give up what takes too long, or begin what is due."""
        if self._since is not None and now - self._since > PATIENCE_SECONDS:
            self._client.gave_up += self._client.is_counting(now)
            self._leave(now)
        elif self._since is None and now >= self._next:
            self._since = now
            if self._connection is not None and self._connection.is_open:
                self._connection.send(next(self._client.bookings), now)
            else:
                self._connect()

    def on_idle(self, connection: LoadConnection) -> None:
        """Send the booking that is due on a new connection, or after an answer."""
        if connection is not self._connection:
            connection.close()  # made after the customer had given up
        elif self._since is not None:
            connection.send(next(self._client.bookings), self._since)

    def on_response(self, status: int, request: SentRequest) -> None:
        now = self._client.now()
        if status < HTTPStatus.BAD_REQUEST:
            self._client.on_booked(request.due, now)
            self._since = now
            return
        counting = self._client.is_counting(now)
        self._client.refused += counting and status in REFUSALS
        self._client.failed += counting and status not in REFUSALS
        self._since = None
        assert self._connection is not None, "it has answered"
        self._next = now + self._client.pause(self._connection.retry_after)

    def on_disconnect(self, _due: float) -> None:
        now = self._client.now()
        self._client.failed += self._client.is_counting(now)
        self._leave(now)

    def close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> None:
        self._connection = LoadConnection(self)
        self._connecting = asyncio.create_task(self._open(self._connection))

    async def _open(self, connection: LoadConnection) -> None:
        plan = self._client.plan
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: connection, plan.host, plan.port
            )
        except OSError:
            if connection is self._connection:
                self.on_disconnect(0.0)

    def _leave(self, now: float) -> None:
        self.close()
        self._connection = self._connecting = None
        self._since = None
        self._next = now + self._client.pause()


class OverloadClient:
    """All customers on one event loop."""

    def __init__(self, plan: OverloadPlan, loop: asyncio.AbstractEventLoop) -> None:
        self.plan = plan.load
        self.now = loop.time
        self.bookings: Iterator[bytes] = requests(plan.load)
        self.refused = self.gave_up = self.failed = 0
        self._random = Random(plan.load.run)  # noqa: S311 - a replayable draw, not a secret
        self._ramp_seconds = plan.ramp_seconds
        self._counted_from = self._counted_to = 0.0
        self._latencies: list[float] = []
        self._acknowledged = 0

    async def run(self) -> OverloadResult:
        started = self.now()
        self._counted_from = started + self._ramp_seconds
        self._counted_to = self._counted_from + self.plan.seconds
        step = self._ramp_seconds / 2 / self.plan.connections
        customers = [
            _Customer(self, started + step * number) for number in range(self.plan.connections)
        ]
        while (now := self.now()) < self._counted_to:
            for customer in customers:
                customer.look(now)
            await asyncio.sleep(_SWEEP_SECONDS)
        for customer in customers:
            customer.close()
        return self._result()

    def is_counting(self, now: float) -> bool:
        return self._counted_from <= now < self._counted_to

    def pause(self, seconds: int = 1) -> float:
        return seconds + self._random.uniform(0.0, _LATE_SECONDS_MAX)

    def on_booked(self, due: float, now: float) -> None:
        self._acknowledged += 1
        if self.is_counting(now):
            self._latencies.append(now - due)

    def _result(self) -> OverloadResult:
        return OverloadResult(
            booked=len(self._latencies),
            refused=self.refused,
            gave_up=self.gave_up,
            failed=self.failed,
            acknowledged=self._acknowledged,
            seconds=self.plan.seconds,
            p99_ms=quantile(sorted(self._latencies) or [0.0], 0.99) * 1000,
        )


def allow_files(wanted: int) -> None:
    """Raise the limit of open files, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


async def _main(plan: OverloadPlan) -> OverloadResult:
    return await OverloadClient(plan, asyncio.get_running_loop()).run()


if __name__ == "__main__":
    given = msgspec.json.decode(sys.argv[1], type=OverloadPlan)
    allow_files(given.load.connections + _FILES_SPARE)
    sys.stdout.write(msgspec.json.encode(uvloop.run(_main(given))).decode() + "\n")

"""Honest guests beside an attack: availability, a booking, and a monitor's probes of `/livez`.

Each request is made at its own time on a new connection from an address of its own, as visitors
come, whatever became of those before. The guests run in a process of their own, so that the
attackers do not take their time: `python -m fullhouse.capacity.siege.guest '<plan as JSON>'`.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Final, NamedTuple

import msgspec
import uvloop

from fullhouse.capacity.bench.fixtures import MANY, ORG_SLUG
from fullhouse.capacity.bench.load_client import REFUSALS
from fullhouse.capacity.siege.client import GUESTS_FROM, Client, address, connection, get, send_json
from fullhouse.numerics.quantiles import quantile

PATIENCE_SECONDS: Final = 5.0
_ADDRESSES: Final = 2_000
_AVAILABILITY_PER_SECOND: Final = 10.0
_BOOKINGS_PER_SECOND: Final = 10.0
_LIVEZ_PER_SECOND: Final = 20.0
_OK: Final = range(200, 300)


class GuestPlan(msgspec.Struct, frozen=True):
    """Where the guests go; what they meet in the first `settle_seconds` is not counted."""

    host: str
    port: int
    availability_path: str
    run: str
    seconds: float
    settle_seconds: float


class Experience(msgspec.Struct, frozen=True):
    """Latencies in milliseconds of those served; when one was not, p99 is that of all.

    A request that is refused, failed or not answered in time counts as the longest wait.
    """

    sent: int
    served: int
    refused: int
    """Asked to come back later, with the status 429 or 503; the others got no answer in time."""
    p50_ms: float
    p99_ms: float

    @property
    def share(self) -> float:
        return self.served / self.sent if self.sent else 1.0


class GuestResult(msgspec.Struct, frozen=True):
    """What the guests met; `acknowledged` counts bookings from the start."""

    availability: Experience
    bookings: Experience
    livez: Experience
    acknowledged: int

    @property
    def refused(self) -> int:
        return self.availability.refused + self.bookings.refused


class Visit(NamedTuple):
    """The seconds of a request, and its status; 0 stands for no answer in time."""

    seconds: float
    status: int

    @property
    def is_served(self) -> bool:
        return self.status in _OK


def experience_of(visits: Sequence[Visit]) -> Experience:
    """Sum up what visits were like."""
    served = sorted(one.seconds for one in visits if one.is_served)
    everyone = [*served, *[PATIENCE_SECONDS] * (len(visits) - len(served))] or [0.0]
    return Experience(
        sent=len(visits),
        served=len(served),
        refused=sum(one.status in REFUSALS for one in visits),
        p50_ms=quantile(served or [PATIENCE_SECONDS], 0.50) * 1000,
        p99_ms=quantile(everyone, 0.99) * 1000,
    )


def booking(run: str, number: int, random: Random) -> bytes:
    """A booking by a new customer, for one of many times."""
    body = {
        "slot": MANY.id_of(random.randint(MANY.first, MANY.last)),
        "party": 2,
        "customer": {"name": "Rosa Field", "email": f"guest-{run}-{number}@example.org"},
    }
    return send_json("POST", f"/api/v1/{ORG_SLUG}/bookings", body)


async def visit(server: tuple[str, int], request: bytes, *, source: str) -> Visit:
    """Connect, ask, and read the whole answer."""
    now = asyncio.get_running_loop().time
    began = now()
    status = 0
    with suppress(OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
        async with asyncio.timeout(PATIENCE_SECONDS), connection(*server, source) as client:
            status = await _status_of(client, request)
    return Visit(now() - began, status)


async def _status_of(client: Client, request: bytes) -> int:
    await client.send(request)
    return (await client.answer()).status


class _Guests:
    """All guests of a plan, on one event loop."""

    def __init__(self, plan: GuestPlan) -> None:
        self._plan = plan
        self._random = Random(plan.run)  # noqa: S311 - a replayable draw, not a secret
        self._visits = 0

    async def run(self) -> GuestResult:
        plan = self._plan
        availability, livez = get(plan.availability_path), get("/livez")
        async with asyncio.TaskGroup() as group:
            reads = group.create_task(self._visit(_AVAILABILITY_PER_SECOND, lambda _: availability))
            bookings = group.create_task(self._visit(_BOOKINGS_PER_SECOND, self._booking))
            probes = group.create_task(self._visit(_LIVEZ_PER_SECOND, lambda _: livez))
        settle = plan.settle_seconds
        booked = bookings.result()
        return GuestResult(
            availability=experience_of(reads.result()[int(settle * _AVAILABILITY_PER_SECOND) :]),
            bookings=experience_of(booked[int(settle * _BOOKINGS_PER_SECOND) :]),
            livez=experience_of(probes.result()[int(settle * _LIVEZ_PER_SECOND) :]),
            acknowledged=sum(one.is_served for one in booked),
        )

    def _booking(self, number: int) -> bytes:
        return booking(self._plan.run, number, self._random)

    async def _visit(self, per_second: float, request_of: Callable[[int], bytes]) -> list[Visit]:
        """Make a visit at each of the planned times, whether or not those before have ended."""
        plan, now = self._plan, asyncio.get_running_loop().time
        started, server = now(), (plan.host, plan.port)
        tasks = []
        async with asyncio.TaskGroup() as group:
            for number in range(int((plan.settle_seconds + plan.seconds) * per_second)):
                await asyncio.sleep(max(0.0, started + number / per_second - now()))
                self._visits += 1
                source = address(GUESTS_FROM, self._visits % _ADDRESSES)
                request = request_of(number)
                tasks.append(group.create_task(visit(server, request, source=source)))
        return [task.result() for task in tasks]


if __name__ == "__main__":
    _plan = msgspec.json.decode(sys.argv[1], type=GuestPlan)
    _result = uvloop.run(_Guests(_plan).run())
    sys.stdout.write(msgspec.json.encode(_result).decode() + "\n")

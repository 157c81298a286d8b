"""What an attack is, and what attackers have to hand: connections, requests, and a tally."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from fullhouse.capacity.bench.load_client import REFUSALS
from fullhouse.capacity.siege.client import ATTACKERS_FROM, Answer, Client, address, connection
from fullhouse.numerics.quantiles import quantile

_BACK_SECONDS: Final = 0.2
"""After its connection was closed a client comes back."""
_RAMP_SECONDS: Final = 1.0
_GONE = (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ValueError)


class Tenant(msgspec.Struct, frozen=True):
    """An organisation that one of the attackers owns, with its key."""

    org: str
    key: str
    venue: str
    season: str
    """The offering whose places are to be held."""
    museum: str
    """The offering with a slot each five minutes."""
    opens_on: date
    """The first day on which the museum is open."""


class AttackPlan(msgspec.Struct, frozen=True):
    """Which attack to play, where and for how long; `scale` is the share of its full strength."""

    attack: str
    host: str
    port: int
    seconds: float
    run: str
    tenant: Tenant
    scale: float = 1.0


class AttackResult(msgspec.Struct, frozen=True):
    """What the attackers met."""

    connections: int
    closed: int
    """Connections that the server ended."""
    statuses: dict[int, int]
    seconds: float
    refused_p99_ms: float
    acknowledged: int
    goodput: float | None = None
    """Bookings per second of the customers that are part of the attack."""

    @property
    def refused(self) -> int:
        return sum(self.statuses.get(status, 0) for status in REFUSALS)

    @property
    def server_errors(self) -> int:
        """Responses that tell of a fault in the server itself."""
        return self.statuses.get(HTTPStatus.INTERNAL_SERVER_ERROR, 0)


@dataclass(slots=True)
class Attackers:
    """The clients of one attack, on one event loop."""

    plan: AttackPlan
    statuses: Counter[int] = field(default_factory=Counter)
    connections: int = 0
    closed: int = 0
    acknowledged: int = 0
    goodput: float | None = None
    _refusals: list[float] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        return self.plan.tenant

    def scaled(self, number: int) -> int:
        """So many at full strength, and at least one."""
        return max(1, round(number * self.plan.scale))

    async def play(self, attack: "Play") -> AttackResult:
        """Play the attack, and sum it up."""
        await attack(self)
        refusals = sorted(self._refusals) or [0.0]
        return AttackResult(
            connections=self.connections,
            closed=self.closed,
            statuses=dict(sorted(self.statuses.items())),
            seconds=self.plan.seconds,
            refused_p99_ms=quantile(refusals, 0.99) * 1000,
            acknowledged=self.acknowledged,
            goodput=self.goodput,
        )

    async def all_of(
        self,
        number: int,
        act: Callable[[Client, int], Awaitable[None]],
        *,
        addresses: int = 8,
        read_slowly: bool = False,
    ) -> None:
        """So many clients act for the time of the attack, and come again when a connection ends."""
        number = self.scaled(number)

        async def come_again(client_number: int) -> None:
            await asyncio.sleep(_RAMP_SECONDS * client_number / number)
            source = address(ATTACKERS_FROM, client_number % addresses)
            while True:
                with suppress(*_GONE):
                    async with connection(
                        self.plan.host, self.plan.port, source, reads_slowly=read_slowly
                    ) as client:
                        self.connections += 1
                        await act(client, client_number)
                self.closed += 1
                await asyncio.sleep(_BACK_SECONDS)

        with suppress(TimeoutError):
            async with asyncio.timeout(self.plan.seconds), asyncio.TaskGroup() as group:
                for client_number in range(number):
                    group.create_task(come_again(client_number))

    async def ask(self, client: Client, request: bytes) -> Answer:
        """Send a request and read the answer, which is counted.

        A connection that was refused is not read for the second that Retry-After names: what is
        asked on it meanwhile waits, and says nothing of how long a refusal takes.
        """
        now = asyncio.get_running_loop().time
        began = now()
        await client.send(request)
        answer = await client.answer()
        self.count(answer.status)
        was_refused, client.last_status = client.last_status in REFUSALS, answer.status
        if answer.status in REFUSALS and not was_refused:
            self._refusals.append(now() - began)
        return answer

    def count(self, status: int, number: int = 1) -> None:
        self.statuses[status] += number


Play = Callable[[Attackers], Awaitable[None]]
Harm = Literal["places_held", "mails"]
"""What an attack does to data, beside what it does to the server."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack by its name, as a sentence of what attackers do, and the page that helps."""

    name: str
    statement: str
    play: Play
    runbook: str
    is_overload: bool = False
    """More customers than can be served: rate limits are raised, and the goodput counts."""
    waits_in_line: bool = False
    """Its requests are for the few who own a business, and wait for their turn before a refusal."""
    harm: Harm | None = None

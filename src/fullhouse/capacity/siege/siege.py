"""The siege: each attack in its turn, guests beside it, and what is left when it is over."""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from statistics import fmean
from typing import Final, TypeVar

import msgspec

from fullhouse.capacity.bench.environment import HOST
from fullhouse.capacity.bench.fixtures import MANY
from fullhouse.capacity.bench.load_tools import HttpLoad
from fullhouse.capacity.bench.programs import output_of
from fullhouse.capacity.limits import SIEGE_WAIT_SECONDS_MAX
from fullhouse.capacity.siege.attack import Attack, AttackPlan, AttackResult, Tenant
from fullhouse.capacity.siege.client import GUESTS_FROM, address
from fullhouse.capacity.siege.environment import Installation, SiegeEnvironment
from fullhouse.capacity.siege.guest import GuestPlan, GuestResult, booking, visit
from fullhouse.capacity.siege.guests import VICTIM
from fullhouse.capacity.siege.memory import watched_memory
from fullhouse.capacity.siege.overload import RAMP_SECONDS
from fullhouse.capacity.siege.report import AttackReport, Refusals, SiegeReport

Result = TypeVar("Result", bound=msgspec.Struct)
OnStep = Callable[[str, float], None]
"""Called before each step with its name, and the seconds until the end of the whole siege."""
BrokenRules = Callable[[str], Awaitable[list[str]]]
"""The consistency rules that are broken in the database of this URL."""

_PROGRAM_SECONDS: Final = 1.5
"""About the time that the programs of an attack take to start and to end."""
_SETTLE_SECONDS: Final = 1.0
_USUAL_MS_MIN: Final = 50.0
_IN_A_ROW: Final = 5
_CALM_SECONDS: Final = 8.0
"""After which the worker takes an overload for a new rush, not for more of the last one."""
_POLL_SECONDS: Final = 0.5


class SiegePlan(msgspec.Struct, frozen=True):
    """For how long each attack is played; `scale` is the share of its full strength."""

    seconds: float = 10.0
    scale: float = 1.0


FULL: Final = SiegePlan()
QUICK: Final = SiegePlan(seconds=3.0)


@dataclass(slots=True)
class Siege:
    """One siege of one installation."""

    environment: SiegeEnvironment
    plan: SiegePlan
    attacks: Sequence[Attack]
    broken_rules: BrokenRules
    on_step: OnStep
    _calm: dict[str, GuestResult] = field(default_factory=dict)
    _runs: int = 0
    _seconds_left: float = 0.0
    _tenant: Tenant | None = None

    async def run(self) -> SiegeReport:
        """Play the attacks: those of the usual rate limits first, then the overload."""
        reports: list[AttackReport] = []
        self._seconds_left = sum(map(self._seconds_of, self.attacks))
        for raised in (False, True):
            attacks = deque(attack for attack in self.attacks if attack.is_overload == raised)
            while attacks:
                self._step("starting the product")
                async with self.environment.installation(raised=raised) as installation:
                    reports += await self._turn(attacks, installation, raised=raised)
        self._step("checking the data")
        broken = await self.broken_rules(self.environment.url)
        return SiegeReport(self.plan.seconds, self._calm, reports, broken)

    async def _turn(
        self, attacks: deque[Attack], installation: Installation, *, raised: bool
    ) -> list[AttackReport]:
        """Play attacks until none is left, or one from which the server does not recover."""
        if self._tenant is None:
            self._step("setting up an organisation")
            self._tenant = await self.environment.create_tenant(installation.port)
        self._step("measuring without an attack")
        turn = _Turn(self, installation, self._tenant)
        await turn.measure_calm(raised=raised)
        reports: list[AttackReport] = []
        while attacks and all(report.has_recovered for report in reports):
            reports.append(await turn.attack(attacks.popleft()))
        return reports

    def name(self) -> str:
        """A name that no other run of a load client has."""
        self._runs += 1
        return f"s{self._runs}"

    def keep_calm(self, result: GuestResult, *, raised: bool) -> None:
        self._calm.setdefault("raised" if raised else "usual", result)

    def begin(self, attack: Attack) -> None:
        self._step(f"{attack.name}: {attack.statement}")
        self._seconds_left -= self._seconds_of(attack)

    def _seconds_of(self, attack: Attack) -> float:
        """About how long an attack takes; beside an overload the best rate is measured."""
        seconds = self.plan.seconds + _SETTLE_SECONDS + _PROGRAM_SECONDS
        return 3 * seconds + _CALM_SECONDS if attack.is_overload else seconds

    def _step(self, name: str) -> None:
        self.on_step(name, self._seconds_left)


@dataclass(slots=True)
class _Turn:
    """The attacks on an installation with one set of rate limits."""

    siege: Siege
    installation: Installation
    tenant: Tenant
    _usual_seconds: float = _USUAL_MS_MIN / 1000

    async def measure_calm(self, *, raised: bool) -> None:
        """What is usual without an attack."""
        seconds = self.siege.plan.seconds
        calm = await self._guests(seconds, self.siege.name())
        self.siege.keep_calm(calm, raised=raised)
        self._usual_seconds = max(2 * calm.bookings.p99_ms, _USUAL_MS_MIN) / 1000

    async def _best_rate(self) -> float:
        """Bookings a second beside the guests and probes that an overload is measured with.

        Of as many customers as can be served, just before the overload and right after it: a
        machine is faster in one minute than in the next, and a booking costs more beside a million
        others. It takes as long as the overload: upkeep of the database falls into both.
        """
        seconds, name = self.siege.plan.seconds, self.siege.name
        load = HttpLoad(HOST, self.installation.port, seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._guests(seconds, name()))
            group.create_task(load.refusal_probe(name(), settle_seconds=0.0))
            booked = group.create_task(load.bookings(MANY, name()))
        return booked.result().per_second

    async def attack(self, attack: Attack) -> AttackReport:
        siege, environment = self.siege, self.siege.environment
        await environment.discard_work()
        siege.begin(attack)
        best = []
        if attack.is_overload:
            best.append(await self._best_rate())
            await environment.discard_work()
            await asyncio.sleep(_CALM_SECONDS)
        stored = await environment.bookings_stored()
        async with watched_memory(self.installation.pid) as memory:
            guests, attackers, refusals, probed = await self._under(attack)
            recovery, recovered = await self._recovery()
        stored = await environment.bookings_stored() - stored
        if attack.is_overload and recovery < SIEGE_WAIT_SECONDS_MAX:
            await environment.discard_work()
            best.append(await self._best_rate())
        mails = held = 0.0
        if attack.harm == "mails":
            mails = await self._mails()
        elif attack.harm == "places_held":
            held = await environment.held_share()
        return AttackReport(
            name=attack.name,
            statement=attack.statement,
            runbook=attack.runbook,
            guests=guests,
            attackers=attackers,
            refusals=refusals,
            memory=memory,
            web_processes=environment.workers,
            recovery_seconds=recovery,
            acknowledged=guests.acknowledged + attackers.acknowledged + probed + recovered,
            stored=stored,
            best_per_second=fmean(best) if best else None,
            held_share=held,
            mails=int(mails),
        )

    async def _under(self, attack: Attack) -> tuple[GuestResult, AttackResult, Refusals, int]:
        """Guests beside the attackers; bookings are probed for refusals beside an overload."""
        seconds, settle = self.siege.plan.seconds, _SETTLE_SECONDS
        if attack.is_overload:
            settle += RAMP_SECONDS
        plan = AttackPlan(
            attack=attack.name,
            host=HOST,
            port=self.installation.port,
            seconds=seconds + settle,
            run=self.siege.name(),
            tenant=self.tenant,
            scale=self.siege.plan.scale,
        )
        async with asyncio.TaskGroup() as group:
            guests = group.create_task(self._guests(seconds, self.siege.name(), settle=settle))
            probe = None
            if attack.is_overload:
                load = HttpLoad(HOST, self.installation.port, seconds)
                probing = load.refusal_probe(self.siege.name(), settle_seconds=settle)
                probe = group.create_task(probing)
            attackers = await _run("attacker", plan, result=AttackResult)
        per_second, booked = attackers.refused / attackers.seconds, 0
        p99_ms = 0.0 if attack.waits_in_line else attackers.refused_p99_ms
        if probe is not None:
            p99_ms, booked = probe.result().refused_p99_ms, probe.result().succeeded
        return guests.result(), attackers, Refusals(per_second, p99_ms), booked

    async def _guests(self, seconds: float, run: str, *, settle: float = 0.0) -> GuestResult:
        plan = GuestPlan(
            host=HOST,
            port=self.installation.port,
            availability_path=self.siege.environment.availability_path,
            run=run,
            seconds=seconds,
            settle_seconds=settle,
        )
        return await _run("guest", plan, result=GuestResult)

    async def _recovery(self) -> tuple[float, int]:
        """Seconds until bookings take their usual time again, and how many were made."""
        clock, run = self.siege.environment.clock, self.siege.name()
        random = Random(run)  # noqa: S311 - a replayable draw, not a secret
        began = since = clock.monotonic()
        number = booked = in_a_row = 0
        while in_a_row < _IN_A_ROW and clock.monotonic() - began < SIEGE_WAIT_SECONDS_MAX:
            number += 1
            request, source = booking(run, number, random), address(GUESTS_FROM, number)
            asked = clock.monotonic()
            server = (HOST, self.installation.port)
            made = await visit(server, request, source=source)
            booked += made.is_served
            is_usual = made.is_served and made.seconds <= self._usual_seconds
            since = asked if is_usual and not in_a_row else since
            in_a_row = in_a_row + 1 if is_usual else 0
        return (since if in_a_row else clock.monotonic()) - began, booked

    async def _mails(self) -> int:
        """The number of e-mails to the victim, when the worker has had time to write them."""
        environment = self.siege.environment
        with suppress(TimeoutError):
            async with asyncio.timeout(SIEGE_WAIT_SECONDS_MAX):
                while await environment.work_left():  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(_POLL_SECONDS)
        return await environment.mails_to(VICTIM)


async def _run(module: str, plan: msgspec.Struct, *, result: type[Result]) -> Result:
    command = [sys.executable, "-m", f"fullhouse.capacity.siege.{module}"]
    output = await output_of([*command, msgspec.json.encode(plan).decode()])
    return msgspec.json.decode(output, type=result)

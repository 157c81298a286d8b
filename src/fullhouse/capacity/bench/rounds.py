"""The steps: product and baseline alternate, so that other load of the machine affects both."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from statistics import fmean
from typing import Final

import msgspec

from fullhouse.capacity.bench.calls import Guards, call_costs
from fullhouse.capacity.bench.environment import HOST, BenchEnvironment
from fullhouse.capacity.bench.fixtures import MANY, ONE, SlotRange
from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.capacity.bench.load_tools import PGBENCH_CLIENTS, HttpLoad, Pgbench
from fullhouse.capacity.bench.machine import describe_machine
from fullhouse.capacity.bench.messages import MessageRates, message_rates
from fullhouse.capacity.bench.probe import probe_livez
from fullhouse.capacity.bench.programs import BenchmarkFailed
from fullhouse.capacity.bench.report import (
    BenchReport,
    Comparison,
    Overload,
    Tail,
    availability_reads,
    many_slots,
    one_slot,
)

_RAMP_SECONDS: Final = 3.0
_PROGRAM_SECONDS: Final = 0.7
"""About the time that a load program takes to start and to end."""
_DISCARD_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 4.0


class BenchPlan(msgspec.Struct, frozen=True):
    """How long and how often everything is measured."""

    warm_up_seconds: int = 3
    rounds: int = 5
    seconds: int = 3
    tail_turns: int = 3
    tail_seconds: int = 8
    tail_settle_seconds: int = 4
    overload_connections: tuple[int, ...] = (1_000, 3_000, 6_000)
    overload_seconds: int = 6
    message_turns: int = 2
    messages_seconds: int = 14
    """For which the worker is watched, some seconds after a rush; no turn leaves it out."""


FULL: Final = BenchPlan()
QUICK: Final = BenchPlan(
    warm_up_seconds=1,
    rounds=1,
    tail_turns=1,
    tail_seconds=6,
    tail_settle_seconds=3,
    overload_connections=(1_000, 3_000),
    overload_seconds=4,
    message_turns=0,
)


class Step(msgspec.Struct, frozen=True):
    """One step, and about how many seconds it takes."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


OnStep = Callable[[str, float], None]
"""Called before each step with its name, and the seconds until the end of the whole benchmark."""


class Benchmark:
    """One benchmark in one environment."""

    def __init__(self, environment: BenchEnvironment, plan: BenchPlan, guards: Guards) -> None:
        self.environment = environment
        self.plan = plan
        self.guards = guards
        self.many, self.one, self.reads = many_slots(), one_slot(), availability_reads()
        self.tail = Tail(0.0)
        self.overloads: list[Overload] = []
        self._best_rates: list[float] = []
        """Before the overloads, between them and at their end."""
        self._acknowledged = self._runs = self._discarded = 0
        self._messages: MessageRates | None = None

    async def measure(self, on_step: OnStep) -> BenchReport:
        """Run every step; raises `BenchmarkFailed` when a program fails or a booking was lost."""
        machine = await describe_machine(self.environment)
        steps = list(self.steps())
        for number, step in enumerate(steps):
            on_step(step.name, _STOP_SECONDS + sum(later.seconds for later in steps[number:]))
            await step.run()
        on_step("counting the bookings, stopping all programs", _STOP_SECONDS)
        return BenchReport(
            machine=machine,
            rounds=self.plan.rounds,
            seconds=self.plan.seconds,
            many=self.many,
            one=self.one,
            reads=self.reads,
            tail=self.tail,
            overloads=self.overloads,
            calls=await call_costs(self.environment.clock, self.guards),
            messages=self._messages,
            acknowledged=self._acknowledged,
            stored=await self._stored(),
            discarded=self._discarded,
        )

    def steps(self) -> Iterator[Step]:
        """Warm-up, rounds of rates, turns at half of the best rate, overloads."""
        plan = self.plan
        loads = 2 * (1 + len(PGBENCH_CLIENTS)) + 2
        warm_up = loads * (plan.warm_up_seconds + _PROGRAM_SECONDS) + _DISCARD_SECONDS
        yield Step("warming up", warm_up, self._warm_up)
        booking_seconds = (1 + len(PGBENCH_CLIENTS)) * (plan.seconds + _PROGRAM_SECONDS)
        for number in range(1, plan.rounds + 1):
            turn = f"round {number} of {plan.rounds}"
            product_first = number % 2 == 0
            for comparison, slots in ((self.many, MANY), (self.one, ONE)):
                run = partial(self._bookings, comparison, slots, product_first=product_first)
                yield Step(f"{turn}: {comparison.subject}", booking_seconds + _DISCARD_SECONDS, run)
            run = partial(self._availability, product_first=product_first)
            yield Step(f"{turn}: {self.reads.subject}", 2 * (plan.seconds + _PROGRAM_SECONDS), run)
        if plan.message_turns:
            seconds = plan.warm_up_seconds + 2 * plan.seconds + 3 * _PROGRAM_SECONDS
            turn_seconds = seconds + 2 * _DISCARD_SECONDS
            messages = plan.message_turns * turn_seconds + plan.messages_seconds
            yield Step("preparing messages", messages, self._prepare_messages)
        tail = 2 * (plan.tail_settle_seconds + plan.tail_seconds + _PROGRAM_SECONDS)
        for number in range(1, plan.tail_turns + 1):
            name = f"turn {number} of {plan.tail_turns}: p99 at half of the best rate"
            run = partial(self._paced, product_first=number % 2 == 0)
            yield Step(name, tail + _DISCARD_SECONDS, run)
        best = plan.warm_up_seconds + _PROGRAM_SECONDS + _DISCARD_SECONDS
        yield Step("best rate, before the overloads", best, self._measure_best_rate)
        for connections in plan.overload_connections:
            seconds = _RAMP_SECONDS + plan.overload_seconds + 3 * _PROGRAM_SECONDS
            run = partial(self._overload, connections)
            name = f"overload: {connections:,} connections"
            yield Step(name, seconds + _DISCARD_SECONDS + best, run)

    async def _warm_up(self) -> None:
        seconds = self.plan.warm_up_seconds
        for slots in (MANY, ONE):
            await self._book(slots, seconds)
            await self._pgbench(seconds).bookings(slots)
        await self._read_availability(seconds)
        await self._read_baseline(seconds)
        await self._settle()

    async def _bookings(
        self, comparison: Comparison, slots: SlotRange, *, product_first: bool
    ) -> None:
        pgbench = self._pgbench(self.plan.seconds)
        if not product_first:
            comparison.baseline.append(await pgbench.bookings(slots))
        comparison.add(await self._book(slots, self.plan.seconds))
        await self._settle()
        if product_first:
            comparison.baseline.append(await pgbench.bookings(slots))

    async def _prepare_messages(self) -> None:
        """Book with no message waiting, then with those of these bookings; watch the worker."""
        alone, meanwhile = [], []
        for _ in range(self.plan.message_turns):
            # The first bookings after a checkpoint write whole pages, and are no measure
            await self._settle()
            await self._book(MANY, self.plan.warm_up_seconds)
            await self._discard()
            alone.append((await self._book(MANY, self.plan.seconds)).per_second)
            meanwhile.append((await self._book(MANY, self.plan.seconds)).per_second)
        rates = await message_rates(self.environment.url, self.plan.messages_seconds)
        self._messages = msgspec.structs.replace(
            rates, booked_alone=alone, booked_meanwhile=meanwhile
        )
        await self._settle()

    async def _availability(self, *, product_first: bool) -> None:
        seconds = self.plan.seconds
        if not product_first:
            self.reads.baseline.append(await self._read_baseline(seconds))
        self.reads.add(await self._read_availability(seconds))
        if product_first:
            self.reads.baseline.append(await self._read_baseline(seconds))

    async def _paced(self, *, product_first: bool) -> None:
        """One turn of both at half of the best rate, one right after the other."""
        plan, per_second = self.plan, self.many.product_median / 2
        self.tail.per_second = per_second
        pgbench = self._pgbench(plan.tail_seconds)
        settle = plan.tail_settle_seconds
        if not product_first:
            paced = await pgbench.paced_bookings(per_second=per_second, settle_seconds=settle)
            self.tail.baseline.append(paced)
        load = self._load(plan.tail_seconds)
        result = await load.paced_bookings(
            self._name(), per_second=per_second, settle_seconds=settle
        )
        self.tail.product.append(result)
        self._acknowledged += result.succeeded
        await self._discard()
        if product_first:
            paced = await pgbench.paced_bookings(per_second=per_second, settle_seconds=settle)
            self.tail.baseline.append(paced)

    async def _overload(self, connections: int) -> None:
        seconds, clock = self.plan.overload_seconds, self.environment.clock
        load, port = self._load(seconds), self.environment.port
        settle = _RAMP_SECONDS + _PROGRAM_SECONDS
        await self._settle()
        try:
            async with asyncio.TaskGroup() as group:
                refusals = group.create_task(
                    load.refusal_probe(self._name(), settle_seconds=settle)
                )
                await asyncio.sleep(_PROGRAM_SECONDS)  # it connects before the others come
                customers = group.create_task(
                    load.overload(self._name(), customers=connections, ramp_seconds=_RAMP_SECONDS)
                )
                await asyncio.sleep(settle)
                livez = await probe_livez(HOST, port, seconds=seconds, clock=clock)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        await self._measure_best_rate()
        best = fmean(self._best_rates[-2:])
        self.overloads.append(
            Overload(connections, best, customers.result(), refusals.result(), livez)
        )
        self._acknowledged += customers.result().acknowledged + refusals.result().succeeded

    async def _measure_best_rate(self) -> None:
        """Bookings a second of as many customers as can be served, for a short time."""
        await self._settle()
        self._best_rates.append((await self._book(MANY, self.plan.warm_up_seconds)).per_second)

    async def _book(self, slots: SlotRange, seconds: int) -> LoadResult:
        result = await self._load(seconds).bookings(slots, self._name())
        self._acknowledged += result.succeeded
        return result

    async def _read_availability(self, seconds: int) -> LoadResult:
        return await self._load(seconds).reads(self.environment.availability_path)

    async def _read_baseline(self, seconds: int) -> float:
        result = await HttpLoad(HOST, self.environment.baseline_port, seconds).reads("/")
        return result.per_second

    def _load(self, seconds: int) -> HttpLoad:
        return HttpLoad(HOST, self.environment.port, seconds)

    def _name(self) -> str:
        """A name that no other run of a load client has."""
        self._runs += 1
        return f"r{self._runs}"

    def _pgbench(self, seconds: int) -> Pgbench:
        program = self.environment.server.programs["pgbench"]
        return Pgbench(program, self.environment.baseline_url, seconds)

    async def _stored(self) -> int:
        """The number of bookings stored; raises `BenchmarkFailed` when one was lost."""
        stored = await self.environment.bookings_stored()
        if stored < self._acknowledged:
            detail = f"{self._acknowledged} bookings were acknowledged, {stored} are stored"
            raise BenchmarkFailed(detail)
        return stored

    async def _settle(self) -> None:
        """Leave nothing that the next step would pay for: no jobs, no vacuum, no checkpoint."""
        await self._discard()
        await self.environment.vacuum()

    async def _discard(self) -> None:
        self._discarded += await self.environment.discard_work()

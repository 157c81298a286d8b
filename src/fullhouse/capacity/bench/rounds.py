"""The rounds: product and baseline alternate, so that other load of the machine affects both."""

from collections.abc import Callable
from dataclasses import dataclass, field

from fullhouse.capacity.bench.environment import HOST, BenchEnvironment
from fullhouse.capacity.bench.fixtures import MANY, ONE, SlotRange
from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.capacity.bench.load_tools import HttpLoad, Pgbench
from fullhouse.capacity.bench.machine import describe_machine
from fullhouse.capacity.bench.programs import BenchmarkFailed
from fullhouse.capacity.bench.report import (
    BenchReport,
    Comparison,
    availability_reads,
    many_slots,
    one_slot,
)

OnStep = Callable[[str], None]
"""Called with the description of each step before it starts."""

_WARM_UP_SECONDS = 8
_PACED_SECONDS = 10


@dataclass(slots=True)
class Benchmark:
    """One benchmark in one environment."""

    environment: BenchEnvironment
    rounds: int
    seconds: int
    on_step: OnStep
    _acknowledged: int = 0
    _runs: int = 0
    _drain_seconds: list[float] = field(default_factory=list)

    async def measure(self) -> BenchReport:
        """Warm up, run `rounds` alternating rounds, then pace the load at half of the median."""
        machine = await describe_machine(self.environment)
        await self._warm_up()
        many, one, reads = many_slots(), one_slot(), availability_reads()
        for number in range(1, self.rounds + 1):
            product_first = number % 2 == 0
            for comparison, slots in ((many, MANY), (one, ONE)):
                self._announce(number, comparison)
                await self._compare_bookings(comparison, slots, product_first=product_first)
            self._announce(number, reads)
            await self._compare_reads(reads, product_first=product_first)
        per_second = many.product_median / 2
        self.on_step(f"latency at {per_second:,.0f} bookings/s, half of the median")
        paced = await self._book(_PACED_SECONDS, MANY, per_second=per_second)
        await self._drain()
        return BenchReport(
            machine=machine,
            rounds=self.rounds,
            seconds=self.seconds,
            many=many,
            one=one,
            reads=reads,
            paced=paced,
            paced_per_second=per_second,
            acknowledged=self._acknowledged,
            stored=await self._stored(),
            drain_seconds=self._drain_seconds,
        )

    def _announce(self, number: int, comparison: Comparison) -> None:
        self.on_step(f"round {number} of {self.rounds}: {comparison.subject}")

    async def _warm_up(self) -> None:
        self.on_step("warming up")
        for slots in (MANY, ONE):
            await self._book(_WARM_UP_SECONDS, slots)
            await self._pgbench(_WARM_UP_SECONDS).bookings(slots)
        await self._read_availability(_WARM_UP_SECONDS)
        await self._read_baseline(_WARM_UP_SECONDS)
        await self._drain()

    async def _compare_bookings(
        self, comparison: Comparison, slots: SlotRange, *, product_first: bool
    ) -> None:
        pgbench = self._pgbench(self.seconds)
        if not product_first:
            comparison.baseline.append(await pgbench.bookings(slots))
        comparison.add(await self._book(self.seconds, slots))
        await self._drain()
        if product_first:
            comparison.baseline.append(await pgbench.bookings(slots))

    async def _compare_reads(self, comparison: Comparison, *, product_first: bool) -> None:
        if not product_first:
            comparison.baseline.append(await self._read_baseline(self.seconds))
        comparison.add(await self._read_availability(self.seconds))
        if product_first:
            comparison.baseline.append(await self._read_baseline(self.seconds))

    async def _book(
        self, seconds: int, slots: SlotRange, *, per_second: float | None = None
    ) -> LoadResult:
        self._runs += 1
        load = HttpLoad(HOST, self.environment.port, seconds)
        result = await load.bookings(slots, f"r{self._runs}", per_second=per_second)
        self._acknowledged += result.succeeded
        return result

    async def _read_availability(self, seconds: int) -> LoadResult:
        load = HttpLoad(HOST, self.environment.port, seconds)
        return await load.reads(self.environment.availability_path)

    async def _read_baseline(self, seconds: int) -> float:
        result = await HttpLoad(HOST, self.environment.baseline_port, seconds).reads("/")
        return result.per_second

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

    async def _drain(self) -> None:
        self._drain_seconds.append(await self.environment.drain())

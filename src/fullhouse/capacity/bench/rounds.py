"""The rounds: product and yardstick in turn, so that what the machine does besides hits both."""

from collections.abc import Callable
from dataclasses import dataclass, field

from fullhouse.capacity.bench.farm import MANY, ONE, Slots
from fullhouse.capacity.bench.ground import HOST, Ground
from fullhouse.capacity.bench.machine import machine
from fullhouse.capacity.bench.makers import HttpLoad, Pgbench, Rate
from fullhouse.capacity.bench.programs import ProgramFailed
from fullhouse.capacity.bench.report import Pace, Pair, Report

Told = Callable[[str], None]
_WARM_SECONDS = 8
_PACED_SECONDS = 10


@dataclass(slots=True)
class Bench:
    """One benchmark on one ground."""

    ground: Ground
    rounds: int
    seconds: int
    told: Told
    _acknowledged: int = 0
    _runs: int = 0
    _drained: list[float] = field(default_factory=list)

    async def measure(self) -> Report:
        """Warm up, then `rounds` alternating rounds, then the pace at half of the best."""
        facts = await machine(self.ground)
        await self._warm_up()
        many, one, reads = Pair(), Pair(), Pair()
        for number in range(1, self.rounds + 1):
            self.told(f"round {number} of {self.rounds}")
            await self._bookings(many, MANY, product_first=number % 2 == 0)
            await self._bookings(one, ONE, product_first=number % 2 == 0)
            await self._reads(reads, product_first=number % 2 == 0)
        pace = await self._pace(many.product_median / 2)
        stored = await self.ground.bookings_stored()
        if stored < self._acknowledged:
            detail = f"{self._acknowledged} bookings were acknowledged, {stored} are stored"
            raise ProgramFailed(detail)
        return Report(
            machine=facts,
            load=self._load().maker,
            rounds=self.rounds,
            seconds=self.seconds,
            many=many,
            one=one,
            reads=reads,
            pace=pace,
            acknowledged=self._acknowledged,
            stored=stored,
            drained_seconds=self._drained,
        )

    async def _warm_up(self) -> None:
        self.told("warming up")
        load, twin = self._load(_WARM_SECONDS), self._twin(_WARM_SECONDS)
        for slots in (MANY, ONE):
            self._keep(await load.bookings(slots, self._run()))
            await twin.bookings(slots)
        await load.reads(self.ground.port, self.ground.availability_path)
        await load.reads(self.ground.still_port, "/")
        await self._settle()

    async def _bookings(self, pair: Pair, slots: Slots, *, product_first: bool) -> None:
        if not product_first:
            pair.yardstick.append(await self._twin(self.seconds).bookings(slots))
        rate = self._keep(await self._load().bookings(slots, self._run()))
        pair.product.append(rate.per_second)
        pair.failed += rate.failed
        await self._settle()
        if product_first:
            pair.yardstick.append(await self._twin(self.seconds).bookings(slots))

    async def _reads(self, pair: Pair, *, product_first: bool) -> None:
        load, ground = self._load(), self.ground
        if not product_first:
            pair.yardstick.append((await load.reads(ground.still_port, "/")).per_second)
        rate = await load.reads(ground.port, ground.availability_path)
        pair.product.append(rate.per_second)
        pair.failed += rate.failed
        if product_first:
            pair.yardstick.append((await load.reads(ground.still_port, "/")).per_second)

    async def _pace(self, per_second: float) -> Pace:
        self.told("half of the best, for its slowest answers")
        load = self._load(_PACED_SECONDS)
        done = await load.paced(MANY, self._run(), per_second=per_second)
        self._acknowledged += done.answered
        await self._settle()
        return Pace(
            wanted=per_second,
            per_second=done.answered / done.seconds,
            failed=done.failed,
            p50_ms=done.p50_ms,
            p95_ms=done.p95_ms,
            p99_ms=done.p99_ms,
        )

    def _load(self, seconds: int | None = None) -> HttpLoad:
        return HttpLoad(HOST, self.ground.port, seconds or self.seconds)

    def _twin(self, seconds: int) -> Pgbench:
        server = self.ground.server
        return Pgbench(server.programs["pgbench"], self.ground.twin_url, seconds)

    def _keep(self, rate: Rate) -> Rate:
        self._acknowledged += rate.answered
        return rate

    def _run(self) -> str:
        self._runs += 1
        return f"r{self._runs}"

    async def _settle(self) -> None:
        self._drained.append(await self.ground.settle())

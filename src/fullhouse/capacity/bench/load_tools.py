"""The programs that make the load: our own load clients over HTTP, and pgbench for the baseline."""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from fullhouse.capacity.bench.fixtures import MANY, ORG_SLUG, SlotRange
from fullhouse.capacity.bench.load_client import LoadPlan, LoadResult
from fullhouse.capacity.bench.overload_client import OverloadPlan, OverloadResult
from fullhouse.capacity.bench.programs import BenchmarkFailed, output_of
from fullhouse.numerics.quantiles import quantile

Result = TypeVar("Result", bound=msgspec.Struct)

CONNECTIONS: Final = 128
PGBENCH_CLIENTS: Final = (8, 32)
PACED_CLIENTS: Final = 32
REFUSAL_PROBES: Final = (50.0, 160)
"""Bookings per second by customers beside an overload, and their connections.

So many that each is used again after three seconds: a connection that was refused is not read for
the second that Retry-After names, and the wait would be taken for a slow refusal.
"""
_SCRIPT: Final = Path(__file__).parent / "booking.pgbench.sql"
_TPS: Final = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


class HttpLoad(msgspec.Struct, frozen=True):
    """Requests over keep-alive connections, for `seconds`.

    Product and static baseline are loaded by the same client, in a process of its own: its share of
    the processor is the same on both sides of a ratio.
    """

    host: str
    port: int
    seconds: float

    async def bookings(self, slots: SlotRange, run: str) -> LoadResult:
        """Bookings by new customers on random slots, each connection as fast as it is answered.

        `run` is a name that no other run uses.
        """
        return await _run("load_client", self._bookings(slots, run), result=LoadResult)

    async def paced_bookings(
        self, run: str, *, per_second: float, settle_seconds: float
    ) -> LoadResult:
        """Bookings at a given rate, whatever the answers; those of `settle_seconds` count not."""
        plan = msgspec.structs.replace(
            self._bookings(MANY, run),
            seconds=self.seconds + settle_seconds,
            rate=per_second,
            settle_seconds=settle_seconds,
        )
        return await _run("load_client", plan, result=LoadResult)

    async def refusal_probe(self, run: str, *, settle_seconds: float) -> LoadResult:
        """A few bookings beside an overload, by a process that has nothing else to do."""
        rate, connections = REFUSAL_PROBES
        plan = msgspec.structs.replace(
            self._bookings(MANY, run),
            seconds=self.seconds + settle_seconds,
            rate=rate,
            connections=connections,
            settle_seconds=settle_seconds,
        )
        return await _run("load_client", plan, result=LoadResult)

    async def overload(self, run: str, *, customers: int, ramp_seconds: float) -> OverloadResult:
        load = msgspec.structs.replace(self._bookings(MANY, run), connections=customers)
        return await _run(
            "overload_client", OverloadPlan(load, ramp_seconds), result=OverloadResult
        )

    async def reads(self, path: str) -> LoadResult:
        """The same path as fast as the answers come."""
        plan = LoadPlan(self.host, self.port, path, self.seconds, CONNECTIONS)
        return await _run("load_client", plan, result=LoadResult)

    def _bookings(self, slots: SlotRange, run: str) -> LoadPlan:
        path = f"/api/v1/{ORG_SLUG}/bookings"
        return LoadPlan(
            self.host, self.port, path, self.seconds, CONNECTIONS, booking=slots, run=run
        )


class PacedBaseline(msgspec.Struct, frozen=True):
    """Transactions of pgbench at a given rate; latencies count from the time each was due."""

    per_second: float
    p50_ms: float
    p99_ms: float


class Pgbench(msgspec.Struct, frozen=True):
    """The baseline of bookings: the same rows in one statement, one transaction, prepared."""

    program: Path
    url: str
    seconds: int

    async def bookings(self, slots: SlotRange) -> float:
        """Bookings per second: the better rate of 8 and 32 clients."""
        return max([await self._run(slots, clients) for clients in PGBENCH_CLIENTS])

    async def paced_bookings(self, *, per_second: float, settle_seconds: int) -> PacedBaseline:
        """Bookings at a given rate; the latencies are those of pgbench's log of transactions."""
        with tempfile.TemporaryDirectory(prefix="fullhouse-pgbench-") as folder:
            prefix = Path(folder) / "transactions"
            seconds = self.seconds + settle_seconds
            options = [f"--rate={per_second:.0f}", "--log", f"--log-prefix={prefix}"]
            await self._pgbench(MANY, PACED_CLIENTS, seconds, *options)
            entries = await asyncio.to_thread(lambda: sorted(_entries(Path(folder))))
        if not entries:
            detail = "pgbench logged no transaction"
            raise BenchmarkFailed(detail)
        counted_from = entries[0][0] + settle_seconds
        ordered = sorted(latency for at, latency in entries if at >= counted_from)
        return PacedBaseline(
            per_second=len(ordered) / self.seconds,
            p50_ms=quantile(ordered, 0.50),
            p99_ms=quantile(ordered, 0.99),
        )

    async def _run(self, slots: SlotRange, clients: int) -> float:
        output = await self._pgbench(slots, clients, self.seconds)
        match = _TPS.search(output)
        if match is None:
            raise BenchmarkFailed(output)
        return float(match[1])

    async def _pgbench(self, slots: SlotRange, clients: int, seconds: int, *more: str) -> str:
        return await output_of(
            [
                self.program, "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                "--jobs=2", f"--time={seconds}", f"--define=first={slots.first}",
                f"--define=last={slots.last}", f"--file={_SCRIPT}", *more, self.url,
            ]
        )  # fmt: skip


def _entries(folder: Path) -> Iterator[tuple[float, float]]:
    """The end (Unix time) and the latency in milliseconds of each transaction in pgbench's logs.

    A line is: client, number, latency in microseconds, script, seconds, microseconds, lag. With
    `--rate` the latency counts from the time at which the transaction was due.
    """
    for log in folder.iterdir():
        with log.open() as lines:
            for line in lines:
                _, _, latency, _, seconds, microseconds, *_ = line.split()
                yield float(seconds) + float(microseconds) / 1e6, float(latency) / 1000


async def _run(module: str, plan: msgspec.Struct, *, result: type[Result]) -> Result:
    command = [sys.executable, "-m", f"fullhouse.capacity.bench.{module}"]
    output = await output_of([*command, msgspec.json.encode(plan).decode()])
    return msgspec.json.decode(output, type=result)

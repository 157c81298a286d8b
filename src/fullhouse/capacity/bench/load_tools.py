"""The programs that make the load: our own load client over HTTP, and pgbench for the baseline."""

import re
import sys
from pathlib import Path

import msgspec

from fullhouse.capacity.bench.fixtures import ORG_SLUG, SlotRange
from fullhouse.capacity.bench.load_client import LoadPlan, LoadResult
from fullhouse.capacity.bench.programs import BenchmarkFailed, output_of

_SCRIPT = Path(__file__).parent / "booking.pgbench.sql"
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
PGBENCH_CLIENTS = (8, 32)
CONNECTIONS = 128


class HttpLoad(msgspec.Struct, frozen=True):
    """Requests over `CONNECTIONS` keep-alive connections, for `seconds`.

    Product and static baseline are loaded by the same client, in a process of its own: its share of
    the processor is the same on both sides of a ratio.
    """

    host: str
    port: int
    seconds: int

    async def bookings(
        self, slots: SlotRange, run: str, *, per_second: float | None = None
    ) -> LoadResult:
        """Bookings by new customers on random slots of the range.

        `run` is a name that no other run uses. Without `per_second` the load is closed: each
        connection sends its next request after its answer.
        """
        path = f"/api/v1/{ORG_SLUG}/bookings"
        return await _run(self._plan(path, booking=slots, run=run, rate=per_second))

    async def reads(self, path: str) -> LoadResult:
        """The same path as fast as the answers come."""
        return await _run(self._plan(path))

    def _plan(
        self,
        path: str,
        *,
        booking: SlotRange | None = None,
        run: str = "",
        rate: float | None = None,
    ) -> LoadPlan:
        return LoadPlan(
            host=self.host,
            port=self.port,
            path=path,
            seconds=float(self.seconds),
            connections=CONNECTIONS,
            booking=booking,
            run=run,
            rate=rate,
        )


class Pgbench(msgspec.Struct, frozen=True):
    """The baseline of bookings: the same rows in one statement, one transaction, prepared."""

    program: Path
    url: str
    seconds: int

    async def bookings(self, slots: SlotRange) -> float:
        """Bookings per second: the better rate of 8 and 32 clients."""
        return max([await self._run(slots, clients) for clients in PGBENCH_CLIENTS])

    async def _run(self, slots: SlotRange, clients: int) -> float:
        output = await output_of(
            [
                self.program, "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                "--jobs=2", f"--time={self.seconds}", f"--define=first={slots.first}",
                f"--define=last={slots.last}", f"--file={_SCRIPT}", self.url,
            ]
        )  # fmt: skip
        match = _TPS.search(output)
        if match is None:
            raise BenchmarkFailed(output)
        return float(match[1])


async def _run(plan: LoadPlan) -> LoadResult:
    command = [sys.executable, "-m", "fullhouse.capacity.bench.load_client"]
    output = await output_of([*command, msgspec.json.encode(plan).decode()])
    return msgspec.json.decode(output, type=LoadResult)

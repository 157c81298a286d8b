"""Who makes the load: wrk where it is installed, our own hammer where it is not, and pgbench."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fullhouse.capacity.bench.farm import ORG_SLUG, Slots
from fullhouse.capacity.bench.hammer import Orders, Yield
from fullhouse.capacity.bench.programs import ProgramFailed, output_of

_HERE = Path(__file__).parent
_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
PGBENCH_CLIENTS = (8, 32)
CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class Rate:
    """How many a second succeeded, how many did and how many did not."""

    per_second: float
    answered: int
    failed: int


@dataclass(frozen=True, slots=True)
class HttpLoad:
    """Requests as fast as the answers come, over `CONNECTIONS` connections."""

    host: str
    port: int
    seconds: int

    @property
    def maker(self) -> str:
        """The program that makes the load, for the report."""
        return "wrk" if _wrk() else "fullhouse's own hammer"

    async def bookings(self, slots: Slots, run: str) -> Rate:
        """Each a new customer's, on a slot of `slots`; `run` is a word that no other run uses."""
        if wrk := _wrk():
            drawn = [ORG_SLUG, str(slots.first), str(slots.last), run]
            script = str(_HERE / "wrk.lua")
            return await _wrk_rate([*self._wrk(wrk), "-s", script, self._url("/"), "--", *drawn])
        return await self._hammer(self.orders(slots, run))

    async def reads(self, port: int, path: str) -> Rate:
        """The same path again and again, of the server on `port`."""
        load = HttpLoad(self.host, port, self.seconds)
        if wrk := _wrk():
            script = str(_HERE / "wrk_reads.lua")
            return await _wrk_rate([*self._wrk(wrk), "-s", script, load._url(path)])
        orders = Orders(self.host, port, path, float(self.seconds), CONNECTIONS)
        return await self._hammer(orders)

    async def paced(self, slots: Slots, run: str, *, per_second: float) -> Yield:
        """Bookings at a fixed pace, open: always by the hammer, which wrk cannot do."""
        return await _hammer(msgspec.structs.replace(self.orders(slots, run), pace=per_second))

    def orders(self, slots: Slots, run: str) -> Orders:
        path = f"/api/v1/{ORG_SLUG}/bookings"
        seconds = float(self.seconds)
        return Orders(self.host, self.port, path, seconds, CONNECTIONS, booking=slots, run=run)

    async def _hammer(self, orders: Orders) -> Rate:
        done = await _hammer(orders)
        return Rate(done.answered / done.seconds, done.answered, done.failed)

    def _url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def _wrk(self, wrk: str) -> list[str]:
        return [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}s", "--timeout", "30s"]


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The shortest way to the same rows: one statement, one transaction, prepared."""

    program: Path
    url: str
    seconds: int

    async def bookings(self, slots: Slots) -> float:
        """Bookings a second, the best of 8 and 32 clients."""
        return max([await self._run(slots, clients) for clients in PGBENCH_CLIENTS])

    async def _run(self, slots: Slots, clients: int) -> float:
        said = await output_of(
            [
                self.program, "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                "--jobs=2", f"--time={self.seconds}", f"--define=first={slots.first}",
                f"--define=last={slots.last}", f"--file={_HERE / 'booking.pgbench.sql'}", self.url,
            ]
        )  # fmt: skip
        found = _TPS.search(said)
        if found is None:
            raise ProgramFailed(said)
        return float(found[1])


class _WrkSays(msgspec.Struct):
    answered: int
    failed: int
    seconds: float


def _wrk() -> str | None:
    return shutil.which("wrk")


async def _wrk_rate(command: list[str]) -> Rate:
    said = await output_of(command)
    done = msgspec.json.decode(said.strip().splitlines()[-1], type=_WrkSays)
    good = done.answered - done.failed
    return Rate(good / done.seconds, good, done.failed)


async def _hammer(orders: Orders) -> Yield:
    command = [sys.executable, "-m", "fullhouse.capacity.bench.hammer"]
    said = await output_of([*command, msgspec.json.encode(orders).decode()])
    return msgspec.json.decode(said, type=Yield)

"""The whole product as its users run it, on a database of its own, and how to kill its parts."""

import asyncio
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Literal
from uuid import UUID

import aiohttp
import asyncpg
from tests.builders.business import Business, a_business
from tests.builders.folders import server_folder
from tests.history.records import Call, History, Stored

from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.bootstrap.schema import named_queries
from fullhouse.capacity.bench.programs import free_port
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.resilience.consistency import Report
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded.server import DATABASE, running_sockets, socket_url
from fullhouse.storage.errors import DatabaseUnavailable

Part = Literal["web", "worker", "backend"]

START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0
SETTLE_SECONDS_MAX = 240.0
LIVE = ("confirmed", "checked_in", "no_show")
UNLIMITED = {
    "FULLHOUSE_WRITES_BURST": "1000000",
    "FULLHOUSE_WRITES_PER_SECOND": "1000000",
    "FULLHOUSE_LOG_LEVEL": "warning",
}


@dataclass(slots=True)
class Product:
    """A running installation in a folder of its own."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process
    clock: SystemClock
    killed: Counter[Part] = field(default_factory=Counter)
    _reviving: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    async def ready(self) -> None:
        """Wait until it serves; raises `AssertionError` with the end of its log."""
        deadline = self.clock.monotonic() + START_SECONDS_MAX
        while not await self._serves():
            assert self.process.returncode is None, self.log()
            assert self.clock.monotonic() < deadline, self.log()
            await asyncio.sleep(0.1)

    async def recovered(self) -> None:
        """Wait until it serves again, started anew if it has given up, as an init system would.

        It does give up when a part of it dies again and again soon after each start.
        """
        deadline = self.clock.monotonic() + START_SECONDS_MAX
        while not await self._serves():
            async with self._reviving:
                if self.process.returncode is not None:
                    self.process = await _started(self.folder, self.port, self.environment)
            assert self.clock.monotonic() < deadline, self.log()
            await asyncio.sleep(0.1)

    async def _serves(self) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(f"{self.url}/readyz") as answer,
            ):
                return answer.status == HTTPStatus.OK
        return False

    async def stop(self) -> None:
        """Tell it to stop, and make it when it does not."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    async def database(self) -> Database:
        """A pool of our own on its database; the context's to close."""
        return await open_database(
            await self.database_url(), catalogue=named_queries(), clock=self.clock
        )

    async def database_url(self) -> str:
        """Where its database listens, once it does again after a crash."""
        for _ in range(600):
            sockets = running_sockets(self.data_dir)
            if sockets is not None:
                return socket_url(sockets, DATABASE)
            await asyncio.sleep(0.1)
        raise AssertionError(self.log())

    async def up_again(self, part: Part) -> None:
        """Wait until the part has got up from its last death: the database, until all are back."""
        if part != "worker":
            await self.recovered()
        if part != "web":
            await self._connected("fullhouse worker")

    async def kill(self, part: Part, random: Random) -> bool:
        """`kill -9` of a part, counted in `killed`; whether there was one.

        Of several web processes one dies, or more; of the database one backend, for the server
        then restarts them all.
        """
        if part == "backend":
            pids, most = await self._backends("fullhouse%"), 1
        else:
            pids = await self.running(part)
            most = len(pids)
        done = bool(pids) and _killed(random.sample(pids, random.randint(1, most)))
        self.killed[part] += done
        return done

    async def kill_part(self, name: str) -> bool:
        """`kill -9` of every child that runs `fullhouse <name>`; whether there was one."""
        return _killed(await self.running(name))

    async def running(self, name: str) -> list[int]:
        return [
            pid
            for pid, parent, words in await processes()
            if parent == self.process.pid and ["-m", "fullhouse", name] == words[1:4]
        ]

    async def _connected(self, names: str) -> None:
        """Wait until such a one is at the database; started anew as in `recovered`."""
        deadline = self.clock.monotonic() + START_SECONDS_MAX
        while not await self._backends(names):
            if self.process.returncode is not None:
                await self.recovered()
            assert self.clock.monotonic() < deadline, self.log()
            await asyncio.sleep(0.1)

    async def _backends(self, names: str) -> list[int]:
        """Those of the database that serve such an application; none while it is down."""
        sockets = running_sockets(self.data_dir)
        if sockets is None:
            return []
        try:
            connection = await connect(socket_url(sockets, DATABASE), application_name="killer")
        except (DatabaseUnavailable, asyncpg.PostgresError):
            return []
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1", names
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return []
        finally:
            connection.terminate()
        return [row["pid"] for row in rows]


@asynccontextmanager
async def a_product(environment: Mapping[str, str] | None = None) -> AsyncIterator[Product]:
    """Start it in a temporary folder, and stop it and take the folder away afterwards."""
    folder = await asyncio.to_thread(server_folder, "fullhouse-history-")
    port, settings = free_port(), {**os.environ, **UNLIMITED, **(environment or {})}
    process = await _started(folder, port, settings)
    product = Product(folder, port, settings, process, SystemClock())
    try:
        await product.ready()
        yield product
    finally:
        await product.stop()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def processes() -> list[tuple[int, int, list[str]]]:
    """Every process with its parent and its command line."""
    asked = await asyncio.create_subprocess_exec(
        "ps", "-eo", "pid=,ppid=,args=", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asked.communicate()
    lines = (line.split() for line in said.decode(errors="replace").splitlines())
    return [(int(pid), int(parent), words) for pid, parent, *words in lines]


async def _started(
    folder: Path, port: int, environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    with (folder / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fullhouse", "serve", "--port", str(port),
            "--data-dir", str(folder / "data"),
            env=dict(environment), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


async def a_farm(database: Database) -> Business:
    """A business on the machine's own time."""
    clock = SystemClock()
    return await a_business(database, clock, RandomIds(clock))


async def judged(calls: list[Call], business: Business) -> History:
    """The history with what the database has stored, once all calls have ended."""
    async with business.database.unrestricted.session() as session:
        stored = await session.connection.fetch(
            "SELECT ref, customer_email, slots[1] AS slot, party, status FROM booking"
            " WHERE org_id = $1", business.org_id,
        )  # fmt: skip
        slots = await session.connection.fetch(
            "SELECT slot_id, capacity FROM slot WHERE org_id = $1", business.org_id
        )
    return History(
        calls=tuple(calls),
        stored=tuple(
            Stored(row["ref"], row["customer_email"], row["slot"], row["party"],
                   row["status"] in LIVE)
            for row in stored
        ),
        capacity={UUID(str(row["slot_id"])): row["capacity"] for row in slots},
    )  # fmt: skip


async def settled(database: Database) -> Report:
    """The check once all events are passed on, or when that is overdue.

    Effects keep the grace that they have in life: on a busy machine the worker steps back, and how
    fast it is is measured elsewhere. That none of them is lost is asked here.
    """
    clock = SystemClock()
    deadline = clock.monotonic() + SETTLE_SECONDS_MAX
    consistency = build_consistency_checker(database, clock)
    while True:
        report = await consistency.check(quiescent=True)
        red = {result.rule for result in report.broken}
        if red <= {"effects_done"}:
            return await consistency.check()
        if clock.monotonic() > deadline:
            return report
        await asyncio.sleep(0.5)


def _killed(pids: Sequence[int]) -> bool:
    """Whether any of them was still there to be killed."""
    killed = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed > 0

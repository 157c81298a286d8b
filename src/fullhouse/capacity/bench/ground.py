"""What is measured on: an embedded database of its own, the whole product, and its still twin.

The product runs as its users run it, web and worker, from a command line; only its rate limits are
raised, by its own settings, since all load comes from one machine. pgbench has its own database on
the same server: same disk, durability and schema, and no worker that follows it.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp

from fullhouse.capacity.bench.farm import MANY, OFFERING, OFFERING_SLUG, ORG, ORG_SLUG
from fullhouse.capacity.bench.programs import ProgramFailed, free_port, output_of, running
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.limits import BENCH_DRAIN_SECONDS_MAX, BENCH_START_SECONDS_MAX
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded import EmbeddedServer, embedded_server
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import Phase, SchemaPart, migrate

TWIN = "fullhouse_twin"
HOST = "127.0.0.1"
_FARM = Path(__file__).parent / "farm.sql"
_QUERIES = Path(__file__).parents[1] / "queries"
_UNLIMITED = {
    "FULLHOUSE_WRITES_BURST": "1000000000",
    "FULLHOUSE_WRITES_PER_SECOND": "1000000000",
    "FULLHOUSE_READS_BURST": "1000000000",
    "FULLHOUSE_READS_PER_SECOND": "1000000000",
    "FULLHOUSE_LOG_LEVEL": "warning",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything under way: where it listens, and the database behind it."""

    server: EmbeddedServer
    twin_url: str
    database: Database
    port: int
    still_port: int
    availability_path: str
    availability_bytes: int
    clock: Clock

    async def settle(self) -> float:
        """Wait for the worker to finish what the load left it, then tidy; the seconds it took."""
        began = self.clock.monotonic()
        while await self._work_left():
            if self.clock.monotonic() > began + BENCH_DRAIN_SECONDS_MAX:
                detail = f"The worker did not finish within {BENCH_DRAIN_SECONDS_MAX} s"
                raise ProgramFailed(detail)
            await asyncio.sleep(0.2)
        for url in (self.server.url, self.twin_url):
            await _tidy(url)
        return self.clock.monotonic() - began

    async def bookings_stored(self) -> int:
        async with self.database.session() as session:
            return await session.fetch_value("capacity.bookings_stored", int) or 0

    async def _work_left(self) -> int:
        async with self.database.session() as session:
            return await session.fetch_value("capacity.work_left", int) or 0


@asynccontextmanager
async def ground(
    *, clock: Clock, workers: int, schema: Sequence[SchemaPart]
) -> AsyncIterator[Ground]:
    """Build it all in a temporary folder, and take it all away again."""
    with _folder() as folder:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(embedded_server(folder / "data"))
            await _plant(server, schema)
            database = await open_database(
                server.url,
                catalogue=NamedQueries.load({"capacity": _QUERIES}),
                clock=clock,
                connections_max=2,
                application_name="fullhouse bench",
            )
            stack.push_async_callback(database.close)
            port, still_port = free_port(), free_port()
            product = _product(server.url, port, workers=workers, folder=folder)
            await stack.enter_async_context(product)
            path = availability_path(clock)
            size = await _answer(f"http://{HOST}:{port}{path}")
            still = _still(still_port, size, workers=workers, folder=folder)
            await stack.enter_async_context(still)
            await _answer(f"http://{HOST}:{still_port}/")
            yield Ground(server, server.url_of(TWIN), database, port, still_port, path, size, clock)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that others may pass through: PostgreSQL runs as a user of its own under root."""
    folder = Path(tempfile.mkdtemp(prefix="fullhouse-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def availability_path(clock: Clock) -> str:
    """One day of the farm, its 48 half-hourly slots: what a page asks for."""
    day = clock.now().date() + timedelta(days=3)
    return f"/api/v1/{ORG_SLUG}/offerings/{OFFERING_SLUG}/availability?from={day}&to={day}&party=2"


async def _plant(server: EmbeddedServer, schema: Sequence[SchemaPart]) -> None:
    connection = await connect(server.url, application_name="fullhouse bench")
    try:
        await connection.execute(f"CREATE DATABASE {TWIN}")
    finally:
        await connection.close()
    for url in (server.url, server.url_of(TWIN)):
        await migrate(url, schema, phases=tuple(Phase))
        names = {"org": ORG, "offering": OFFERING, "slots": MANY.last}
        told = [f"--set={name}={value}" for name, value in names.items()]
        options = ["--quiet", "--set=ON_ERROR_STOP=1", *told, f"--file={_FARM}", url]
        await output_of([server.programs["psql"], *options])


@asynccontextmanager
async def _product(url: str, port: int, *, workers: int, folder: Path) -> AsyncIterator[None]:
    command = [
        sys.executable, "-m", "fullhouse", "serve", "--host", HOST, "--port", str(port),
        "--workers", str(workers),
    ]  # fmt: skip
    environment = {**os.environ, **_UNLIMITED, "FULLHOUSE_DATABASE_URL": url}
    async with running(command, environment=environment, log=folder / "product.log"):
        await _answer(f"http://{HOST}:{port}/readyz", log=folder / "product.log")
        yield


@asynccontextmanager
async def _still(port: int, size: int, *, workers: int, folder: Path) -> AsyncIterator[None]:
    still = "fullhouse.capacity.bench.still"
    command = [sys.executable, "-m", still, str(port), str(size), str(workers)]
    async with running(command, environment=os.environ, log=folder / "still.log"):
        yield


async def _answer(url: str, *, log: Path | None = None) -> int:
    """Ask until it answers well; the size of the answer in bytes."""
    status: int | str = "no answer"
    body = b""
    for _ in range(int(BENCH_START_SECONDS_MAX / 0.1)):
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                body = await answer.read()
                status = answer.status
        except aiohttp.ClientConnectionError as error:
            status = str(error)
        if status == HTTPStatus.OK:
            return len(body)
        await asyncio.sleep(0.1)
    said = "" if log is None else await asyncio.to_thread(log.read_text)
    detail = f"{url}: {status}\n{said[-2000:]}"
    raise ProgramFailed(detail)


async def _tidy(url: str) -> None:
    """Vacuum and checkpoint, so that no round pays for the one before."""
    connection = await connect(url, application_name="fullhouse bench")
    try:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()

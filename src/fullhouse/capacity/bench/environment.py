"""The system under test: an embedded database of its own, the whole product, and both baselines.

The product runs as its users run it, web and worker, from a command line; only its rate limits are
raised, by its own settings, because all load comes from one machine. pgbench has a database of its
own on the same server: same disk, durability and schema, and no worker that follows its events.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp
import asyncpg

from fullhouse.capacity.bench.fixtures import MANY, OFFERING, OFFERING_SLUG, ORG, ORG_SLUG
from fullhouse.capacity.bench.programs import (
    BenchmarkFailed,
    Command,
    free_port,
    output_of,
    running,
)
from fullhouse.capacity.limits import BENCH_DISCARD_SECONDS_MAX, BENCH_START_SECONDS_MAX
from fullhouse.kernel.clock import Clock
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded import EmbeddedServer, embedded_server
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import Phase, SchemaPart, migrate

BASELINE_DATABASE = "fullhouse_baseline"
HOST = "127.0.0.1"
_PSQL = ("--quiet", "--set=ON_ERROR_STOP=1")
_FIXTURES = Path(__file__).parent / "fixtures.sql"
_DISCARD_WORK = Path(__file__).parent / "discard_work.sql"
_HURRY_WEBHOOKS = Path(__file__).parent / "hurry_webhooks.sql"
QUERIES = Path(__file__).parents[1] / "queries"
_POLL_SECONDS = 0.1
RATE_LIMITS_RAISED = {
    "FULLHOUSE_WRITES_BURST": "1000000000",
    "FULLHOUSE_WRITES_PER_SECOND": "1000000000",
    "FULLHOUSE_READS_BURST": "1000000000",
    "FULLHOUSE_READS_PER_SECOND": "1000000000",
    "FULLHOUSE_LOG_LEVEL": "warning",
}


@dataclass(frozen=True, slots=True)
class BenchEnvironment:
    """The running servers: their ports, and the databases of product and baseline."""

    server: EmbeddedServer
    url: str
    """The database of the product."""
    database: Database
    port: int
    baseline_port: int
    availability_path: str
    clock: Clock

    @property
    def baseline_url(self) -> str:
        """The database that pgbench writes to."""
        return self.server.url_of(BASELINE_DATABASE)

    async def discard_work(self) -> int:
        """Discard what the worker has not come to, see `discard_work`."""
        psql = self.server.programs["psql"]
        return await discard_work(self.database, self.url, psql=psql, clock=self.clock)

    async def vacuum(self) -> None:
        """Vacuum both databases and make a checkpoint, so that no step pays for the one before."""
        for url in (self.url, self.baseline_url):
            await vacuum(url)

    async def bookings_stored(self) -> int:
        return await bookings_stored(self.database)

    async def work_left(self) -> int:
        return await work_left(self.database)


async def discard_work(database: Database, url: str, *, psql: Path, clock: Clock) -> int:
    """Discard the events and effects that the worker has not come to; return how many.

    A step leaves tens of thousands of mails, and the worker writes some hundreds a second: a
    benchmark that waited for them would take an hour. Raises `BenchmarkFailed` when it does not
    come to an end within `BENCH_DISCARD_SECONDS_MAX`.
    """
    deadline = clock.monotonic() + BENCH_DISCARD_SECONDS_MAX
    discarded = 0
    while left := await work_left(database):
        if clock.monotonic() > deadline:
            detail = f"{left} events and effects came back within {BENCH_DISCARD_SECONDS_MAX} s"
            raise BenchmarkFailed(detail)
        command: Command = [psql, *_PSQL, "-tA", f"--file={_DISCARD_WORK}"]
        discarded += int(await output_of((*command, url)))
        await asyncio.sleep(_POLL_SECONDS)
    return discarded


async def hurry_webhooks(database: Database) -> None:
    """Let events that are sent again in minutes or hours be due now."""
    async with database.unrestricted.transaction() as session:
        await session.connection.execute(_HURRY_WEBHOOKS.read_text())


async def work_left(database: Database) -> int:
    """The number of events and effects that the worker has not come to."""
    async with database.unrestricted.session() as session:
        return await session.fetch_value("capacity.work_left", int) or 0


async def bookings_stored(database: Database) -> int:
    async with database.unrestricted.session() as session:
        return await session.fetch_value("capacity.bookings_stored", int) or 0


@asynccontextmanager
async def bench_environment(
    *, clock: Clock, workers: int, schema: Sequence[SchemaPart]
) -> AsyncIterator[BenchEnvironment]:
    """Start everything in a temporary folder; stop and delete it afterwards."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(temporary_folder("bench"))
        server = await stack.enter_async_context(embedded_server(folder / "data"))
        await _create_databases(server, schema)
        database = await open_database(
            server.url,
            catalogue=NamedQueries.load({"capacity": QUERIES}),
            clock=clock,
            connections_max=2,
            application_name="fullhouse bench",
        )
        stack.push_async_callback(database.close)
        port, baseline_port = free_port(), free_port()
        settings = {**RATE_LIMITS_RAISED, "FULLHOUSE_DATABASE_URL": server.url}
        product = running_product(settings, port, workers=workers, folder=folder)
        await stack.enter_async_context(product)
        path = availability_path(clock)
        body_bytes = await wait_until_ready(f"http://{HOST}:{port}{path}")
        baseline = _static_baseline(baseline_port, body_bytes, workers=workers, folder=folder)
        await stack.enter_async_context(baseline)
        await wait_until_ready(f"http://{HOST}:{baseline_port}/")
        yield BenchEnvironment(server, server.url, database, port, baseline_port, path, clock)


@contextmanager
def temporary_folder(name: str) -> Iterator[Path]:
    """A folder that other users may traverse: under root PostgreSQL runs as a user of its own."""
    folder = Path(tempfile.mkdtemp(prefix=f"fullhouse-{name}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def availability_path(clock: Clock) -> str:
    """One day with its 48 half-hourly slots: the request that a page makes."""
    day = clock.now().date() + timedelta(days=3)
    return f"/api/v1/{ORG_SLUG}/offerings/{OFFERING_SLUG}/availability?from={day}&to={day}&party=2"


async def _create_databases(server: EmbeddedServer, schema: Sequence[SchemaPart]) -> None:
    connection = await connect(server.url, application_name="fullhouse bench")
    try:
        await connection.execute(f"CREATE DATABASE {BASELINE_DATABASE}")
    finally:
        await connection.close()
    for url in (server.url, server.url_of(BASELINE_DATABASE)):
        await create_tables(url, schema, psql=server.programs["psql"])


async def create_tables(url: str, schema: Sequence[SchemaPart], *, psql: Path) -> None:
    """Create the tables with the data set of the benchmark."""
    await migrate(url, schema, phases=tuple(Phase))
    variables = {"org": ORG, "offering": OFFERING, "slots": MANY.last}
    settings = [f"--set={name}={value}" for name, value in variables.items()]
    options = [*_PSQL, *settings, f"--file={_FIXTURES}", url]
    await output_of([psql, *options])


@asynccontextmanager
async def running_product(
    environment: Mapping[str, str], port: int, *, workers: int, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The whole product as its users run it, with these settings and no others."""
    command = [
        sys.executable, "-m", "fullhouse", "serve", "--host", HOST, "--port", str(port),
        "--workers", str(workers),
    ]  # fmt: skip
    log = folder / "product.log"
    async with running(command, environment=product_environment(environment), log=log) as process:
        await wait_until_ready(f"http://{HOST}:{port}/readyz", log=log)
        yield process


def product_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """These settings only: mails to invented guests must not leave by the operator's server."""
    inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    return {**inherited, **settings}


def _is_setting(name: str) -> bool:
    return name.upper().startswith("FULLHOUSE_")


@asynccontextmanager
async def _static_baseline(
    port: int, body_bytes: int, *, workers: int, folder: Path
) -> AsyncIterator[None]:
    module = "fullhouse.http.server.static_baseline"
    command = [sys.executable, "-m", module, str(port), str(body_bytes), str(workers)]
    async with running(command, environment=os.environ, log=folder / "static_baseline.log"):
        yield


async def wait_until_ready(url: str, *, log: Path | None = None) -> int:
    """Poll until the status is 200; the size of the body in bytes."""
    status: int | str = "no answer"
    body = b""
    for _ in range(int(BENCH_START_SECONDS_MAX / _POLL_SECONDS)):
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                body = await response.read()
                status = response.status
        except aiohttp.ClientConnectionError as error:
            status = str(error)
        if status == HTTPStatus.OK:
            return len(body)
        await asyncio.sleep(_POLL_SECONDS)
    output = "" if log is None else await asyncio.to_thread(log.read_text)
    detail = f"{url}: {status}\n{output[-2000:]}"
    raise BenchmarkFailed(detail)


async def vacuum(url: str) -> None:
    """Vacuum and, where the role may, checkpoint, so that no round pays for the round before."""
    connection = await connect(url, application_name="fullhouse bench")
    try:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM ANALYZE")
        with suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()

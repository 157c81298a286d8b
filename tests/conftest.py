"""Fixtures of every test: a real database of its own, a manual clock, seeded ids."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from random import Random

import asyncpg
import pytest
import structlog
from hypothesis import settings
from pydantic import SecretStr
from tests.builders.business import Business, a_business
from tests.builders.folders import MEMORY, base_folder, server_folder

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.schema import schema
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.kernel.memory import freeze_gc
from fullhouse.people import password_hasher
from fullhouse.settings import Settings
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.embedded.programs import Programs
from fullhouse.storage.embedded.server import EmbeddedServer, server_on
from fullhouse.storage.errors import DataFolderUnusable
from fullhouse.storage.limits import POSTGRES_VERSION_MIN
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import Phase, migrate
from fullhouse.storage.sealing import new_key

SOURCE = Path(__file__).parents[1] / "src" / "fullhouse"
INSTALLED = (
    "usr/lib/postgresql/*/bin",  # Debian
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
EMBEDDED, OLDEST = "embedded", "oldest-installed"
TEMPLATE = "template_fullhouse"


@dataclass(slots=True)
class TestServers:
    """The PostgreSQL servers of this test run, each started for the first test that needs it."""

    __test__ = False

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)
    _started: dict[str, EmbeddedServer] = field(default_factory=dict)

    def __getitem__(self, name: str) -> EmbeddedServer:
        if name not in self._started:
            self._started[name] = self._start(name)
        return self._started[name]

    def creation_of(self, name: str) -> str:
        """The statement that makes a migrated database."""
        # On a disk, copying files waits for two checkpoints; in memory it is five times as fast
        strategy = "file_copy" if MEMORY in self.folder.parents else "wal_log"
        return f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY {strategy}"

    def stop(self) -> None:
        for server in self._started.values():
            server.stop()

    def _start(self, name: str) -> EmbeddedServer:
        data_dir = self.folder / name
        data_dir.mkdir(mode=0o711)
        server = server_on(data_dir, programs=_programs(name))
        server.start()
        asyncio.run(_make_template(server))
        return server


def _programs(name: str) -> Programs | None:
    if name == EMBEDDED:
        return None
    found = [
        Programs(folder, major)
        for pattern in INSTALLED
        for folder in Path("/").glob(pattern)
        if (major := int(folder.parent.name.rpartition("@")[2])) >= POSTGRES_VERSION_MIN
        and (folder / "postgres").exists()
    ]
    if not found:
        pytest.fail(
            f"These tests run on an installed PostgreSQL too, {POSTGRES_VERSION_MIN} or newer: "
            "apt-get install postgresql"
        )
    return min(found, key=lambda programs: programs.major)


async def _make_template(server: EmbeddedServer) -> None:
    await run_on(server, f"CREATE DATABASE {TEMPLATE}")
    await migrate(server.url_of(TEMPLATE), schema(), phases=tuple(Phase))


async def run_on(server: EmbeddedServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url_of("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def own_database(server: EmbeddedServer, servers: TestServers) -> AsyncIterator[str]:
    """A fresh, migrated database; dropped afterwards, also while connections are open."""
    name = f"test_{next(servers.numbers)}"
    await run_on(server, servers.creation_of(name))
    yield server.url_of(name)
    await run_on(server, f"DROP DATABASE {name} WITH (FORCE)")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--embedded-only", action="store_true", help="run nothing on the oldest installed server"
    )


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all is imported: none of it is garbage, and looking takes a quarter of it
    # The same examples in every run, so that a red run is red again; a soak draws others. However
    # long an example takes: other tests run beside it
    settings.register_profile("repeatable", derandomize=True, deadline=None)
    settings.register_profile("soak", deadline=None)
    settings.load_profile("soak" if "FULLHOUSE_TEST_SEED" in os.environ else "repeatable")
    config.addinivalue_line(
        "markers", "on_both_servers: run on the embedded PostgreSQL and on the oldest supported one"
    )


def pytest_collection_finish() -> None:
    """Keep a fifth of all processor time: what is imported by now is not searched for garbage."""
    gc.freeze()  # first, or enabling and freezing would search all of it once more
    gc.enable()
    freeze_gc()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("on_both_servers") is not None
    if marked and "server" in metafunc.fixturenames:
        only = metafunc.config.getoption("embedded_only")
        metafunc.parametrize("server", [EMBEDDED] if only else [EMBEDDED, OLDEST], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_at_once() -> Iterator[None]:
    """Hash at the priority of the tests: other tests run beside them, and a deadline is not met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password_hasher, "HASH_NICENESS", 0)
        yield


@pytest.fixture(autouse=True)
def plain_log_lines() -> None:
    """Of tests that start no logging of their own: structlog's default draws each error at length.

    One took up to a second of processor, with all values of all its frames.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    _sweep_abandoned()
    folder = server_folder(f"fullhouse-tests-{os.getpid()}-")
    servers = TestServers(folder)
    try:
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder)


@pytest.fixture
def server(servers: TestServers, request: pytest.FixtureRequest) -> EmbeddedServer:
    """The server this test runs on; mark the test `on_both_servers` to run it on the oldest too."""
    return servers[getattr(request, "param", EMBEDDED)]


@pytest.fixture
async def empty_database_url(server: EmbeddedServer, servers: TestServers) -> AsyncIterator[str]:
    """A fresh database without a schema."""
    name = f"empty_{next(servers.numbers)}"
    await run_on(server, f"CREATE DATABASE {name}")
    yield server.url_of(name)
    await run_on(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(server: EmbeddedServer, servers: TestServers) -> AsyncIterator[str]:
    """A fresh, migrated database; dropped afterwards, also while connections are open."""
    async with own_database(server, servers) as url:
        yield url


@pytest.fixture(scope="session")
def catalogue() -> NamedQueries:
    """Every named query of the program."""
    folders = sorted(SOURCE.glob("*/queries"))
    return NamedQueries.load({folder.parent.name: folder for folder in folders})


@pytest.fixture
async def database(
    database_url: str, catalogue: NamedQueries, clock: ManualClock
) -> AsyncIterator[Database]:
    """An open database, migrated and empty."""
    database = await open_database(database_url, catalogue=catalogue, clock=clock)
    yield database.unrestricted
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))


@pytest.fixture
def ids(clock: ManualClock) -> RandomIds:
    return RandomIds(clock, Random(2027))  # noqa: S311 - the same ids in every run


@pytest.fixture
async def app(database_url: str, clock: ManualClock) -> AsyncIterator[Application]:
    """A whole app on a database of its own: ledger committing, caches listening."""
    async with open_application(_settings(), database_url, name="test", clock=clock) as app:
        yield app


@pytest.fixture
async def business(app: Application) -> Business:
    """A business with one offering in that app."""
    return await a_business(app.database, app.clock, app.ids)


@cache
def _settings() -> Settings:
    """Of applications for which nothing is set; made once, since that takes 5 ms."""
    return Settings(encryption_key=SecretStr(new_key()))


def _sweep_abandoned() -> None:
    """Stop the servers of killed test runs, and remove their folders."""
    bases = {Path(tempfile.gettempdir()), base_folder()}
    for folder in [one for base in bases for one in base.glob("fullhouse-tests-*")]:
        pid = int(folder.name.split("-")[2])
        try:
            os.kill(pid, 0)
        except PermissionError:
            continue  # another user's, under way
        except ProcessLookupError:
            for data_dir in folder.iterdir():
                # A sweep that was killed itself may have left half a folder
                if (data_dir / "postgres" / "PG_VERSION").exists():
                    with suppress(DataFolderUnusable):  # another run sweeps it at this moment
                        server_on(data_dir, programs=_programs(data_dir.name)).stop()
            shutil.rmtree(folder, ignore_errors=True)

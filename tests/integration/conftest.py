"""A site and who uses it, for tests that come in by HTTP, and the database that tests share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, partial

import argon2
import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.guest_browser import GuestBrowser
from tests.builders.guest_visit import Visit, Visits
from tests.builders.kept_connections import KeptConnections
from tests.builders.kept_database import KeptDatabase, ServerOfKept
from tests.builders.mail_site import with_a_mail_server
from tests.builders.staff_browser import Staff
from tests.builders.victim import VictimData, a_victim
from tests.conftest import TestServers, own_database, run_on

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.people import password_hasher
from fullhouse.storage.embedded.server import EmbeddedServer

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1)
NOBODYS_HASH = CHEAP.hash("nobody's")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "own_database: on a database and connections of its own, not on kept ones"
    )


@pytest.fixture(autouse=True)
def passwords_hashed_cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a hundredth of the processor: what a hash costs to try is proven in tests/unit."""
    monkeypatch.setattr(password_hasher, "_argon2", CHEAP)
    monkeypatch.setattr(password_hasher, "NOBODYS_HASH", NOBODYS_HASH)


@pytest.fixture(name="_function_scoped_runner")
def runner_that_stays(_session_scoped_runner: asyncio.Runner) -> Iterator[asyncio.Runner]:
    """One event loop for all tests, on which connections can be kept; its tasks end with each."""
    runner = _session_scoped_runner
    yield runner
    runner.run(_end_tasks())
    runner.get_loop().set_exception_handler(None)


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=10) if left else None


@pytest.fixture(scope="session")
def kept_databases(
    servers: TestServers, _session_scoped_runner: asyncio.Runner
) -> Iterator[Callable[[EmbeddedServer], KeptDatabase]]:
    """One on each server."""
    connections = KeptConnections()

    @cache
    def kept_on(name: str) -> KeptDatabase:
        server = servers[name]
        made = ServerOfKept(partial(run_on, server), servers.creation_of, server.url_of)
        kept.append(KeptDatabase(made, connections, "kept"))
        return kept[-1]

    kept: list[KeptDatabase] = []
    with pytest.MonkeyPatch.context() as patch:
        connections.install(patch)
        yield lambda server: kept_on(server.data_dir.name)
        for one in kept:
            _session_scoped_runner.run(one.drop())


@pytest.fixture
async def database_url(
    server: EmbeddedServer,
    servers: TestServers,
    kept_databases: Callable[[EmbeddedServer], KeptDatabase],
    request: pytest.FixtureRequest,
) -> AsyncIterator[str]:
    """A migrated database without rows, in which others may have been; see `kept_database`."""
    if request.node.get_closest_marker("own_database") is not None:
        async with own_database(server, servers) as url:
            yield url
        return
    async with kept_databases(server).lease() as url:
        yield url


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    """The api of the business in that app, and its own key."""
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def staff(api: ApiClient) -> Staff:
    """An owner in a browser without script."""
    return Staff(api, await api.staff_cookie())


@pytest.fixture
def guest(api: ApiClient) -> GuestBrowser:
    """A guest in another one."""
    return GuestBrowser(api.client)


@pytest.fixture
def visits(api: ApiClient, clock: ManualClock) -> Visits:
    """Guests who book on the pages of the business."""
    return Visits(api, clock)


@pytest.fixture
async def visit(visits: Visits) -> Visit:
    """One of them."""
    return await visits.begin()


@pytest.fixture
async def mailing(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    """The same site with a mail server set."""
    api = await an_api_client(with_a_mail_server(app), business)
    async with api.client:
        yield api


@pytest.fixture
async def victim(app: Application, api: ApiClient) -> ApiClient:
    """The organisation of the `api` fixture, under its own name."""
    assert api.app is app
    return api


@pytest.fixture
async def attacker(app: Application) -> ApiClient:
    """Another organisation of the same installation, with a key and staff of its own."""
    business = await a_business(app.database, app.clock, app.ids, slug="rival")
    return await an_api_client(app, business, org="rival")


@pytest.fixture
async def victim_data(victim: ApiClient) -> VictimData:
    return await a_victim(victim)

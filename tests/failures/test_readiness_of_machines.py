"""Several machines without their database stay in service; one that alone is cut off goes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.database_line import (
    DatabaseLine,
    a_database_line,
    backends_of,
    frozen,
    url_by,
)

from fullhouse.bootstrap.application import open_application
from fullhouse.http.server.limits import CONNECTIONS_MAX
from fullhouse.http.server.listening import bound, status_of
from fullhouse.http.server.metrics import ServerMetrics
from fullhouse.http.server.server import HttpServer
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.embedded.server import EmbeddedServer

pytestmark = pytest.mark.timeout(120)
ALONE = "/readyz?alone"
MACHINES = ("barn", "mill", "shed")
STATES_SECONDS_MAX = 40


@dataclass(frozen=True, slots=True)
class Machine:
    """A site on a port, and its way to the database of all."""

    api: ApiClient
    line: DatabaseLine
    port: int

    async def readiness(self, path: str = "/readyz") -> int:
        return await status_of("127.0.0.1", self.port, path)


@asynccontextmanager
async def a_machine(
    server: EmbeddedServer, database_url: str, business: Business | None
) -> AsyncIterator[Machine]:
    with bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        settings = Settings(peer_url=f"http://127.0.0.1:{port}")
        async with (
            a_database_line(server) as line,
            open_application(
                settings, url_by(line, database_url), name="web", clock=SystemClock()
            ) as app,
        ):
            api = await an_api_client(
                app, business or await a_business(app.database, app.clock, app.ids)
            )
            web = HttpServer(
                api.root, app.metrics.get(ServerMetrics), connections_max=CONNECTIONS_MAX
            )
            web.start(listener)
            watching = asyncio.create_task(api.health.watch())
            try:
                yield Machine(api, line, port)
            finally:
                watching.cancel()
                await asyncio.wait((watching,))
                await web.drain(0.0, asyncio.Event())


@pytest.fixture
async def machines(server: EmbeddedServer, database_url: str) -> AsyncIterator[Sequence[Machine]]:
    async with AsyncExitStack() as stack:
        made: list[Machine] = []
        for name in MACHINES:
            business = made[0].api.business if made else None
            machine = await stack.enter_async_context(a_machine(server, database_url, business))
            machine.api.health.fleet.machine = name
            made.append(machine)
        fleets = [machine.api.health.fleet for machine in made]
        for fleet in (*fleets, *fleets):  # who was first has not read of who came later
            fleet._read_at = float("-inf")
            await fleet.read()
        assert {len(fleet.machines) for fleet in fleets} == {len(MACHINES)}
        assert {len(fleet.peers) for fleet in fleets} == {len(MACHINES) - 1}
        yield made


async def until(machines: Sequence[Machine], states: Sequence[int], path: str = "/readyz") -> None:
    """Wait for these answers."""
    async with asyncio.timeout(STATES_SECONDS_MAX):
        while [await one.readiness(path) for one in machines] != list(states):  # noqa: ASYNC110 - as a load balancer
            await asyncio.sleep(0.2)


async def test_one_that_is_cut_off_goes_and_all_stay_when_the_database_is_paused(
    machines: Sequence[Machine], server: EmbeddedServer
) -> None:
    first, second, _ = machines
    await until(machines, [200, 200, 200])
    await first.line.cut()
    await until(machines, [503, 200, 200])
    await second.line.cut()
    await until(machines, [200, 200, 200])
    assert [await one.readiness(ALONE) for one in machines] == [503, 503, 200]
    await first.line.restore()
    await second.line.restore()
    await until(machines, [200, 200, 200], ALONE)

    with frozen(server, await backends_of(first.api.app)):
        async with asyncio.timeout(STATES_SECONDS_MAX):
            while not all(one.api.health.fleet.is_most_without for one in machines):
                assert [await one.readiness() for one in machines] == [200, 200, 200]
                await asyncio.sleep(0.2)
        assert [await one.readiness() for one in machines] == [200, 200, 200]
    async with asyncio.timeout(STATES_SECONDS_MAX):
        while [await one.readiness(ALONE) for one in machines] != [200, 200, 200]:
            assert [await one.readiness() for one in machines] == [200, 200, 200]
            await asyncio.sleep(0.1)

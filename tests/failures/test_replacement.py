"""Processes that ask to be replaced, under load: no request is lost, whatever dies meanwhile."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
import pytest
from tests.history.product import Part, Product, a_farm, a_product

pytestmark = pytest.mark.timeout(240)

REQUESTS_A_SECOND = 100


@dataclass(slots=True)
class Arrivals:
    """Bookings that arrive at a steady rate, every other one on a connection of its own."""

    url: str
    slot: UUID
    outcomes: list[int | str] = field(default_factory=list)

    @property
    def failed(self) -> list[int | str]:
        return [outcome for outcome in self.outcomes if outcome != 201]

    @asynccontextmanager
    async def arriving(self) -> AsyncIterator[None]:
        """All that arrive while the block lasts are answered when it ends."""
        enough = asyncio.Event()
        async with (
            aiohttp.ClientSession(self.url) as kept,
            aiohttp.ClientSession(
                self.url, connector=aiohttp.TCPConnector(force_close=True)
            ) as single,
            asyncio.TaskGroup() as group,
        ):
            arrivals = asyncio.create_task(self._arrive((kept, single), group, enough))
            try:
                yield
            finally:
                enough.set()
                await arrivals

    async def _arrive(
        self,
        sessions: tuple[aiohttp.ClientSession, ...],
        group: asyncio.TaskGroup,
        enough: asyncio.Event,
    ) -> None:
        number = 0
        while not enough.is_set():
            group.create_task(self._book(sessions[number % len(sessions)], number))
            number += 1
            await asyncio.sleep(1 / REQUESTS_A_SECOND)

    async def _book(self, session: aiohttp.ClientSession, number: int) -> None:
        customer = {"name": f"Guest {number}", "email": f"guest-{number}@example.org"}
        try:
            async with session.post(
                "/api/v1/meadow/bookings",
                json={"slot": str(self.slot), "party": 1, "customer": customer},
                headers={"Idempotency-Key": f"arrival-{number}"},
            ) as answer:
                self.outcomes.append(answer.status)
        except aiohttp.ClientError as error:
            self.outcomes.append(repr(error))


async def only(product: Product, part: Part) -> int:
    """The one process of a part."""
    (pid,) = await product.running(part)
    return pid


async def ask(pid: int) -> None:
    """Ask the process to have itself replaced."""
    os.kill(pid, signal.SIGUSR1)


async def successor(product: Product, part: Part, former: int) -> int:
    """The process that is started beside the former one."""
    while True:
        for pid in await product.running(part):
            if pid != former:
                return pid
        await asyncio.sleep(0.02)


async def gone(product: Product, part: Part, former: int) -> None:
    while former in await product.running(part):  # noqa: ASYNC110 - another process's end
        await asyncio.sleep(0.1)


async def test_processes_are_replaced_without_a_lost_request_whatever_dies_meanwhile() -> None:
    async with a_product({"FULLHOUSE_WORKERS": "1"}) as product:
        database = await product.database()
        business = await a_farm(database)
        slot = await business.a_slot(capacity=100_000)
        arrivals = Arrivals(product.url, slot)
        async with arrivals.arriving():
            web, worker = await only(product, "web"), await only(product, "worker")
            await ask(worker)
            await ask(web)
            replaced = await successor(product, "web", web)
            await gone(product, "web", web)
            await gone(product, "worker", worker)
            assert await only(product, "web") == replaced

            await ask(replaced)
            os.kill(await successor(product, "web", replaced), signal.SIGKILL)
            await asyncio.sleep(1)
            assert await only(product, "web") == replaced, "what does not come up replaces nothing"
        assert arrivals.failed == []
        assert len(arrivals.outcomes) > REQUESTS_A_SECOND

        await ask(replaced)
        heir = await successor(product, "web", replaced)
        with suppress(ProcessLookupError):
            os.kill(replaced, signal.SIGKILL)
        await product.ready()
        await gone(product, "web", replaced)
        assert await only(product, "web") == heir, "the one that was starting serves"
        async with database.unrestricted.session() as session:
            booked = await session.connection.fetchval("SELECT count(*) FROM booking")
        assert booked == len(arrivals.outcomes)
        await database.close()

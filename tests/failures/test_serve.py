"""`fullhouse serve` stopped, forced to stop, killed, and with killed child processes."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio
from tests.builders.business import Business
from tests.builders.forked import fullhouse
from tests.history.checker import complaints
from tests.history.guests import Guests
from tests.history.product import (
    START_SECONDS_MAX,
    UNLIMITED,
    Product,
    a_farm,
    a_product,
    judged,
    processes,
    settled,
)

from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import SystemClock
from fullhouse.processes.limits import DRAIN_SECONDS_MAX
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.lifecycle import attached_server

pytestmark = pytest.mark.timeout(300)

GUESTS = 30
BOOKED = re.compile(
    r'^fullhouse_request_seconds_count\{method="POST",route="/api/v1/\{org\}/bookings",'
    r'status="201"\} (\S+)$',
    re.MULTILINE,
)


async def book(product: Product, slot: UUID, number: int) -> int:
    """Book over HTTP; returns the status of the answer."""
    body = {
        "slot": str(slot),
        "party": 1,
        "customer": {"name": f"Guest {number}", "email": f"guest-{number}.{slot}@example.org"},
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{product.url}/api/v1/meadow/bookings",
            json=body,
            headers={"Idempotency-Key": f"{slot}-{number}"},
        ) as answer,
    ):
        await answer.read()
        return answer.status


async def book_concurrently(product: Product, slot: UUID) -> None:
    async with asyncio.TaskGroup() as group:
        guests = [group.create_task(book(product, slot, number)) for number in range(GUESTS)]
    assert [guest.result() for guest in guests] == [201] * GUESTS


@asynccontextmanager
async def a_locked_slot(product: Product, slot: UUID) -> AsyncIterator[None]:
    """Lock the row of the slot while the block lasts, so that bookings on it wait."""
    connection = await connect(await product.database_url(), application_name="lock")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT 1 FROM slot WHERE slot_id = $1 FOR UPDATE", slot)
    try:
        yield
    finally:
        if not connection.is_closed():
            await transaction.rollback()
            await connection.close()


@asynccontextmanager
async def restarted(product: Product) -> AsyncIterator[None]:
    """The same installation at the same address, once the first process is gone."""
    again = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", "serve", "--port", str(product.port)),
        *("--data-dir", str(product.data_dir)),
        env={**os.environ, **UNLIMITED},
    )
    product.process = again
    try:
        await product.ready()
        yield
    finally:
        again.terminate()
        assert await again.wait() == 0


async def gone(pids: Collection[int]) -> None:
    """Wait until these processes have ended."""
    async with asyncio.timeout(START_SECONDS_MAX):
        while not {pid for pid, _, _ in await processes()}.isdisjoint(pids):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)


async def bookings_on(slot: UUID, product: Product) -> int:
    async with attached_server(product.data_dir) as url:
        connection = await connect(url, application_name="test")
        count = await connection.fetchval(
            "SELECT count(*) FROM booking WHERE $1 = ANY (slots)", slot
        )
        await connection.close()
    return int(count)


async def create_farm(product: Product, *, capacity: int = 100) -> tuple[Business, UUID]:
    database = await product.database()
    business = await a_farm(database)
    slot = await business.a_slot(capacity=capacity)
    await database.close()
    return business, slot


async def is_listening(product: Product) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", product.port)
    except OSError:
        return False
    writer.close()
    return True


async def wait_until_closed(product: Product) -> None:
    """Wait until new connections are refused."""
    for _ in range(50):
        if not await is_listening(product):
            return
        await asyncio.sleep(0.05)
    pytest.fail("new guests are still let in")


async def test_orderly_stop_answers_every_request_under_way_and_loses_no_booking() -> None:
    async with a_product() as product:
        _, slot = await create_farm(product)
        assert await book(product, slot, 0) == 201
        async with a_locked_slot(product, slot):
            guests = [asyncio.create_task(book(product, slot, 1 + n)) for n in range(GUESTS)]
            await asyncio.sleep(1.0)
            assert not any(guest.done() for guest in guests)
            product.process.terminate()
            await wait_until_closed(product)
            assert not any(guest.done() for guest in guests)
        assert [await guest for guest in guests] == [201] * GUESTS
        assert await product.process.wait() == 0
        assert await bookings_on(slot, product) == 1 + GUESTS


async def test_every_answer_stays_true_across_a_restart_under_load() -> None:
    async with a_product() as product:
        database = await product.database()
        business = await a_farm(database)
        slots = await business.slots(10, capacity=400)
        await database.close()
        guests = Guests(product.url, "meadow", slots, Random(7))  # noqa: S311 - the same each time
        enough = asyncio.Event()
        booking = asyncio.create_task(guests.keep_booking(8, enough))
        await asyncio.sleep(2)
        product.process.terminate()
        assert await product.process.wait() == 0
        async with restarted(product):
            await asyncio.sleep(2)
            enough.set()
            await booking
            database = await product.database()
            history = await judged(guests.calls, replace(business, database=database))
            report = await build_consistency_checker(database, SystemClock()).check()
            await database.close()
    assert complaints(history) == []
    assert report.ok, report.broken
    assert sum(call.outcome == "ok" for call in history.calls) > GUESTS


async def test_forced_stop_is_fast_and_keeps_every_rule() -> None:
    async with a_product() as product:
        _, slot = await create_farm(product)
        assert await book(product, slot, 0) == 201
        async with a_locked_slot(product, slot):
            guest = asyncio.create_task(book(product, slot, 1))
            await asyncio.sleep(1.0)
            product.process.terminate()
            await asyncio.sleep(0.2)
            product.process.terminate()
            async with asyncio.timeout(DRAIN_SECONDS_MAX):
                assert await product.process.wait() == 0
        await asyncio.wait((guest,))
        assert await bookings_on(slot, product) >= 1


async def test_killed_supervisor_takes_its_processes_along_and_restarts_on_the_same_data() -> None:
    async with a_product() as product:
        _, slot = await create_farm(product)
        await book_concurrently(product, slot)
        parts = [*await product.running("web"), *await product.running("worker")]
        product.process.kill()
        await product.process.wait()
        async with restarted(product):
            await gone(parts)
            await product.ready()  # the restarted one: a part that is ending may have said so
            assert await book(product, slot, GUESTS) == 201
            assert await book(product, slot, 0) == 200, "the killed one's guests are known"
            database = await product.database()
            assert (await settled(database)).ok
            await database.close()
        assert await bookings_on(slot, product) == 1 + GUESTS


@dataclass(frozen=True, slots=True)
class RunningFarm:
    """A business in a product that none of its tests stops."""

    product: Product
    business: Business

    async def new_slot(self) -> UUID:
        database = await self.product.database()
        slot = await replace(self.business, database=database).a_slot(capacity=100)
        await database.close()
        return slot


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def farm() -> AsyncIterator[RunningFarm]:
    """Started once, since that takes two and a half seconds of processor."""
    async with a_product() as product:
        business, _ = await create_farm(product)
        yield RunningFarm(product, business)


@pytest.mark.asyncio(loop_scope="module")
async def test_connections_wait_while_a_killed_web_process_is_restarted(farm: RunningFarm) -> None:
    slot = await farm.new_slot()
    assert await farm.product.kill_part("web")
    assert await book(farm.product, slot, 0) == 201


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_database_is_restarted(farm: RunningFarm) -> None:
    product, slot = farm.product, await farm.new_slot()
    assert await book(product, slot, 0) == 201
    pid = int((product.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(120):
        number = 0
        while await book(product, slot, number := number + 1) != 201:  # noqa: ASYNC110 - it restarts
            await asyncio.sleep(0.5)
    assert await bookings_on(slot, product) >= 2


async def last_line_of(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit status and the last line of a command that is expected to end by itself."""
    done = await fullhouse(*arguments, **environment)
    return done.status, done.errors.splitlines()[-1]


@pytest.mark.asyncio(loop_scope="module")
async def test_failed_start_exits_with_a_sentence(
    farm: RunningFarm, empty_database_url: str
) -> None:
    product = farm.product
    status, output = await last_line_of("serve", "--port", str(product.port))
    assert (status, "another program uses it" in output) == (1, True)
    status, output = await last_line_of("serve", "--port", "0", "--data-dir", str(product.data_dir))
    assert status == 1
    assert f"in use by process {product.process.pid}" in output
    status, output = await last_line_of(
        "web", "--port", "0", FULLHOUSE_DATABASE_URL=empty_database_url
    )
    assert status == 1
    assert "fullhouse migrate" in output
    nowhere = "postgresql://postgres@/fullhouse?host=/nowhere"
    status, output = await last_line_of("serve", "--port", "0", FULLHOUSE_DATABASE_URL=nowhere)
    assert status == 1


async def booked(product: Product) -> int:
    """The bookings that `/metrics` counts, asked of any web process over a new connection."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{product.url}/metrics") as answer,
    ):
        text = await answer.text()
    assert "fullhouse_jobs_measured_timestamp_seconds 0" not in text, "the worker is among them"
    (count,) = BOOKED.findall(text)
    return int(float(count))


async def test_web_processes_share_one_address_and_stop_together() -> None:
    async with a_product({"FULLHOUSE_WORKERS": "2"}) as product:
        _, slot = await create_farm(product)
        await book_concurrently(product, slot)
        async with asyncio.timeout(5):
            while await booked(product) < GUESTS:  # noqa: ASYNC110 - others publish each second
                await asyncio.sleep(0.5)
        for _ in range(4):
            assert await booked(product) == GUESTS, "whichever process answers, it speaks for all"
        product.process.terminate()
        assert await product.process.wait() == 0
        assert await bookings_on(slot, product) == GUESTS

"""Days of availability shared by Redis: read once, never outdated, never required."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from pydantic import SecretStr
from tests.builders.business import (
    Business,
    a_booking_of,
    a_business,
    a_guest,
    a_hold_of,
)
from tests.builders.page_text import becomes, picture, remaining
from tests.builders.redis_server import RedisServer, a_redis_server

from fullhouse.booking.availability.days import Day
from fullhouse.booking.errors import SlotFull
from fullhouse.booking.limits import AVAILABILITY_TTL_SECONDS
from fullhouse.booking.model.slot import Slot, SlotId
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.checks.network import check_redis
from fullhouse.bootstrap.checks.results import CheckStatus
from fullhouse.integrations.limits import REDIS_RETRY_SECONDS
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.limits import SHARED_CHANGES_MAX
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.queries import NamedQueries


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    # A socket's name may not be long, and pytest's own folders' names are
    with tempfile.TemporaryDirectory() as folder, a_redis_server(Path(folder)) as server:
        yield server


@pytest.fixture
def settings(redis: RedisServer) -> Settings:
    return Settings(redis_url=SecretStr(redis.url))


@pytest.fixture(autouse=True)
def generous_redis_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose processors are busy with tests may answer later than a guest waits."""
    monkeypatch.setattr("fullhouse.bootstrap.application.REDIS_SECONDS_MAX", 1.0)


@pytest.fixture
async def app(
    settings: Settings, database_url: str, clock: ManualClock
) -> AsyncIterator[Application]:
    async with open_application(settings, database_url, name="test", clock=clock) as app:
        await wait_for_listener(app)
        yield app


@pytest.fixture
async def neighbour(
    settings: Settings, database_url: str, clock: ManualClock
) -> AsyncIterator[Application]:
    """A second application on the same database and Redis, as on another machine."""
    async with open_application(settings, database_url, name="neighbour", clock=clock) as app:
        await wait_for_listener(app)
        yield app


@pytest.fixture
async def business(app: Application, neighbour: Application) -> Business:
    """A business of which both have read a far day, so that both have a first snapshot."""
    business = await a_business(app.database, app.clock, app.ids)
    for one in (app, neighbour):
        await picture(one, business, after=timedelta(days=40))
    return business


async def wait_for_listener(app: Application) -> None:
    """Wait for the invalidation of everything that each listener starts with."""
    shared = app.availability.shared
    assert shared is not None
    async with asyncio.timeout(5):
        while not shared._generation:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


def database_reads(app: Application) -> float:
    """Queries of slots that the application has run."""
    app.metrics.publish()
    asked = {"query": "booking.slots_between", "outcome": "ok"}
    return app.metrics.registry.get_sample_value("fullhouse_query_seconds_count", asked) or 0


def lookups(app: Application, outcome: str) -> float:
    labels = {"cache": "availability_days", "outcome": outcome}
    return app.metrics.registry.get_sample_value("fullhouse_cache_lookups_total", labels) or 0


async def test_a_refusal_passes_by_what_is_shared(
    app: Application, neighbour: Application, business: Business
) -> None:
    slot, _ = await business.slots(2, capacity=2)
    assert await remaining(app, business) == [2, 2]
    async with (
        app.database.unrestricted.transaction() as session
    ):  # as before a notification has come
        await session.connection.execute("UPDATE slot SET capacity = 1 WHERE slot_id = $1", slot)
    assert await remaining(neighbour, business) == [2, 2], "shared, and not heard of by anybody"
    request = a_booking_of(slot, party=2)
    with pytest.raises(SlotFull):
        await neighbour.booking.place_booking(business.org_id, request, context=a_guest())
    assert await remaining(neighbour, business) == [1, 2]


@pytest.mark.on_both_servers
async def test_a_value_read_by_one_process_is_loaded_by_the_others(
    app: Application, neighbour: Application, business: Business
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(app, business) == [5, 5]
    before = database_reads(neighbour)
    assert await remaining(neighbour, business) == [5, 5]
    assert database_reads(neighbour) == before
    assert lookups(neighbour, "shared_hit") == 11, "ten times 24 hours touch eleven days"
    place = app.booking.place_booking
    await place(business.org_id, a_booking_of(slot, party=2), context=a_guest())
    await becomes(app, business, [3, 5])
    await becomes(neighbour, business, [3, 5])


@pytest.mark.on_both_servers
async def test_a_day_read_during_an_open_change_is_invalid_for_processes_that_know_the_change(
    app: Application, neighbour: Application, business: Business, database_url: str
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(neighbour, business) == [5, 5]
    day = (app.clock.now() + timedelta(days=7)).date()
    changer = await connect(database_url, application_name="changer")
    change = changer.transaction()
    await change.start()
    await changer.execute("UPDATE slot SET booked = 4 WHERE slot_id = $1", slot)
    await _notify(changer, f"{business.org_id}/{business.offering.offering_id}/{day}")
    neighbour.availability.cache.invalidate_all()
    shared_then = lookups(neighbour, "shared_hit")
    assert await remaining(neighbour, business) == [5, 5], "the change is not committed yet"
    assert lookups(neighbour, "shared_hit") > shared_then, "and no process knows of it"
    await change.commit()
    await changer.close()
    await becomes(app, business, [1, 5])
    await becomes(neighbour, business, [1, 5])


@pytest.mark.parametrize("whole_offering", [False, True])
async def test_a_day_read_before_a_change_and_stored_after_it_is_invalid(
    app: Application, neighbour: Application, business: Business, *, whole_offering: bool
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    store_again = await _later_store(neighbour, business)
    day = "*" if whole_offering else f"{app.clock.now() + timedelta(days=7):%Y-%m-%d}"
    async with app.database.unrestricted.transaction() as session:
        changer = session.connection
        await changer.execute("UPDATE slot SET booked = 2 WHERE slot_id = $1", slot)
        await _notify(changer, f"{business.org_id}/{business.offering.offering_id}/{day}")
    await becomes(app, business, [3, 5])
    await store_again()
    app.availability.cache.invalidate_all()
    assert await remaining(app, business) == [3, 5]
    await becomes(neighbour, business, [3, 5])


async def test_a_change_without_a_transaction_id_invalidates_all_stored_days(
    app: Application, neighbour: Application, business: Business, database_url: str
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(app, business) == [5, 5]
    changer = await connect(database_url, application_name="changer")
    await changer.execute("UPDATE slot SET booked = 4 WHERE slot_id = $1", slot)
    day = (app.clock.now() + timedelta(days=7)).date()
    topic = f"{business.org_id}/{business.offering.offering_id}/{day}"
    await changer.execute("SELECT pg_notify('fullhouse_events', $1)", f'["{topic}"]')
    await changer.close()
    await becomes(app, business, [1, 5])
    await becomes(neighbour, business, [1, 5])


async def test_days_changed_while_no_process_listened_are_invalid(
    app: Application, neighbour: Application, business: Business
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    store_again = await _later_store(app, business)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET booked = 4 WHERE slot_id = $1", slot)
    neighbour.changes.on_notify('["*"]')
    assert await remaining(neighbour, business) == [1, 5]
    await store_again()
    neighbour.availability.cache.invalidate_all()
    assert await remaining(neighbour, business) == [1, 5]


async def test_a_snapshot_taken_during_an_invalidation_of_all_does_not_count(
    app: Application,
) -> None:
    shared = app.availability.shared
    assert shared is not None
    async with app.database.session() as session:
        taking = asyncio.ensure_future(shared.snapshot(session))
        await asyncio.sleep(0)
        shared.invalidate_all()
        await taking
        assert shared._complete_since is None
        taken = await shared.snapshot(session)
        assert shared._complete_since == taken.xmax


async def test_more_changes_than_the_limit_invalidate_all_stored_days(
    app: Application, business: Business
) -> None:
    shared = app.availability.shared
    assert shared is not None
    slot, _ = await business.slots(2, capacity=5)
    assert await remaining(app, business) == [5, 5]
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET booked = 4 WHERE slot_id = $1", slot)
        number = await session.connection.fetchval("SELECT pg_current_xact_id()::text")
    offering = business.offering
    day = (app.clock.now() + timedelta(days=7)).date()
    app.availability.invalidate(business.org_id, offering.offering_id, day, by=int(number))
    for other in range(1, SHARED_CHANGES_MAX + 1):
        shared.invalidate((business.org_id, offering.offering_id, day + timedelta(other)), by=1)
    assert len(shared._changes) < SHARED_CHANGES_MAX
    assert await remaining(app, business) == [1, 5]


async def test_an_expired_hold_frees_its_places_in_stored_days_too(
    app: Application, neighbour: Application, business: Business, clock: ManualClock
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    await app.booking.place_hold(business.org_id, a_hold_of(slot, party=4), context=a_guest())
    await becomes(app, business, [1, 5])
    await becomes(neighbour, business, [1, 5])
    clock.advance(timedelta(seconds=business.offering.hold_seconds))
    assert await remaining(app, business) == [5, 5]
    assert await remaining(neighbour, business) == [5, 5]


def test_the_ttl_of_a_day_counts_from_when_it_was_read() -> None:
    read_at = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
    day = Day((), read_at)
    assert day.ttl_seconds(read_at) == AVAILABILITY_TTL_SECONDS
    late = read_at + timedelta(seconds=AVAILABILITY_TTL_SECONDS - 1)
    assert day.ttl_seconds(late) == 1
    lapsing = Slot(
        SlotId(UUID(int=1)), late, late, 5, 0, 2, "open", "", 0,
        next_expiry=read_at + timedelta(seconds=40),
    )  # fmt: skip
    assert Day((lapsing,), read_at).ttl_seconds(read_at + timedelta(seconds=50)) == -10


async def test_availability_is_read_from_the_database_while_redis_is_frozen_or_away(
    app: Application, business: Business, redis: RedisServer, clock: ManualClock
) -> None:
    slot, _ = await business.slots(2, capacity=5)
    place = app.booking.place_booking
    loop = asyncio.get_running_loop()
    for free, outage in ((4, redis.freeze), (3, redis.end), (2, None)):
        if outage is not None:
            outage()
        await place(
            business.org_id,
            a_booking_of(slot, party=1, allow_duplicate=True),
            context=a_guest(f"key-{free}"),
        )
        await becomes(app, business, [free, 5])
        clock.advance(timedelta(seconds=REDIS_RETRY_SECONDS))
        app.availability.cache._entries.clear()
        began = loop.time()
        assert await remaining(app, business) == [free, 5]
        assert loop.time() - began < 4, "nothing in memory: the Redis time-out, then the database"
    redis.start()
    clock.advance(timedelta(seconds=REDIS_RETRY_SECONDS))
    app.availability.cache.invalidate_all()
    await remaining(app, business)
    app.availability.cache.invalidate_all()
    found = lookups(app, "shared_hit")
    assert await remaining(app, business) == [2, 5]
    assert lookups(app, "shared_hit") == found + 11, "Redis is used again"


async def test_a_copy_of_the_database_has_another_identity(
    app: Application, catalogue: NamedQueries, empty_database_url: str, database_url: str
) -> None:
    shared = app.availability.shared
    assert shared is not None
    for url, is_same in ((database_url, True), (empty_database_url, False)):
        connection = await connect(url, application_name="another")
        identity = await connection.fetchval(catalogue["resilience.database_identity"].sql)
        await connection.close()
        assert (identity == shared.database) is is_same


async def test_an_invalid_redis_url_raises_invalid_input(
    database_url: str, clock: ManualClock
) -> None:
    wrong = Settings.model_construct(redis_url=SecretStr("http://localhost"))
    with pytest.raises(InvalidInput, match="Write it as redis://"):
        async with open_application(wrong, database_url, name="test", clock=clock):
            pass


async def test_doctor_reports_whether_redis_answers(redis: RedisServer) -> None:
    assert (await check_redis(redis.url)).status is CheckStatus.OK
    redis.end()
    assert "each process reads for itself" in (await check_redis(redis.url)).message
    wrong = await check_redis("localhost:6379")
    assert wrong.status is CheckStatus.FAILED
    assert "FULLHOUSE_REDIS_URL" in wrong.message
    redis.start()


async def _later_store(app: Application, business: Business) -> Callable[[], Awaitable[None]]:
    """A function that stores the present days later, as a slow process would."""
    shared = app.availability.shared
    assert shared is not None
    async with app.database.session() as session:
        snapshot = await shared.snapshot(session)
    await remaining(app, business)
    entries = app.availability.cache._entries
    days = {key: entry.value for key in entries if (entry := entries.get(key)) is not None}
    return partial(shared.store, days, snapshot)


async def _notify(connection: asyncpg.Connection, topic: str) -> None:
    """Notify as the ledger does for its changes."""
    await connection.execute(
        """SELECT pg_notify('fullhouse_events',
            jsonb_build_array('#' || pg_current_xact_id(), $1::text)::text)""",
        topic,
    )

"""The relay: every event to every subscriber once, in commit order."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest
from tests.builders.relay_harness import (
    KIND,
    ORG,
    RECORDER,
    WRITE,
    RelayHarness,
    record_relayed,
    relayed,
    subjects,
    until_relayed,
    write,
)

from fullhouse.booking.events import Booked, Cancelled
from fullhouse.jobs.events import RelayedEvent, Subscriber, events_of
from fullhouse.jobs.upkeep import QueueMetricsCollector
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.telemetry.metrics import exposition

pytestmark = [pytest.mark.on_both_servers, pytest.mark.timeout(90)]


@pytest.fixture
def harness(database: Database, database_url: str) -> RelayHarness:
    return RelayHarness(database, database_url)


async def naive_relay_batch(connection: asyncpg.Connection, after: int) -> list[asyncpg.Record]:
    """The planted bug: a relay that takes sequence numbers for the commit order."""
    return await connection.fetch(
        "SELECT seq, subject FROM event WHERE seq > $1 ORDER BY seq", after
    )


async def test_an_event_committed_after_a_later_one_is_relayed_and_the_naive_relay_loses_it(
    harness: RelayHarness,
) -> None:
    slow, fast = await harness.connect(), await harness.connect()
    relay = harness.relay()
    (first,), (second,) = subjects(0, 1), subjects(1, 2)
    transaction = slow.transaction()
    await transaction.start()
    await write(slow, [first])
    await write(fast, [second])

    naive = await naive_relay_batch(fast, 0)
    assert await relay.catch_up() == 0, "nothing is relayed while an older transaction is open"

    await transaction.commit()
    naive += await naive_relay_batch(fast, naive[-1]["seq"])
    assert await relay.catch_up() == 2
    assert sorted(await relayed(harness.database)) == sorted([first, second])
    assert [row["subject"] for row in naive] == [second], "the planted bug must lose one"
    await slow.close()
    await fast.close()


async def test_relay_lag_is_the_age_of_the_oldest_event_by_the_clock_of_the_database(
    harness: RelayHarness,
) -> None:
    """The demo writes events of the past: they have waited since they were recorded."""
    connection = await harness.connect()
    await harness.relay().catch_up()
    await connection.execute(WRITE.replace("now()", "'2020-01-01Z'"), ORG, KIND, subjects(0, 1))
    await connection.close()
    await QueueMetricsCollector(harness.database, harness.metrics).collect()
    lag = 'fullhouse_relay_lag_seconds{subscriber="recorder"}'
    (line,) = (
        line
        for line in exposition(harness.metrics.registry).decode().splitlines()
        if line.startswith(lag)
    )
    assert 0 < float(line.split()[1]) < 60


async def test_events_of_many_writers_committed_out_of_order_are_relayed_once(
    harness: RelayHarness,
) -> None:
    relay = harness.relay()

    async def write_some(writer: int) -> None:
        connection = await harness.connect()
        for number in range(40):
            async with connection.transaction():
                await write(
                    connection, subjects(writer * 1000 + number, writer * 1000 + number + 1)
                )
                if number % 3 == writer % 3:
                    await asyncio.sleep(0.004)
        await connection.close()

    running = asyncio.create_task(relay.run())
    async with asyncio.TaskGroup() as group:
        for writer in range(6):
            group.create_task(write_some(writer))
    await until_relayed(harness, 240)
    relay.stop()
    await running
    subject_ids = await relayed(harness.database)
    assert len(subject_ids) == len(set(subject_ids)) == 240


async def test_yielding_subscriber_is_served_after_a_rush_and_others_during_it(
    harness: RelayHarness,
) -> None:
    connection = await harness.connect()
    relay = harness.relay(
        Subscriber("yielding", (Booked,), record_relayed, yields_under_load=True),
        Subscriber("recorder", (Cancelled,), record_relayed),
    )
    for _ in range(500):
        relay.load.on_commit('["+1"]')
    await write(connection, subjects(0, 5))
    await write(connection, subjects(5, 8), kind="Cancelled")
    running = asyncio.create_task(relay.run())
    await until_relayed(harness, 3)
    during = relay.load.is_on, sorted(await relayed(harness.database))
    await until_relayed(harness, 8)
    assert during == (True, sorted(subjects(5, 8)))
    assert not relay.load.is_on
    relay.stop()
    await running
    await connection.close()


async def test_two_relays_relay_every_event_once(harness: RelayHarness) -> None:
    connection = await harness.connect()
    relays = [harness.relay(), harness.relay()]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    for number in range(60):
        await write(connection, subjects(number * 20, number * 20 + 20))
    await until_relayed(harness, 1200)
    for relay in relays:
        relay.stop()
    await asyncio.wait(running)
    subject_ids = await relayed(harness.database)
    assert len(subject_ids) == len(set(subject_ids)) == 1200
    await connection.close()


async def test_killed_relays_relay_every_event_once(harness: RelayHarness) -> None:
    writer = await harness.connect()
    for number in range(30):
        await write(writer, subjects(number * 100, number * 100 + 100))

    async def dies_before_commit(session: Session, events: Sequence[RelayedEvent]) -> None:
        await record_relayed(session, events)
        async with harness.database.unrestricted.session() as other:
            await other.connection.execute(
                "SELECT pg_terminate_backend($1)", session.connection.get_server_pid()
            )

    dying = harness.relay(Subscriber(RECORDER.name, RECORDER.events, dies_before_commit))
    relay = harness.relay()
    for _ in range(6):
        with pytest.raises(DatabaseUnavailable):
            await dying.relay_batch(dying.subscribers[0])
        await relay.relay_batch(RECORDER, events_max=250)
        killed = asyncio.create_task(relay.relay_batch(RECORDER, events_max=100))
        await asyncio.sleep(0.003)
        killed.cancel()
        await asyncio.wait([killed])
    await relay.catch_up()
    subject_ids = await relayed(harness.database)
    assert len(subject_ids) == len(set(subject_ids)) == 3000
    await writer.close()


async def test_poisonous_event_is_counted_and_blocks_only_later_events(
    harness: RelayHarness,
) -> None:
    connection = await harness.connect()
    before, (poison,), after = subjects(0, 5), subjects(5, 6), subjects(6, 9)
    await write(connection, [*before, poison, *after])
    repaired = asyncio.Event()

    async def refuses(session: Session, events: Sequence[RelayedEvent]) -> None:
        if any(event.subject == poison for event in events) and not repaired.is_set():
            msg = "cannot apply this"
            raise ValueError(msg)
        await record_relayed(session, events)

    relay = harness.relay(Subscriber("refusing", (Booked,), refuses))
    running = asyncio.create_task(relay.run())
    await until_relayed(harness, 5)
    assert sorted(await relayed(harness.database)) == sorted(before)
    text = exposition(harness.metrics.registry).decode()
    assert 'fullhouse_relay_failures_total{subscriber="refusing"}' in text
    repaired.set()
    await until_relayed(harness, 9)
    relay.stop()
    await running
    await connection.close()


async def test_kinds_without_a_subscriber_are_skipped(harness: RelayHarness) -> None:
    connection = await harness.connect()
    await write(connection, subjects(0, 3), kind="SlotsMaterialised")
    await write(connection, subjects(3, 4))
    relay = harness.relay()
    assert await relay.catch_up() == 4
    assert await relayed(harness.database) == subjects(3, 4)
    assert await relay.catch_up() == 0
    await connection.close()


async def test_a_new_subscriber_receives_the_events_from_before_it_existed(
    harness: RelayHarness,
) -> None:
    """The guide for contributors says so, and how to begin with the newest event instead."""
    connection = await harness.connect()
    await write(connection, subjects(0, 3))
    await harness.relay().catch_up()
    seen: list[UUID] = []

    async def see(_session: Session, events: Sequence[RelayedEvent]) -> None:
        seen.extend(event.subject for event in events)

    await harness.relay(Subscriber("latecomer", (Booked,), see)).catch_up()
    assert seen == subjects(0, 3)
    await connection.execute(
        "INSERT INTO relay_cursor (subscriber, xid, seq)"
        " SELECT 'newcomer', xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1"
    )
    await write(connection, subjects(3, 4))
    seen.clear()
    await harness.relay(Subscriber("newcomer", (Booked,), see)).catch_up()
    assert seen == subjects(3, 4)
    await connection.close()


async def test_notification_wakes_the_relay_before_its_next_poll(harness: RelayHarness) -> None:
    connection = await harness.connect()
    relay = harness.relay()
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)
    async with asyncio.timeout(1.5):  # less than its poll interval
        async with connection.transaction():
            await write(connection, subjects(0, 1))
            await connection.execute("NOTIFY fullhouse_events, '[\"*\"]'")
        await until_relayed(harness, 1)
    relay.stop()
    await running
    await connection.close()


async def test_an_event_can_be_loaded_again_by_its_number(harness: RelayHarness) -> None:
    connection = await harness.connect()
    await write(connection, subjects(0, 1))
    seen: list[RelayedEvent] = []

    async def see(_session: Session, events: Sequence[RelayedEvent]) -> None:
        seen.extend(events)

    await harness.relay(Subscriber("seer", (Booked,), see)).catch_up()
    async with harness.database.session() as session:
        wanted = [(ORG, seen[0].subject, seen[0].seq), (ORG, seen[0].subject, 0)]
        again = await events_of(session, wanted)
    assert again == {(ORG, seen[0].seq): seen[0]}
    await connection.close()

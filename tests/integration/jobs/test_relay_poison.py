"""A poisonous event becomes a dead letter, and those behind it are relayed."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from tests.builders.relay_harness import (
    ORG,
    RelayHarness,
    record_relayed,
    relayed,
    subjects,
    until_relayed,
    write,
)

from fullhouse.booking.events import Booked
from fullhouse.jobs import relay as relay_module
from fullhouse.jobs.dead_letters import Selection, dead_letters_of, retry
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.jobs.limits import RELAY_ATTEMPTS_MAX
from fullhouse.jobs.relayed_again import RELAYED_EVENT, relayed_event_kind
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import RandomIds
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def harness(database: Database, database_url: str) -> RelayHarness:
    return RelayHarness(database, database_url)


async def retry_all(harness: RelayHarness, ids: RandomIds, subscriber: Subscriber) -> None:
    """Retry the dead letters, and run each of their jobs twice."""
    unit_of_work = UnitOfWorkFactory(harness.database, SystemClock(), ids)
    async with unit_of_work(RequestContext(OPERATOR, ids.uuid()), ORG) as uow:
        assert len(await retry(uow, Selection())) == 2
    connection = await harness.connect()
    await connection.execute("UPDATE effect SET due_at = now() WHERE kind = $1", RELAYED_EVENT)
    await connection.close()
    kind = relayed_event_kind(harness.database, [subscriber])
    for effect in await EffectStore(harness.database).lease([kind], room=5):
        await kind.run(effect)
        await kind.run(effect)
    async with harness.database.session() as session:
        assert await dead_letters_of(session, ORG) == []


async def test_an_event_that_is_never_applied_is_set_aside_and_can_be_retried_once(
    harness: RelayHarness, monkeypatch: pytest.MonkeyPatch, ids: RandomIds
) -> None:
    monkeypatch.setattr(relay_module, "RELAY_BACKOFF_SECONDS_MAX", 0.001)
    connection = await harness.connect()
    poison = subjects(2, 4)
    await write(connection, subjects(0, 6))
    attempts: Counter[UUID] = Counter()
    repaired = asyncio.Event()

    async def refuses(session: Session, events: Sequence[RelayedEvent]) -> None:
        poisonous = [event.subject for event in events if event.subject in poison]
        if len(events) == 1:
            attempts.update(poisonous)
        if poisonous and not repaired.is_set():
            msg = "cannot apply this"
            raise ValueError(msg)
        await record_relayed(session, events)

    refusing = Subscriber("refusing", (Booked,), refuses)
    relay = harness.relay(refusing)
    running = asyncio.create_task(relay.run())
    await until_relayed(harness, 4)
    relay.stop()
    await running
    assert sorted(await relayed(harness.database)) == sorted({*subjects(0, 6)} - {*poison})
    assert min(attempts.values()) >= RELAY_ATTEMPTS_MAX - 1, "it was not given up lightly"
    async with harness.database.session() as session:
        letters = await dead_letters_of(session, ORG)
    assert {(one.kind, one.last_error) for one in letters} == {(RELAYED_EVENT, "ValueError")}
    assert {letter.subject for letter in letters} == set(poison)
    repaired.set()
    await retry_all(harness, ids, refusing)
    assert sorted(await relayed(harness.database)) == sorted(subjects(0, 6)), "each once"
    await connection.close()


async def test_what_fails_for_a_time_is_never_set_aside(
    harness: RelayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "RELAY_BACKOFF_SECONDS_MAX", 0.001)
    monkeypatch.setattr(relay_module, "RECONNECT_SECONDS_MAX", 0.001)
    connection = await harness.connect()
    await write(connection, subjects(0, 2))
    attempts = 0

    async def refuses(session: Session, events: Sequence[RelayedEvent]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 3 * RELAY_ATTEMPTS_MAX:
            raise DatabaseUnavailable
        await record_relayed(session, events)

    relay = harness.relay(Subscriber("refusing", (Booked,), refuses))
    running = asyncio.create_task(relay.run())
    await until_relayed(harness, 2)
    relay.stop()
    await running
    async with harness.database.session() as session:
        assert await dead_letters_of(session, ORG) == []
    await connection.close()

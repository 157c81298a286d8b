"""The steps of the benchmark: how long they take, and what is discarded between them."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.business import Business, a_booking_of, a_guest

from fullhouse.bootstrap.application import Application
from fullhouse.capacity.bench.calls import Guards, Work
from fullhouse.capacity.bench.environment import QUERIES, BenchEnvironment, hurry_webhooks
from fullhouse.capacity.bench.messages import message_rates
from fullhouse.capacity.bench.rounds import FULL, QUICK, Benchmark, BenchPlan
from fullhouse.http.server.refusal_cost import refusal_microseconds
from fullhouse.kernel.clock import SystemClock
from fullhouse.storage.database import open_database
from fullhouse.storage.embedded.server import EmbeddedServer
from fullhouse.storage.queries import NamedQueries

START_SECONDS = 15


async def unguarded(work: Work) -> None:
    await work()


@pytest.fixture
async def environment(server: EmbeddedServer, database_url: str) -> AsyncIterator[BenchEnvironment]:
    catalogue, clock = NamedQueries.load({"capacity": QUERIES}), SystemClock()
    opened = await open_database(database_url, catalogue=catalogue, clock=clock, connections_max=1)
    database = opened.unrestricted
    yield BenchEnvironment(
        server, database_url, database, port=0, baseline_port=0, availability_path="/", clock=clock
    )
    await database.close()


@pytest.mark.parametrize(("plan", "seconds_max"), [(FULL, 8 * 60), (QUICK, 2 * 60)])
def test_benchmark_is_planned_to_end_in_time(
    environment: BenchEnvironment, plan: BenchPlan, seconds_max: int
) -> None:
    guards = Guards(unguarded, unguarded, refusal_microseconds)
    planned = sum(step.seconds for step in Benchmark(environment, plan, guards).steps())
    assert planned + START_SECONDS < seconds_max


async def test_work_that_the_worker_has_not_come_to_is_discarded_and_bookings_stay(
    app: Application, business: Business, environment: BenchEnvironment
) -> None:
    slot = await business.a_slot()
    for name in ("Ada Lovelace", "Emmy Noether", "Grace Hopper"):
        request = a_booking_of(slot, party=1, name=name)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert await environment.work_left() >= 3, "no subscriber has a cursor yet"
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            """INSERT INTO relay_cursor (subscriber) VALUES ('messages'), ('waiting-list');
            INSERT INTO effect (
                org_id, key, kind, subject, payload, priority, status, due_at, correlation_id,
                created_at
            )
            SELECT gen_random_uuid(), status, 'greet', gen_random_uuid(), '{}', 0, status, now(),
                gen_random_uuid(), now()
            FROM unnest('{due,leased}'::text[]) AS status"""
        )
    rates = await message_rates(environment.url, 1.0)
    assert (rates.queued, rates.rendered) == (0, 0), "no worker runs"
    assert await environment.discard_work() >= 3 + 2
    assert await environment.work_left() == 0
    assert await environment.bookings_stored() == 3


async def test_events_that_are_sent_again_later_can_be_due_at_once(
    environment: BenchEnvironment,
) -> None:
    async with environment.database.unrestricted.transaction() as session:
        await session.connection.execute(
            """INSERT INTO effect (
                org_id, key, kind, subject, payload, priority, status, due_at, correlation_id,
                created_at
            )
            SELECT gen_random_uuid(), kind, kind, gen_random_uuid(), '{}', 0, 'due',
                now() + interval '1 day', gen_random_uuid(), now()
            FROM unnest('{webhook_again,message}'::text[]) AS kind"""
        )
    assert await environment.work_left() == 0
    await hurry_webhooks(environment.database)
    assert await environment.work_left() == 1

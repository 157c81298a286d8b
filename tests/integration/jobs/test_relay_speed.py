import time

import pytest
from tests.builders.business import Business

from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.messages.reactions import messages_subscriber

EVENTS = 10_000
EVENTS_PER_SECOND_MIN = 2_000
"""A minimum for a busy machine; a quiet one reaches the promised 5,000."""


@pytest.mark.timeout(120)
async def test_the_relay_keeps_up_with_the_ledger_when_each_event_enqueues_an_email(
    app: Application, business: Business
) -> None:
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            """INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
            SELECT $1, 'Booked', gen_random_uuid(), '{"party": 2}', 'guest', $1, now()
            FROM generate_series(1, $2)""",
            business.org_id,
            EVENTS,
        )
    relay = Relay(
        app.database,
        (messages_subscriber(), waiting_list_subscriber()),
        NotificationListener(app.connect),
        LoadMonitor(app.clock),
        app.metrics.get(RelayMetrics),
    )
    began = time.perf_counter()
    notified = await relay.catch_up()
    seconds = time.perf_counter() - began
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM effect") == EVENTS
    assert notified >= 2 * EVENTS
    print(f"{EVENTS / seconds:,.0f} events/s to two subscribers")  # noqa: T201 - for the reader
    assert EVENTS / seconds > EVENTS_PER_SECOND_MIN

"""A relay on a database, and connections that write events for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import asyncpg

from fullhouse.booking.events import Booked
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.metrics import MetricRegistry

ORG = OrgId(UUID("01890000-0000-7000-8000-0000000000aa"))
SPACE = UUID("01890000-0000-7000-8000-0000000000bb")
KIND = Booked.kind()

WRITE = """
    INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
    SELECT $1, $2, unnest($3::uuid[]), '{}', 'test', $1, now()
"""


def subjects(first: int, last: int) -> list[UUID]:
    return [uuid5(SPACE, str(number)) for number in range(first, last)]


async def write(connection: asyncpg.Connection, subject_ids: list[UUID], kind: str = KIND) -> None:
    await connection.execute(WRITE, ORG, kind, subject_ids)


async def record_relayed(session: Session, events: Sequence[RelayedEvent]) -> None:
    """A projection: one effect for each event, keyed by its number."""
    await enqueue(
        session,
        [
            EffectRequest(
                e.org_id, f"relayed/{e.subject}/{e.seq}", "relayed", e.subject, e.correlation_id
            )
            for e in events
        ],
    )


RECORDER = Subscriber("recorder", (Booked,), record_relayed)


async def relayed(database: Database) -> list[UUID]:
    async with database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT subject FROM effect WHERE kind = 'relayed'")
    return [row["subject"] for row in rows]


@dataclass(slots=True)
class RelayHarness:
    """A relay on a database, and connections that write."""

    database: Database
    url: str
    metrics: MetricRegistry = field(default_factory=MetricRegistry)

    async def connect(self) -> asyncpg.Connection:
        return await connect(self.url, application_name="test")

    def relay(self, *subscribers: Subscriber) -> Relay:
        return Relay(
            self.database,
            subscribers or (RECORDER,),
            NotificationListener(self.connect),
            LoadMonitor(SystemClock()),
            self.metrics.get(RelayMetrics),
        )


async def until_relayed(harness: RelayHarness, count: int) -> None:
    async with asyncio.timeout(60):
        while len(await relayed(harness.database)) < count:  # noqa: ASYNC110 - the relay does it
            await asyncio.sleep(0.02)

"""A database with a job queue: enqueue effects, run workers, read their statuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

import asyncpg

from fullhouse.jobs.effects import Effect, EffectRequest, enqueue
from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.jobs.store import EffectStore
from fullhouse.jobs.worker import Worker, WorkerConfig, WorkerDependencies, build_worker
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation
from fullhouse.telemetry.metrics import MetricRegistry

ORG: Final = OrgId(UUID("01890000-0000-7000-8000-0000000000aa"))
CORRELATION: Final = UUID("01890000-0000-7000-8000-0000000000cc")


class ProviderDown(TransientError):
    code = "provider_down"


class AddressRefused(FullhouseError):
    code = "address_refused"


@dataclass(slots=True)
class JobQueue:
    """A database, a way to enqueue effects, and workers that do them."""

    database: Database
    url: str
    ids: RandomIds
    metrics: MetricRegistry = field(default_factory=MetricRegistry)

    async def connect(self) -> asyncpg.Connection:
        return await connect(self.url, application_name="test worker")

    @property
    def store(self) -> EffectStore:
        return EffectStore(self.database)

    def request(self, key: str, *, kind: str = "greet") -> EffectRequest:
        return EffectRequest(ORG, key, kind, self.ids.uuid(), correlation_id=CORRELATION)

    async def enqueue(self, *keys: str) -> int:
        async with self.database.transaction() as session:
            return await enqueue(session, [self.request(key) for key in keys])

    def worker(self, *kinds: JobKind, recurring: tuple[RecurringJob, ...] = ()) -> Worker:
        return build_worker(
            WorkerConfig(kinds, recurring, ()),
            WorkerDependencies(
                self.database,
                self.connect,
                self.metrics,
                clock=SystemClock(),
                ids=self.ids,
                random=Random(1),  # noqa: S311 - the same jitter in every run
            ),
        )

    @asynccontextmanager
    async def working(
        self, *kinds: JobKind, recurring: tuple[RecurringJob, ...] = ()
    ) -> AsyncIterator[Worker]:
        worker = self.worker(*kinds, recurring=recurring)
        running = asyncio.create_task(worker.run())
        yield worker
        worker.stop()
        await running

    async def begin_rush(self, worker: Worker) -> None:
        """Have the worker believe that customers rush, and will for some seconds."""
        async with self.database.unrestricted.session() as customers, asyncio.timeout(10):
            commit = """SELECT pg_notify('fullhouse_events', '["+1"]')"""
            while not worker.load.is_on:
                await customers.connection.execute(commit)
            for _ in range(300):
                await customers.connection.execute(commit)

    async def statuses(self) -> dict[str, str]:
        async with self.database.unrestricted.session() as session:
            rows = await session.connection.fetch("SELECT key, status FROM effect ORDER BY key")
        return {row["key"]: row["status"] for row in rows}

    async def until(self, **statuses: str) -> None:
        async with asyncio.timeout(45):
            while await self.statuses() != statuses:  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.02)

    async def run_sql(self, statement: str) -> None:
        async with self.database.unrestricted.transaction() as session:
            await session.connection.execute(statement)

    async def count(self, statement: str) -> int:
        async with self.database.unrestricted.session() as session:
            return int(await session.connection.fetchval(statement))


@dataclass(slots=True)
class Greeter:
    """Records every effect it runs; raises the given errors, one a call."""

    errors: list[Exception] = field(default_factory=list)
    seen: list[Effect] = field(default_factory=list)
    correlations: list[UUID | None] = field(default_factory=list)

    async def __call__(self, effect: Effect) -> None:
        self.seen.append(effect)
        self.correlations.append(correlation.current())
        if self.errors:
            raise self.errors.pop(0)

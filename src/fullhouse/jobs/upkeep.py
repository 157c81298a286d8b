"""Upkeep of the queue: pruning, and metrics of relay, queue and connection pool."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from msgspec import Struct

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.kinds import RecurringJob
from fullhouse.jobs.limits import (
    EFFECTS_KEPT_DAYS,
    MEASURE_SECONDS,
    RELAY_LAG_COUNTED_MAX,
    ROWS_TRIMMED_MAX,
)
from fullhouse.jobs.metrics import JobMetrics, RelayMetrics
from fullhouse.kernel.errors import TransientError
from fullhouse.storage.database import Database, Session
from fullhouse.storage.metrics import PoolMetrics
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import MetricRegistry

_LOG: Final = get_logger("jobs.upkeep")


@dataclass(frozen=True, slots=True)
class PruneEffects:
    """Deletes effects that ended `EFFECTS_KEPT_DAYS` ago, `ROWS_TRIMMED_MAX` a run."""

    database: Database

    async def __call__(self) -> None:
        async with self.database.unrestricted.transaction() as session:
            await session.execute(
                "jobs.prune_effects",
                age=timedelta(days=EFFECTS_KEPT_DAYS),
                rows_max=ROWS_TRIMMED_MAX,
            )


def queue_upkeep(database: Database) -> tuple[RecurringJob, ...]:
    """List the recurring jobs of the queue itself."""
    hour, shift = timedelta(hours=1), timedelta(minutes=47)
    return (RecurringJob("prune effects", PruneEffects(database), every=hour, shift=shift),)


class RelayLag(Struct, frozen=True):
    """How far one subscriber is behind."""

    subscriber: str
    events: int
    oldest_seconds: float


class QueueBacklog(Struct, frozen=True):
    """The effects of one kind that are due or leased, and its dead letters."""

    kind: str
    waiting: int
    oldest_seconds: float
    dead: int


@dataclass(slots=True)
class QueueMetricsCollector:
    """Reads metrics of relay, queue and pool every `MEASURE_SECONDS`, until stopped."""

    database: Database
    metrics: MetricRegistry
    _kinds: set[str] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.collect()
            except TransientError as error:
                _LOG.warning("jobs.metrics_failed", error=error)
            await wait_for_event(self._stopping, timeout_seconds=MEASURE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    async def collect(self) -> None:
        self.metrics.get(PoolMetrics).report(self.database.statistics)
        async with self.database.unrestricted.session() as session:
            await self._collect_relay(session)
            await self._collect_queue(session)

    async def _collect_relay(self, session: Session) -> None:
        relay = self.metrics.get(RelayMetrics)
        for lag in await session.fetch(
            "jobs.relay_lag", RelayLag, events_max=RELAY_LAG_COUNTED_MAX
        ):
            relay.lag_events.labels(lag.subscriber).set(lag.events)
            relay.lag_seconds.labels(lag.subscriber).set(lag.oldest_seconds)

    async def _collect_queue(self, session: Session) -> None:
        rows = await session.fetch("jobs.effects_by_kind", QueueBacklog)
        found = {row.kind: row for row in rows}
        self._kinds |= found.keys()
        jobs = self.metrics.get(JobMetrics)
        for kind in self._kinds:
            row = found.get(kind, QueueBacklog(kind, 0, 0.0, 0))
            jobs.waiting.labels(kind).set(row.waiting)
            jobs.oldest_seconds.labels(kind).set(row.oldest_seconds)
            jobs.dead_letters.labels(kind).set(row.dead)
        jobs.measured_at.set_to_current_time()

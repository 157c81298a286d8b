"""What keeps the queue itself in order: the sweeper, what is trimmed by its age, its figures."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.kinds import Schedule
from fullhouse.jobs.limits import (
    EFFECTS_KEPT_DAYS,
    JOB_LOG_DAYS,
    MEASURE_SECONDS,
    RELAY_LAG_COUNTED_MAX,
    ROWS_TRIMMED_MAX,
    SWEEP_EFFECTS_MAX,
    SWEEP_SECONDS,
)
from fullhouse.kernel.errors import TransientError
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import Metrics

_LOG: Final = get_logger("jobs.upkeep")


@dataclass(frozen=True, slots=True)
class Sweep:
    """Gives a job to each effect that has none and is due, or whose worker died with the claim."""

    database: Database

    async def __call__(self) -> None:
        async with self.database.transaction() as session:
            found = await session.execute("jobs.sweep", effects_max=SWEEP_EFFECTS_MAX)
        if found:
            _LOG.info("effects without a job were given one", effects=found)


@dataclass(frozen=True, slots=True)
class Trim:
    """Forgets what is older than so many days, the oldest first and so many rows a run."""

    database: Database
    query: str
    days: int

    async def __call__(self) -> None:
        async with self.database.transaction() as session:
            await session.execute(
                self.query, age=timedelta(days=self.days), rows_max=ROWS_TRIMMED_MAX
            )


def schedules_of_the_queue(database: Database) -> tuple[Schedule, ...]:
    """The queue's own schedules, for `bootstrap` to list with the others."""
    return (
        Schedule("sweep effects", f"* * * * * */{SWEEP_SECONDS}", Sweep(database)),
        *(
            Schedule(name, f"{minute} * * * *", Trim(database, query, days))
            for name, minute, query, days in _TRIMMED
        ),
    )


_TRIMMED: Final = (
    ("trim the job log", 17, "jobs.trim_job_log", JOB_LOG_DAYS),
    ("trim ended jobs", 37, "jobs.trim_ended_jobs", JOB_LOG_DAYS),
    ("trim settled effects", 47, "jobs.trim_effects", EFFECTS_KEPT_DAYS),
)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one subscriber is behind."""

    subscriber: str
    events: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of one kind waits, and how much failed."""

    kind: str
    waiting: int
    oldest_seconds: float
    failed: int


@dataclass(slots=True)
class Measure:
    """Tells the figures of relay, queue and pool every few seconds, until stopped."""

    database: Database
    metrics: Metrics
    _kinds: set[str] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.once()
            except TransientError as error:
                _LOG.warning("the queue cannot be measured now", error=str(error))
            await wait_for_event(self._stopping, timeout_seconds=MEASURE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    async def once(self) -> None:
        self.metrics.pool.report(self.database.statistics)
        async with self.database.session() as session:
            await self._relay(session)
            await self._jobs(session)

    async def _relay(self, session: Session) -> None:
        relay = self.metrics.relay
        for lag in await session.fetch("jobs.relay_lag", Lag, events_max=RELAY_LAG_COUNTED_MAX):
            relay.lag_events.labels(lag.subscriber).set(lag.events)
            relay.lag_seconds.labels(lag.subscriber).set(lag.oldest_seconds)

    async def _jobs(self, session: Session) -> None:
        found = {row.kind: row for row in await session.fetch("jobs.effects_by_kind", Waiting)}
        self._kinds |= found.keys()
        jobs = self.metrics.jobs
        for kind in self._kinds:
            row = found.get(kind, Waiting(kind, 0, 0.0, 0))
            jobs.waiting.labels(kind).set(row.waiting)
            jobs.oldest_seconds.labels(kind).set(row.oldest_seconds)
            jobs.failed.labels(kind).set(row.failed)

"""pgqueuer, wired: our kinds and schedules on a connection of their own, made again when lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.models import Schedule as ScheduleRow

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.kinds import Schedule
from fullhouse.jobs.limits import (
    JOB_BATCH,
    JOB_CONCURRENCY_MAX,
    JOB_POLL_SECONDS,
    JOB_STALE_SECONDS,
    RECONNECT_SECONDS_MAX,
)
from fullhouse.jobs.runner import EffectRunner
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import Ids
from fullhouse.storage.connection import Connect, close_quietly
from fullhouse.storage.errors import DatabaseErrors
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import JobMetrics

_LOG: Final = get_logger("jobs.consumer")


@dataclass(frozen=True, slots=True)
class ScheduleRunner:
    """What pgqueuer calls when a schedule is due."""

    schedule: Schedule
    metrics: JobMetrics
    ids: Ids

    async def __call__(self, _row: ScheduleRow) -> None:
        outcome = "failed"
        with correlation.bind(self.ids.uuid()):
            try:
                async with asyncio.timeout(self.schedule.seconds_max):
                    await self.schedule.run()
                outcome = "done"
            except (TransientError, TimeoutError) as error:
                _LOG.warning(
                    "a scheduled run failed; the next comes at its time",
                    schedule=self.schedule.name,
                    error=str(error) or type(error).__name__,
                )
            finally:
                self.metrics.outcomes.labels(self.schedule.name, outcome).inc()


@dataclass(slots=True)
class Consumer:
    """Takes jobs from the queue, up to 32 at once. `run` it once a worker."""

    connect: Connect
    runner: EffectRunner
    schedules: Sequence[Schedule]
    ids: Ids
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _queue: PgQueuer | None = None

    async def run(self) -> None:
        """Work until stopped. A lost connection is made again; what was in hand is done again."""
        while not self._stopping.is_set():
            try:
                await self._consume()
            except (TransientError, FailingListenerError) as error:
                _LOG.warning("the job queue is out of reach", error=str(error))
                await wait_for_event(self._stopping, timeout_seconds=RECONNECT_SECONDS_MAX)

    def stop(self) -> None:
        """Take no more jobs; `run` returns once those in hand have ended."""
        self._stopping.set()
        if self._queue is not None:
            self._queue.shutdown.set()

    async def _consume(self) -> None:
        connection = await self.connect()
        try:
            await self._consume_on(connection)
        finally:
            self._queue = None
            await close_quietly(connection)

    async def _consume_on(self, connection: asyncpg.Connection) -> None:
        with DatabaseErrors(connection):
            # pgqueuer writes and reads its jsonb columns as text
            await connection.reset_type_codec("jsonb", schema="pg_catalog")
            self._queue = self._wired(connection)
            if self._stopping.is_set():
                return
            await self._queue.run(
                dequeue_timeout=timedelta(seconds=JOB_POLL_SECONDS),
                batch_size=JOB_BATCH,
                max_concurrent_tasks=JOB_CONCURRENCY_MAX,
                shutdown_on_listener_failure=True,
                # Its own counts nobody reads: what jobs do is told by metrics
                log_aggregation_interval=timedelta(0),
                heartbeat_timeout=timedelta(seconds=JOB_STALE_SECONDS),
            )

    def _wired(self, connection: asyncpg.Connection) -> PgQueuer:
        """Our kinds and schedules as pgqueuer's entry points; what fails is held, never deleted."""
        queue = PgQueuer(AsyncpgDriver(connection))
        for kind in self.runner.kinds.values():
            queue.entrypoint(
                kind.name,
                concurrency_limit=kind.concurrency,
                accepts_context=False,
                on_failure="hold",
            )(self.runner)
        for schedule in self.schedules:
            queue.schedule(schedule.name, schedule.cron, accepts_context=False)(
                ScheduleRunner(schedule, self.runner.metrics, self.ids)
            )
        return queue

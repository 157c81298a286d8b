"""Run recurring jobs, each by one worker at a time: its row is leased like an effect."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from msgspec import Struct

from fullhouse.concurrency.deadline import time_limit
from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.jobs.kinds import RecurringJob
from fullhouse.jobs.limits import (
    JOB_HEARTBEAT_SECONDS,
    JOB_POLL_SECONDS,
    JOB_STALE_SECONDS,
    RECURRING_CALM_SECONDS,
    RECURRING_YIELDS_SECONDS_MAX,
)
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import JobMetrics
from fullhouse.kernel.errors import TransientError
from fullhouse.kernel.ids import Ids
from fullhouse.storage.database import Database
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs.recurring")
_LEASE: Final = timedelta(seconds=JOB_STALE_SECONDS)


class RecurringLease(Struct, frozen=True):
    """A recurring job leased for one run; `attempt` fences what the run writes."""

    name: str
    attempt: int


@dataclass(slots=True)
class Scheduler:
    """Starts recurring jobs when they are due. `run` it once a worker."""

    database: Database
    jobs: Sequence[RecurringJob]
    metrics: JobMetrics
    ids: Ids
    load: LoadMonitor
    _enrolled: bool = False
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Run jobs until stopped, then until those under way have ended."""
        jobs = {job.name: job for job in self.jobs}
        assert len(jobs) == len(self.jobs), "two recurring jobs have the same name"
        async with asyncio.TaskGroup() as group:
            while not self._stopping.is_set():
                try:
                    for lease in await self._lease_due():
                        group.create_task(self._run(jobs[lease.name], lease))
                except (TransientError, OutcomeUnknown) as error:
                    _LOG.warning("jobs.recurring_lease_failed", error=error)
                await wait_for_event(self._stopping, timeout_seconds=JOB_POLL_SECONDS)

    def stop(self) -> None:
        """Start no more jobs; `run` returns once those under way have ended."""
        self._stopping.set()

    async def _lease_due(self) -> list[RecurringLease]:
        async with self.database.unrestricted.session() as session:
            if not self._enrolled:
                await session.execute(
                    "jobs.enrol_recurring",
                    names=[job.name for job in self.jobs],
                    everies=[job.every for job in self.jobs],
                    shifts=[job.shift for job in self.jobs],
                )
                self._enrolled = True
            return await session.fetch(
                "jobs.lease_recurring",
                RecurringLease,
                names=[job.name for job in self.jobs if not job.is_held()],
                lease=_LEASE,
            )

    async def _run(self, job: RecurringJob, lease: RecurringLease) -> None:
        renewal = asyncio.create_task(self._renew(lease))
        outcome = "failed"
        with correlation.bind(self.ids.uuid()):
            try:
                if not await self._complete(job):
                    return  # its lease ends by itself, and another worker runs it
                outcome = "completed"
            except Exception as error:  # noqa: BLE001 - the next run comes at its time all the same
                _LOG.warning("jobs.recurring_failed", job=job.name, error=error)
            finally:
                renewal.cancel()
        self.metrics.outcomes.labels(job.name, outcome).inc()
        await self._finish(job, lease)

    async def _complete(self, job: RecurringJob) -> bool:
        """Run it to its end; False when the worker was stopped before it began.

        A rush that begins meanwhile ends what yields to it, and it begins anew, for so long: on a
        day that is one rush it runs beside it in the end.
        """
        yields_until = asyncio.get_running_loop().time() + RECURRING_YIELDS_SECONDS_MAX
        while job.yields_under_load:
            try:
                async with asyncio.timeout_at(yields_until):
                    await self.load.wait_until_calm(for_seconds=RECURRING_CALM_SECONDS)
            except TimeoutError:
                break
            if self._stopping.is_set():
                return False
            if await self._is_run_before_rush(job):
                return True
        async with time_limit(job.seconds_max):
            await job.run()
        return True

    async def _is_run_before_rush(self, job: RecurringJob) -> bool:
        """Whether it came to its end before a rush began, which cancels it."""
        until_rush = asyncio.timeout(None)
        try:
            async with until_rush:
                rush = asyncio.create_task(self._end_with_rush(until_rush))
                try:
                    async with time_limit(job.seconds_max):
                        await job.run()
                finally:
                    rush.cancel()
        except TimeoutError:
            if not until_rush.expired():
                raise
            _LOG.info("jobs.recurring_interrupted", job=job.name)
            return False
        return True

    async def _end_with_rush(self, scope: asyncio.Timeout) -> None:
        await self.load.wait_for_rush()
        scope.reschedule(asyncio.get_running_loop().time())

    async def _renew(self, lease: RecurringLease) -> None:
        """Extend the lease while the run is under way."""
        while True:
            await asyncio.sleep(JOB_HEARTBEAT_SECONDS)
            try:
                async with self.database.unrestricted.session() as session:
                    await session.execute(
                        "jobs.renew_recurring", name=lease.name, attempt=lease.attempt, lease=_LEASE
                    )
            except (TransientError, OutcomeUnknown) as error:
                _LOG.warning("jobs.recurring_not_renewed", job=lease.name, error=error)

    async def _finish(self, job: RecurringJob, lease: RecurringLease) -> None:
        try:
            async with self.database.unrestricted.session() as session:
                await session.execute(
                    "jobs.finish_recurring",
                    name=job.name,
                    attempt=lease.attempt,
                    every=job.every,
                    shift=job.shift,
                )
        except (TransientError, OutcomeUnknown) as error:
            # The lease ends by itself, then the job runs again.
            _LOG.warning("jobs.recurring_not_finished", job=job.name, error=error)

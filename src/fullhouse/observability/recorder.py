"""Writes what this process has measured, every ten seconds, by a task of its own.

Who measures adds to a sketch in memory, so no request waits. What a process that is killed has not
written yet is lost: ten seconds at most. While the database does not answer, what was measured
meanwhile is merged, and written when it is back.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.limits import MEASURED_SECONDS, MEASURED_SERIES_MAX, PUBLISHED_SECONDS
from fullhouse.observability.periods import period_start
from fullhouse.observability.slow_queries import SlowQueryLog
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger
from fullhouse.telemetry.metrics import MetricRegistry

_LOG: Final = get_logger("observability")
_WORK: Final = frozenset({"request_seconds", "job_seconds"})
_Series = tuple[str, tuple[str, ...]]


class _SeriesRow(msgspec.Struct, frozen=True):
    series_id: int
    metric: str
    labels: str


@dataclass(slots=True)
class MeasurementRecorder:
    """Writes durations and slow statements; `run` it once a process."""

    database: Database
    clock: Clock
    metrics: MetricRegistry
    slow: SlowQueryLog
    work_done: int = 0
    """Requests and jobs of this process, up to what was taken last."""
    _unwritten: dict[_Series, QuantileSketch] = field(default_factory=dict)
    _ids: dict[_Series, int] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Write every ten seconds until stopped, and once more then."""
        while not self._stopping.is_set():
            await self._publish_until_due()
            try:
                await self.write()
            except Exception as error:  # noqa: BLE001 - who watches never stops what is watched
                _LOG.warning("measurements.not_written", error=error)

    async def _publish_until_due(self) -> None:
        """Every second, for the processes that report the metrics of all."""
        waited = 0
        while waited < MEASURED_SECONDS and not await wait_for_event(
            self._stopping, timeout_seconds=min(PUBLISHED_SECONDS, MEASURED_SECONDS)
        ):
            self.metrics.publish()
            waited += PUBLISHED_SECONDS

    def stop(self) -> None:
        self._stopping.set()

    async def write(self) -> None:
        """Write what was measured since the last time; what fails is written the next time."""
        self._take()
        if self._unwritten:
            starts_at = period_start(
                self.clock.now() - timedelta(seconds=MEASURED_SECONDS), MEASURED_SECONDS
            )
            async with self.database.unrestricted.session() as session:
                await self._identify(session)
                await self._add(session, starts_at)
            self._unwritten = {}
        await self.slow.write(self.database)

    def _take(self) -> None:
        for metric, labels, sketch in self.metrics.take_measured():
            if metric in _WORK:
                self.work_done += sketch.count
            series = metric, labels
            is_known = series in self._unwritten or series in self._ids
            if is_known or len(self._ids) < MEASURED_SERIES_MAX:
                # Not into what was taken: others look at it
                self._unwritten.setdefault(series, QuantileSketch()).merge(sketch)

    async def _identify(self, session: Session) -> None:
        unknown = {
            (metric, _text_of(labels)): (metric, labels)
            for metric, labels in self._unwritten
            if (metric, labels) not in self._ids
        }
        if unknown:
            # In one order, so that processes that begin together do not wait for each other
            named = sorted(unknown)
            found = await session.fetch(
                "observability.series_ids",
                _SeriesRow,
                metrics=[metric for metric, _ in named],
                labels=[labels for _, labels in named],
            )
            for row in found:
                self._ids[unknown[row.metric, row.labels]] = row.series_id

    async def _add(self, session: Session, starts_at: datetime) -> None:
        sketches = list(self._unwritten.values())
        await session.execute(
            "observability.add_measurements",
            period_seconds=MEASURED_SECONDS,
            starts_at=starts_at,
            series_ids=[self._ids[series] for series in self._unwritten],
            seconds=[sketch.seconds for sketch in sketches],
            buckets=[_array(sketch.counts) for sketch in sketches],
            counts=[_array(list(sketch.counts.values())) for sketch in sketches],
        )


def _text_of(labels: Sequence[str]) -> str:
    return msgspec.json.encode(labels).decode()


def _array(numbers: Sequence[int] | Mapping[int, int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"

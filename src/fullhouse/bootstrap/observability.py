"""The wiring of what watches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.schema import named_queries
from fullhouse.kernel.clock import Clock
from fullhouse.observability.recorder import MeasurementRecorder
from fullhouse.observability.slow_queries import SlowQueryLog
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry


def build_recorder(
    database: Database, metrics: MetricRegistry, clock: Clock
) -> MeasurementRecorder:
    """What writes the measurements of one process."""
    slow = SlowQueryLog(metrics.get(QueryMetrics), named_queries(), clock)
    return MeasurementRecorder(database, clock, metrics, slow)


@asynccontextmanager
async def recording(app: Application) -> AsyncIterator[None]:
    """Keep what this process measures, as processes do that serve: commands come and go."""
    recorder = build_recorder(app.database, app.metrics, app.clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(recorder.run())
        try:
            yield
        finally:
            recorder.stop()

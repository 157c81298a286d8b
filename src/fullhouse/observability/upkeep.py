"""The jobs of measurements: merge them into longer periods, and forget what is kept long enough."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.kernel.clock import Clock
from fullhouse.observability.gauges import HOUR, MINUTE, TEN_MINUTES
from fullhouse.observability.limits import (
    ALERTS_KEPT_DAYS,
    GAUGE_HOURS_KEPT_DAYS,
    GAUGE_MINUTES_KEPT_DAYS,
    GAUGE_TEN_MINUTES_KEPT_DAYS,
    KEPT_DAYS,
    MEMORY_GROWTHS_KEPT_DAYS,
    MERGE_DELAY_SECONDS,
    MERGED_ROWS_MAX,
    OPTIMISATIONS_KEPT_DAYS,
    PERIODS,
    ROWS_PRUNED_MAX,
    SLOW_QUERIES_KEPT_MAX,
)
from fullhouse.observability.periods import period_start
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class ObservabilityUpkeep:
    """The jobs of measurements, for `bootstrap` to list."""

    database: Database
    clock: Clock

    def recurring(self) -> tuple[RecurringJob, ...]:
        return (
            RecurringJob("merge measurements", self.merge, every=timedelta(minutes=1)),
            RecurringJob(
                "prune measurements",
                self.prune,
                every=timedelta(hours=1),
                shift=timedelta(minutes=23),
            ),
        )

    async def merge(self) -> None:
        """Add ended periods up into the next longer ones; again after a crash, nothing twice."""
        latest = self.clock.now() - timedelta(seconds=MERGE_DELAY_SECONDS)
        for shorter, longer in pairwise(PERIODS):
            taken = MERGED_ROWS_MAX
            while taken == MERGED_ROWS_MAX:
                async with self.database.unrestricted.session() as session:
                    merged = await session.fetch_value(
                        "observability.merge_measurements",
                        int,
                        from_seconds=shorter,
                        to_seconds=longer,
                        before=period_start(latest, longer),
                        rows_max=MERGED_ROWS_MAX,
                    )
                taken = merged or 0

    async def prune(self) -> None:
        """Forget what is kept long enough."""
        for period, days in zip(PERIODS, KEPT_DAYS, strict=True):
            before = self.clock.now() - timedelta(days=days)
            pruned = ROWS_PRUNED_MAX
            while pruned == ROWS_PRUNED_MAX:
                async with self.database.unrestricted.session() as session:
                    pruned = await session.execute(
                        "observability.prune_measurements",
                        period_seconds=period,
                        before=before,
                        is_longest=period == PERIODS[-1],
                        rows_max=ROWS_PRUNED_MAX,
                    )
        await self._prune_gauges(MINUTE, GAUGE_MINUTES_KEPT_DAYS)
        await self._prune_gauges(TEN_MINUTES, GAUGE_TEN_MINUTES_KEPT_DAYS)
        await self._prune_gauges(HOUR, GAUGE_HOURS_KEPT_DAYS)
        async with self.database.unrestricted.session() as session:
            await session.execute("observability.prune_slow_queries", kept=SLOW_QUERIES_KEPT_MAX)
            before = self.clock.now() - timedelta(days=ALERTS_KEPT_DAYS)
            await session.execute("observability.prune_alerts", before=before)
            before = self.clock.now() - timedelta(days=OPTIMISATIONS_KEPT_DAYS)
            await session.execute("observability.prune_optimisations", before=before)
            now = self.clock.now()
            await session.execute(
                "observability.end_pool_steps", now=now, before=now - timedelta(days=1)
            )
            before = self.clock.now() - timedelta(days=MEMORY_GROWTHS_KEPT_DAYS)
            await session.execute("observability.prune_memory_growths", before=before)

    async def _prune_gauges(self, period_seconds: int, days: int) -> None:
        pruned = ROWS_PRUNED_MAX
        while pruned == ROWS_PRUNED_MAX:
            async with self.database.unrestricted.session() as session:
                pruned = await session.execute(
                    "observability.prune_gauges",
                    period_seconds=period_seconds,
                    before=self.clock.now() - timedelta(days=days),
                    rows_max=ROWS_PRUNED_MAX,
                )

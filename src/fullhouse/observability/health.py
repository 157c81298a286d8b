"""Health of all parts, checked in the background: an answer costs nothing and asks nobody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from fullhouse.concurrency.waiting import result_in_time
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.observability.limits import (
    HEALTH_AGE_SECONDS_MAX,
    HEALTH_CHECK_SECONDS,
    HEALTH_CHECK_SECONDS_MAX,
)
from fullhouse.observability.model import HealthReport, HealthStatus, Measurement, worst
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("health")
VITAL: Final = frozenset({"database", "system"})
"""Without these nothing works. What others fail at waits for them, so it degrades the whole."""


class HealthSource(Protocol):
    """A part that can be measured."""

    async def measure(self) -> Sequence[Measurement]:
        """May raise a `FullhouseError`, and take `HEALTH_CHECK_SECONDS_MAX`."""
        ...


@dataclass(slots=True)
class Health:
    """Checks each part every `HEALTH_CHECK_SECONDS` and remembers its report; `run` it once.

    A part whose check fails keeps its report, which grows old; one that is too old is degraded.
    """

    sources: Mapping[str, HealthSource]
    clock: Clock
    _reports: dict[str, HealthReport] = field(default_factory=dict)

    @property
    def status(self) -> HealthStatus:
        """Unhealthy while a vital part is; degraded while any is not healthy."""
        statuses = {name: self.report(name).status for name in self.sources}
        vital = worst(status for name, status in statuses.items() if name in VITAL)
        if vital is HealthStatus.UNHEALTHY:
            return vital
        is_healthy = worst(statuses.values()) is HealthStatus.HEALTHY
        return HealthStatus.HEALTHY if is_healthy else HealthStatus.DEGRADED

    def report(self, name: str) -> HealthReport:
        """The last report of a part."""
        report = self._reports.get(name, HealthReport())
        age = self.age(report)
        if age is not None and age <= HEALTH_AGE_SECONDS_MAX:
            return report
        unknown = Measurement("check", "no recent result", status=HealthStatus.DEGRADED)
        return HealthReport((unknown, *report.measurements), report.checked_at)

    def age(self, report: HealthReport) -> float | None:
        """Seconds since it was measured."""
        checked_at = report.checked_at
        return None if checked_at is None else self.clock.monotonic() - checked_at

    async def run(self) -> None:
        """Check again and again, until cancelled."""
        while True:
            await self.check()
            await asyncio.sleep(HEALTH_CHECK_SECONDS)

    async def check(self) -> None:
        """Check all parts once, side by side."""
        before = self.status
        async with asyncio.TaskGroup() as group:
            for name, source in self.sources.items():
                group.create_task(self._check(name, source))
        if self.status is not before:
            _LOG.info("health.changed", status=self.status, before=before)

    async def _check(self, name: str, source: HealthSource) -> None:
        try:
            measurements = await result_in_time(
                source.measure(), seconds_max=HEALTH_CHECK_SECONDS_MAX
            )
        except (FullhouseError, TimeoutError, OSError) as error:
            _LOG.warning("health.not_measured", part=name, error=error)
            return
        self._reports[name] = HealthReport(measurements, self.clock.monotonic())

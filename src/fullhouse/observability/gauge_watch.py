"""Looks at the gauges once a minute; the process that watches for alerts calls it."""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.database_health import Connections
from fullhouse.observability.gauges import MINUTE, GaugeName, Sighting, observe
from fullhouse.observability.limits import (
    ALERT_BOOKINGS_MIN,
    GAUGE_DELAY_SECONDS,
    QUEUE_COUNTED_MAX,
    TRENDS_SECONDS,
)
from fullhouse.observability.measurements import Labels, durations_of, is_error
from fullhouse.observability.model import HealthReport
from fullhouse.observability.periods import period_start
from fullhouse.observability.signals import Requests
from fullhouse.observability.trends import Trend, TrendMemory, read_trends
from fullhouse.observability.unusual import UnusualFinding, UnusualWatch
from fullhouse.storage.database import Session

_FORETELL_EVERY: Final = timedelta(seconds=TRENDS_SECONDS)
IsBooked = Callable[[Labels], bool]


@dataclass(frozen=True, slots=True)
class SeenAnyway:
    """What who watches has read already at this look."""

    recent_bookings: Requests
    oldest_due_seconds: float
    machine: HealthReport


@dataclass(slots=True)
class GaugeWatch:
    """`is_booked` says of a request's labels that a booking was made."""

    is_booked: IsBooked
    _observed_at: datetime | None = None
    _foretold_at: datetime | None = None
    _trends: TrendMemory = field(default_factory=TrendMemory)
    _unusual: UnusualWatch = field(default_factory=UnusualWatch)

    @property
    def trends(self) -> Sequence[Trend]:
        """What will run out."""
        return self._trends.trends()

    @property
    def unusual(self) -> Sequence[UnusualFinding]:
        """What is unusual now."""
        return self._unusual.findings

    async def look(self, session: Session, now: datetime, seen: SeenAnyway) -> bool:
        """Observe the last minute that everybody has written; False where that was done."""
        until = period_start(now - timedelta(seconds=GAUGE_DELAY_SECONDS), MINUTE)
        at = until - timedelta(seconds=MINUTE)
        if self._observed_at is not None and at <= self._observed_at:
            return False
        self._observed_at = at
        requests = await durations_of(session, "request_seconds", since=at, until=until)
        observed = [
            *self._of_requests(requests),
            *_of_bookings(seen.recent_bookings),
            Sighting(GaugeName.QUEUE_AGE, seen.oldest_due_seconds),
            await _queue_depth(session),
            await _connections(session),
            *_of_machine(seen.machine),
        ]
        await observe(session, observed, at=at)
        await self._unusual.look(session, now)
        if self._foretold_at is None or now - self._foretold_at >= _FORETELL_EVERY:
            self._foretold_at = now
            latest: dict[tuple[str, str], float] = {
                (one.name, one.subject): one.value for one in observed
            }
            self._trends.update(await read_trends(session, now), latest, now)
        return True

    def _of_requests(self, requests: Mapping[Labels, QuantileSketch]) -> Iterable[Sighting]:
        counts = {labels: sketch.count for labels, sketch in requests.items()}
        failed = sum(count for labels, count in counts.items() if is_error(labels))
        booked = sum(count for labels, count in counts.items() if self.is_booked(labels))
        yield Sighting(GaugeName.REQUESTS, sum(counts.values()))
        yield Sighting(GaugeName.ERRORS, failed)
        yield Sighting(GaugeName.BOOKINGS, booked)


def _of_bookings(recent: Requests) -> Iterable[Sighting]:
    if recent.sketch.count >= ALERT_BOOKINGS_MIN:
        yield Sighting(GaugeName.BOOKING_P95, recent.sketch.quantile(0.95))


async def _queue_depth(session: Session) -> Sighting:
    due = await session.fetch_value("observability.jobs_due", int, rows_max=QUEUE_COUNTED_MAX)
    return Sighting(GaugeName.QUEUE_DEPTH, due or 0)


async def _connections(session: Session) -> Sighting:
    server = await session.fetch_one("observability.connections", Connections)
    assert server is not None, "the query always returns a row"
    return Sighting(GaugeName.CONNECTIONS, server.connections / server.connections_max)


def _of_machine(machine: HealthReport) -> Iterable[Sighting]:
    figures = {one.name: one.value for one in machine.measurements}
    free, total, disk = (figures.get(key) for key in ("memory_free", "memory_total", "disk_free"))
    name = platform.node()
    if isinstance(disk, int):
        yield Sighting(GaugeName.DISK_FREE, disk, name)
    if isinstance(free, int) and isinstance(total, int) and total:
        yield Sighting(GaugeName.MEMORY_FREE, free / total, name)

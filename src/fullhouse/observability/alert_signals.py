"""What the rules of alerts look at, read from rows of all processes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Final

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.alert_rules import Requests, Signals
from fullhouse.observability.gauge_watch import GaugeWatch, SeenAnyway
from fullhouse.observability.health import HealthSource
from fullhouse.observability.limits import BURN_RATES
from fullhouse.observability.measurements import Labels, durations_of
from fullhouse.observability.model import HealthReport, HealthStatus
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("alerts")
_RECENT: Final = 300
_LONG_SPANS: Final = tuple(
    sorted({s for burn in BURN_RATES for s in (burn.long_seconds, burn.short_seconds)} - {_RECENT})
)
_LONG_SPANS_EVERY: Final = 60.0
_SERVER_ERROR: Final = "5"


class _Troubles(Struct, frozen=True):
    dead_letters: int
    inconsistencies: int
    oldest_due_seconds: float
    open_circuits: Mapping[str, float]
    mode_seconds: float | None


@dataclass(slots=True)
class SignalReader:
    """Reads the signals; long spans once a minute. `is_booking` says of a route what books."""

    database: Database
    clock: Clock
    machine: HealthSource
    is_booking: Callable[[str, str], bool]
    gauges: GaugeWatch
    _long: dict[int, Requests] = field(default_factory=dict)
    _long_read_at: float = float("-inf")

    async def read(self) -> Signals:
        now = self.clock.now()
        machine = HealthReport(await self.machine.measure())
        async with self.database.unrestricted.session() as session:
            troubles = await session.fetch_one("observability.troubles_of_installation", _Troubles)
            assert troubles is not None, "the query always returns a row"
            recent = await self._requests(session, _RECENT, now)
            await self._read_long(session, now)
        bookings = self._bookings(recent)
        await self._look_at_gauges(now, SeenAnyway(bookings, troubles.oldest_due_seconds, machine))
        failed = sum(s.count for labels, s in recent.items() if _is_failure(labels))
        return Signals(
            bookings={**self._long, _RECENT: bookings},
            requests_failed=failed,
            dead_letters=troubles.dead_letters,
            inconsistencies=troubles.inconsistencies,
            oldest_due_seconds=troubles.oldest_due_seconds,
            open_circuits=troubles.open_circuits,
            mode_seconds=inf if troubles.mode_seconds is None else troubles.mode_seconds,
            machine=machine.status,
            machine_troubles=_troubles_of(machine),
        )

    async def _look_at_gauges(self, now: datetime, seen: SeenAnyway) -> None:
        try:
            async with self.database.unrestricted.session() as session:
                await self.gauges.look(session, now, seen)
        except FullhouseError as error:
            _LOG.warning("gauges.not_observed", error=error)

    async def _read_long(self, session: Session, now: datetime) -> None:
        monotonic = self.clock.monotonic()
        if monotonic - self._long_read_at < _LONG_SPANS_EVERY:
            return
        self._long_read_at = monotonic
        for seconds in _LONG_SPANS:
            self._long[seconds] = self._bookings(await self._requests(session, seconds, now))

    async def _requests(
        self, session: Session, seconds: int, now: datetime
    ) -> Mapping[Labels, QuantileSketch]:
        since = now - timedelta(seconds=seconds)
        return await durations_of(session, "request_seconds", since=since, until=now)

    def _bookings(self, requests: Mapping[Labels, QuantileSketch]) -> Requests:
        total, failed = QuantileSketch(), 0
        for labels, sketch in requests.items():
            method, route, _ = labels
            if self.is_booking(method, route):
                total.merge(sketch)
                failed += sketch.count if _is_failure(labels) else 0
        return Requests(total, failed)


def _is_failure(labels: Labels) -> bool:
    return labels[-1].startswith(_SERVER_ERROR)


def _troubles_of(report: HealthReport) -> Sequence[str]:
    return [
        f"{one.name.replace('_', ' ')} is {one.value}{one.unit}"
        for one in report.measurements
        if one.status is not HealthStatus.HEALTHY
    ]

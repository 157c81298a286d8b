"""Requests and bookings of the last hour, minute by minute.

Whoever looks at it again reads the latest minutes alone: the others do not change any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.numerics.seasonal_baseline import SeasonalBaseline
from fullhouse.observability.expectation import Expected, baseline_of, expected_a_minute
from fullhouse.observability.gauges import HOUR, GaugeName
from fullhouse.observability.measurements import Labels, Point, durations_over_time, is_error
from fullhouse.observability.periods import period_start
from fullhouse.storage.database import Database, Session

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_LATE: Final = timedelta(minutes=3)
"""What another process measured is written so late at the most."""


class BookingRoutes(Struct, frozen=True):
    """What the business says of a request: whether it tries to book, and whether it has booked."""

    is_attempt: Callable[[str, str], bool]
    """By method and route."""
    is_booked: Callable[[Labels], bool]
    """By method, route and status."""


class RequestMinute(Struct, frozen=True):
    """The requests of one minute from `at` on; durations in seconds."""

    at: datetime
    requests: int = 0
    failed: int = 0
    attempts: QuantileSketch = msgspec.field(default_factory=QuantileSketch)
    bookings: QuantileSketch = msgspec.field(default_factory=QuantileSketch)


class RequestHour(Struct, frozen=True):
    """The minutes in their order; the last one has just begun."""

    minutes: Sequence[RequestMinute]
    usual: Sequence[Expected] = ()
    """The bookings of each minute that nobody wonders about; empty while too little is known."""

    @property
    def bookings(self) -> QuantileSketch:
        """The durations of all that have booked."""
        return merged([one.bookings for one in self.minutes])


@dataclass(slots=True)
class RequestHourReader:
    """Reads the rows that all processes write."""

    database: Database
    clock: Clock
    routes: BookingRoutes
    _minutes: dict[datetime, RequestMinute] = field(default_factory=dict)
    _baseline: SeasonalBaseline | None = None
    _learnt_until: datetime | None = None

    async def read(self) -> RequestHour:
        """Raises as the database."""
        now = self.clock.now()
        first = period_start(now - _HOUR, 60) + _MINUTE
        newest = max(self._minutes, default=first)
        since = max(first, newest - _LATE)
        async with self.database.unrestricted.session() as session:
            points = await durations_over_time(
                session, "request_seconds", since=since, until=now, step_seconds=60
            )
            await self._learn(session, period_start(first, HOUR))
        kept = {at: one for at, one in self._minutes.items() if first <= at < since}
        self._minutes = kept | self._summed(points)
        count = (now - first) // _MINUTE + 1
        moments = [first + number * _MINUTE for number in range(count)]
        return RequestHour(
            [self._minutes.get(at) or RequestMinute(at) for at in moments],
            () if self._baseline is None else expected_a_minute(self._baseline, moments),
        )

    async def _learn(self, session: Session, until: datetime) -> None:
        """From the weeks before what is shown, once an hour."""
        if self._learnt_until != until:
            self._baseline = await baseline_of(session, GaugeName.BOOKINGS, until=until)
            self._learnt_until = until

    def _summed(self, points: Sequence[Point]) -> dict[datetime, RequestMinute]:
        by_minute: dict[datetime, list[Point]] = {}
        for point in points:
            by_minute.setdefault(point.at, []).append(point)
        return {at: self._minute(at, found) for at, found in by_minute.items()}

    def _minute(self, at: datetime, points: Sequence[Point]) -> RequestMinute:
        routes = self.routes
        return RequestMinute(
            at,
            requests=sum(one.sketch.count for one in points),
            failed=sum(p.sketch.count for p in points if is_error(p.labels)),
            attempts=merged([p.sketch for p in points if routes.is_attempt(*p.labels[:2])]),
            bookings=merged([p.sketch for p in points if routes.is_booked(p.labels)]),
        )

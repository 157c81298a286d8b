"""What will run out at the pace of the last days, and when: disk, memory, connections, time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.numerics.trend_line import steady_trend
from fullhouse.observability.gauges import HOUR, MINUTE, GaugeName, GaugeValue, gauge_values
from fullhouse.observability.limits import (
    CONNECTIONS_SHARE_MAX,
    MEMORY_FREE_SHARE_UNHEALTHY,
    QUEUE_DEPTH_MAX,
    TREND_AVERTED_SHARE,
    TREND_COVERED_SHARE_MIN,
    TREND_KEPT_HOURS,
)
from fullhouse.observability.objectives import BOOKING_SECONDS, QUEUE_SECONDS
from fullhouse.storage.database import Session
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN

_HOURS_TOLD_MAX: Final = 48
_MONTH: Final = timedelta(weeks=4)
"""Four whole weeks, so that a week's ups and downs are no trend."""
_FOUR_DAYS: Final = timedelta(days=4)


class TrendRule(Struct, frozen=True):
    """Values of `span` that reach `threshold` within `horizon` are told; `text` has the time."""

    gauge: GaugeName
    threshold: float
    span: timedelta
    horizon: timedelta
    text: str
    period_seconds: int = HOUR


class Trend(Struct, frozen=True):
    """A gauge that goes steadily to a threshold, `way` from it, and reaches it in `left`."""

    gauge: GaugeName
    subject: str
    left: timedelta
    text: str
    threshold: float
    way: float

    @property
    def key(self) -> tuple[GaugeName, str]:
        return self.gauge, self.subject


TRENDS: Final = (
    TrendRule(
        GaugeName.DISK_FREE,
        DISK_FREE_BYTES_MIN,
        timedelta(hours=2),
        timedelta(hours=12),
        "The disk of {subject} is full in about {left}.",
        MINUTE,
    ),
    TrendRule(
        GaugeName.DISK_FREE,
        DISK_FREE_BYTES_MIN,
        _FOUR_DAYS,
        timedelta(days=10),
        "The disk of {subject} is full in about {left}.",
    ),
    TrendRule(
        GaugeName.MEMORY_FREE,
        MEMORY_FREE_SHARE_UNHEALTHY,
        _FOUR_DAYS,
        timedelta(days=4),
        "The memory of {subject} is used up in about {left}.",
    ),
    TrendRule(
        GaugeName.CONNECTIONS,
        CONNECTIONS_SHARE_MAX,
        _MONTH,
        timedelta(days=14),
        "The database has no connections left in about {left}.",
    ),
    TrendRule(
        GaugeName.BOOKING_P95,
        BOOKING_SECONDS.warning or BOOKING_SECONDS.target,
        _MONTH,
        timedelta(days=14),
        "Booking becomes slower: 5 of 100 attempts take too long in about {left}.",
    ),
    TrendRule(
        GaugeName.QUEUE_AGE,
        QUEUE_SECONDS.warning or QUEUE_SECONDS.target,
        _MONTH,
        timedelta(days=14),
        "Jobs wait longer each week: they are late in about {left}.",
    ),
    TrendRule(
        GaugeName.QUEUE_DEPTH,
        QUEUE_DEPTH_MAX,
        _FOUR_DAYS,
        timedelta(days=4),
        "More jobs wait each day: the worker does not keep up in about {left}.",
    ),
)
"""The sooner first: of one gauge the first that is found is told."""


async def read_trends(session: Session, now: datetime) -> Sequence[Trend]:
    """What will run out, the first that does first."""
    found: dict[tuple[str, str], Trend] = {}
    for rule in TRENDS:
        values = await gauge_values(
            session,
            rule.gauge,
            since=now - rule.span,
            until=now,
            period_seconds=rule.period_seconds,
        )
        for trend in trends_in(rule, values, now):
            found.setdefault(trend.key, trend)
    return sorted(found.values(), key=lambda each: each.left)


def trends_in(rule: TrendRule, values: Sequence[GaugeValue], now: datetime) -> Iterator[Trend]:
    """One for each subject that reaches the threshold in time; `values` in the order of time."""
    by_subject: Mapping[str, list[tuple[float, float]]] = defaultdict(list)
    start = now - rule.span
    for one in values:
        by_subject[one.subject].append(((one.starts_at - start).total_seconds(), one.mean))
    for subject, points in by_subject.items():
        covered = points[-1][0] - points[0][0] + rule.period_seconds
        if covered < TREND_COVERED_SHARE_MIN * rule.span.total_seconds():
            continue
        line = steady_trend(points)
        seconds = None if line is None else line.seconds_until(rule.threshold)
        if line is None or seconds is None or not 0 < seconds <= rule.horizon.total_seconds():
            continue
        left = timedelta(seconds=seconds)
        text = rule.text.format(subject=subject or "the machine", left=time_left(left))
        way = abs(rule.threshold - line.value)
        yield Trend(rule.gauge, subject, left, text, rule.threshold, way)


@dataclass(slots=True)
class TrendMemory:
    """A trend that pauses is no new one: it is remembered for hours, unless it is averted."""

    _seen: dict[tuple[str, str], tuple[Trend, datetime]] = field(default_factory=dict)

    def trends(self) -> Sequence[Trend]:
        """Those that are found, and those that are remembered."""
        return [trend for trend, _ in self._seen.values()]

    def update(
        self, found: Sequence[Trend], latest: Mapping[tuple[str, str], float], now: datetime
    ) -> None:
        """Take in what was found now; `latest` are the newest values by name and subject."""
        self._seen |= {trend.key: (trend, now) for trend in found}
        self._seen = {
            key: (trend, at)
            for key, (trend, at) in self._seen.items()
            if now - at < timedelta(hours=TREND_KEPT_HOURS)
            and not _is_averted(trend, latest.get(key))
        }


def _is_averted(trend: Trend, value: float | None) -> bool:
    """Whether it lies much further from the threshold than when the trend was found."""
    return value is not None and abs(value - trend.threshold) > TREND_AVERTED_SHARE * trend.way


def time_left(left: timedelta) -> str:
    """In words: hours up to two days, then days."""
    hours = max(1, round(left / timedelta(hours=1)))
    if hours > _HOURS_TOLD_MAX:
        return f"{round(hours / 24)} days"
    return "an hour" if hours == 1 else f"{hours} hours"

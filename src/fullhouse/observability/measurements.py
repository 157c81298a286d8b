"""What was measured, read: quantiles by label values over a span, and in steps for a chart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.limits import PERIODS
from fullhouse.observability.periods import period_for, period_start
from fullhouse.storage.database import Session

Labels = tuple[str, ...]
PROBES: Final = ("/readyz", "/api/health")
"""How the routes begin that are asked how it is: a 503 is what they have to say."""


def is_error(labels: Labels) -> bool:
    """Whether a request (method, route, status) ended in an error of ours."""
    return labels[-1].startswith("5") and not labels[1].startswith(PROBES)


class Point(Struct, frozen=True):
    """The durations of one step, which starts at `at`."""

    at: datetime
    labels: Labels
    sketch: QuantileSketch


class Counted(Struct, frozen=True):
    """How often something happened."""

    metric: str
    labels: Labels
    count: int


class _CountedRow(Struct, frozen=True):
    metric: str
    labels: str
    counted: int


class _Read(Struct, frozen=True):
    metric: str
    since: datetime
    until: datetime
    period_seconds: int
    step_seconds: int
    first_labels: Sequence[str] | None = None


class _Row(Struct, frozen=True):
    labels: str
    step_at: datetime
    seconds: float
    buckets: list[int]
    counts: list[int]

    def point(self) -> Point:
        counts = dict(zip(self.buckets, self.counts, strict=True))
        labels = msgspec.json.decode(self.labels, type=Labels)
        return Point(self.step_at, labels, QuantileSketch(counts, self.seconds))


async def durations_of(
    session: Session,
    metric: str,
    *,
    since: datetime,
    until: datetime,
    first_labels: Sequence[str] | None = None,
) -> Mapping[Labels, QuantileSketch]:
    """The durations of a metric by the values of its labels; `first_labels` chooses some.

    `since` is taken to the start of its period: ten seconds, a minute, an hour or a day, the longer
    the span, the longer.
    """
    period = period_for(until - since)
    step = PERIODS[-1] * 10_000
    read = _Read(metric, period_start(since, period), until, period, step, first_labels)
    points = await _points(session, read)
    return {point.labels: point.sketch for point in points}


async def durations_over_time(
    session: Session, metric: str, *, since: datetime, until: datetime, step_seconds: int
) -> Sequence[Point]:
    """The durations of a metric in steps of so many seconds, in their order: see `step_for`."""
    first, period = period_start(since, step_seconds), period_for(until - since, step_seconds)
    read = _Read(metric, first, until, period, step_seconds)
    return await _points(session, read)


async def counts_since(
    session: Session, metrics: Sequence[str], *, since: datetime
) -> Sequence[Counted]:
    """How often things happened, by metric and label values; at most a day ago.

    What has `ok` for its last label is left out: it went well, and there is much of it.
    """
    rows = await session.fetch(
        "observability.measured_counts",
        _CountedRow,
        metrics=list(metrics),
        period_seconds=PERIODS[0],
        since=since,
    )
    return [
        Counted(row.metric, msgspec.json.decode(row.labels, type=Labels), row.counted)
        for row in rows
    ]


async def _points(session: Session, read: _Read) -> Sequence[Point]:
    rows = await session.fetch("observability.measurements", _Row, **msgspec.structs.asdict(read))
    return [row.point() for row in rows]

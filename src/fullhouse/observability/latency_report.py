"""How long requests, queries, commits or jobs took in a span: each by name, and over time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.observability.limits import LATENCY_POINTS
from fullhouse.observability.measurements import durations_over_time
from fullhouse.observability.periods import period_start, step_for
from fullhouse.observability.slow_queries import SlowQuery, slow_queries
from fullhouse.observability.summaries import (
    LATENCY_SOURCES,
    LatencySource,
    Summary,
    summaries,
    summary_of,
)
from fullhouse.storage.database import Session


class LatencyReport(Struct, frozen=True):
    """What was measured from `since` to `until`; `steps` start every `step_seconds`.

    `total` and `steps` are of `name` alone where one is chosen, else of everything.
    """

    source: str
    name: str
    since: datetime
    until: datetime
    step_seconds: int
    total: Summary
    by_name: Sequence[Summary]
    steps: Sequence[QuantileSketch]
    slow: Sequence[SlowQuery]
    """The latest slow statements; of queries alone."""


async def latency_report(
    session: Session, source: str, *, name: str, span: timedelta, now: datetime
) -> LatencyReport:
    """Read what was measured in the `span` until now; an unknown name was never measured."""
    measured, since = LATENCY_SOURCES[source], now - span
    by_name = await summaries(session, measured, since=since, until=now)
    step, sketches = await _steps(session, measured, name, since=since, until=now)
    failed = sum(each.failed for each in by_name if name in {"", each.name})
    return LatencyReport(
        source=source,
        name=name,
        since=since,
        until=now,
        step_seconds=step,
        total=summary_of(name, merged(sketches), failed),
        by_name=by_name,
        steps=sketches,
        slow=await slow_queries(session) if source == "queries" else (),
    )


async def _steps(
    session: Session, source: LatencySource, name: str, *, since: datetime, until: datetime
) -> tuple[int, Sequence[QuantileSketch]]:
    step = step_for(until - since, LATENCY_POINTS)
    by_step: dict[datetime, list[QuantileSketch]] = defaultdict(list)
    points = await durations_over_time(
        session, source.metric, since=since, until=until, step_seconds=step
    )
    for point in points:
        if name in {"", source.read(point.labels).name}:
            by_step[point.at].append(point.sketch)
    first, length = period_start(since, step), timedelta(seconds=step)
    count = -((first - until) // length)
    return step, [merged(by_step[first + number * length]) for number in range(count)]

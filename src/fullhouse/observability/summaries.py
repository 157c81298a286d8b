"""How long each thing took, from what was measured: each route, statement and kind of job."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.observability.limits import SLOW_SECONDS, VERY_SLOW_SECONDS
from fullhouse.observability.measurements import Labels, durations_of, is_error
from fullhouse.storage.database import Session


class Summary(Struct, frozen=True):
    """The durations of one thing: counts, and seconds within 1 %."""

    name: str
    count: int
    slow: int
    very_slow: int
    failed: int
    mean: float
    p50: float
    p95: float
    p99: float
    total: float


class _Named(NamedTuple):
    name: str
    failed: bool = False


class LatencySource(Struct, frozen=True):
    """A metric by the word that people ask for it with, and what its labels say."""

    metric: str
    read: Callable[[Labels], _Named]


def _request(labels: Labels) -> _Named:
    method, route, _ = labels
    return _Named(f"{method} {route}", failed=is_error(labels))


def _query(labels: Labels) -> _Named:
    query, outcome = labels
    return _Named(query, failed=outcome != "ok")


def _service(labels: Labels) -> _Named:
    service, outcome = labels
    return _Named(service, failed=outcome == "failed")


LATENCY_SOURCES: Final[Mapping[str, LatencySource]] = {
    "requests": LatencySource("request_seconds", _request),
    "queries": LatencySource("query_seconds", _query),
    "commits": LatencySource(
        "ledger_commit_seconds", lambda labels: _Named(f"commit of {labels[0]}")
    ),
    "services": LatencySource("service_call_seconds", _service),
    "jobs": LatencySource("job_seconds", lambda labels: _Named(labels[0])),
}
"""What is measured, by its word in commands and addresses."""


async def summaries(
    session: Session, source: LatencySource, *, since: datetime, until: datetime
) -> Sequence[Summary]:
    """One for each thing that happened, what took most time in all first."""
    by_name: dict[str, list[QuantileSketch]] = defaultdict(list)
    failed: dict[str, int] = defaultdict(int)
    found = await durations_of(session, source.metric, since=since, until=until)
    for labels, sketch in found.items():
        name, is_failure = source.read(labels)
        by_name[name].append(sketch)
        failed[name] += sketch.count if is_failure else 0
    summed = [summary_of(name, merged(parts), failed[name]) for name, parts in by_name.items()]
    return sorted(summed, key=lambda each: -each.total)


def summary_of(name: str, sketch: QuantileSketch, failed: int) -> Summary:
    return Summary(
        name,
        count=sketch.count,
        slow=sketch.count_from(SLOW_SECONDS),
        very_slow=sketch.count_from(VERY_SLOW_SECONDS),
        failed=failed,
        mean=sketch.mean,
        p50=sketch.quantile(0.5),
        p95=sketch.quantile(0.95),
        p99=sketch.quantile(0.99),
        total=sketch.seconds,
    )

"""Every figure the program tells of itself, in Prometheus form, built once and handed down.

One process: `exposition(metrics.registry)`. Several (web workers and the job worker of one
installation): the one that starts them calls `shared_environment` and gives it to each before it
imports anything; their figures then live in files of that folder, and any of them answers for all.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from fullhouse.kernel.errors import FullhouseError

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
_GROUP: Final = (1, 2, 4, 8, 16, 32, 64)
_JOB_SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


M = TypeVar("M", Counter, Gauge, Histogram)


@dataclass(frozen=True, slots=True)
class Labelled(Generic[M]):
    """A metric with labels. What it has for each set of them is remembered.

    Finding it anew costs prometheus_client 1.3 µs under a lock, finding it here 0.2.
    """

    metric: M
    _known: dict[tuple[str, ...], M] = field(default_factory=dict)

    def labels(self, *values: str) -> M:
        found = self._known.get(values)
        if found is None:
            found = self._known[values] = self.metric.labels(*values)
        return found


@dataclass(frozen=True, slots=True)
class RouteMetrics:
    """Requests by method, route template and status; never by path, which guests choose."""

    seconds: Labelled[Histogram]
    timeouts: Labelled[Counter]

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self.seconds.labels(method, route, str(status)).observe(seconds)

    def timed_out(self, *, route: str, cause: str) -> None:
        """Count a request that was ended by its time limit; `cause` is `body` or `handler`."""
        self.timeouts.labels(route, cause).inc()


@dataclass(frozen=True, slots=True)
class QueryMetrics:
    """Named queries by outcome: `ok`, the code of the error, `cancelled`, or `error`."""

    seconds: Labelled[Histogram]

    def observe(self, query: str, seconds: float, error: BaseException | None) -> None:
        """Fits `storage.observation.ObserveQuery`."""
        self.seconds.labels(query, _outcome_of(error)).observe(seconds)


def _outcome_of(error: BaseException | None) -> str:
    match error:
        case None:
            return "ok"
        case FullhouseError():
            return error.code
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return "error"


@dataclass(frozen=True, slots=True)
class LedgerMetrics:
    """The committer: how large its groups are, how long they take, and what came out.

    `outcomes` is labelled by act and verdict.
    """

    group_size: Histogram
    commit_seconds: Histogram
    queue_depth: Gauge
    outcomes: Labelled[Counter]
    refused: Counter


class PoolState(Protocol):
    """What the database's gate says of itself; `refused` and `expired` since it opened."""

    @property
    def busy(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def expired(self) -> int: ...


@dataclass(slots=True)
class PoolMetrics:
    """The connections: in use, waited for, and refused."""

    busy: Gauge
    waiting: Gauge
    refused: Counter
    _seen: int = 0

    def report(self, state: PoolState) -> None:
        """Tell of the gate's present state; call it every few seconds."""
        self.busy.set(state.busy)
        self.waiting.set(state.waiting)
        refused = state.refused + state.expired
        self.refused.inc(max(0, refused - self._seen))
        self._seen = refused


@dataclass(frozen=True, slots=True)
class RelayMetrics:
    """The event relay, by subscriber: how far behind, how much done, how often it failed."""

    lag_events: Gauge
    lag_seconds: Gauge
    relayed: Labelled[Counter]
    failures: Counter


@dataclass(frozen=True, slots=True)
class JobMetrics:
    """Jobs by kind: their time, what came out, how many wait and how long the oldest has."""

    seconds: Labelled[Histogram]
    outcomes: Labelled[Counter]
    waiting: Gauge
    oldest_seconds: Gauge
    dead_letters: Gauge


@dataclass(frozen=True, slots=True)
class MessageMetrics:
    """Messages by kind and outcome: sent, kept, failed."""

    outcomes: Labelled[Counter]


@dataclass(frozen=True, slots=True)
class SharedMetrics:
    """Days of availability that were not in memory: found with another process, or missing."""

    days: Labelled[Counter]

    def observe(self, outcome: str, count: int) -> None:
        """Fits `booking.reads.shared_days.SharedDays.observe`."""
        self.days.labels(outcome).inc(count)


@dataclass(frozen=True, slots=True)
class Metrics:
    """All of them, on a registry of their own."""

    registry: CollectorRegistry
    routes: RouteMetrics
    queries: QueryMetrics
    ledger: LedgerMetrics
    pool: PoolMetrics
    relay: RelayMetrics
    jobs: JobMetrics
    messages: MessageMetrics
    shared: SharedMetrics


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes metrics named `fullhouse_…` on one registry; gauges of dead processes are dropped."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"fullhouse_{name}", words, labels, registry=self.registry)

    def total(self, name: str, words: str, *labels: str) -> Gauge:
        """A gauge whose value is the sum over processes."""
        return Gauge(
            f"fullhouse_{name}",
            words,
            labels,
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def latest(self, name: str, words: str, *labels: str) -> Gauge:
        """A gauge of something all processes share: the last one that looked is right."""
        return Gauge(
            f"fullhouse_{name}",
            words,
            labels,
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )

    def histogram(
        self, name: str, words: str, *labels: str, buckets: tuple[float, ...] = _SECONDS
    ) -> Histogram:
        return Histogram(
            f"fullhouse_{name}", words, labels, registry=self.registry, buckets=buckets
        )


def build_metrics() -> Metrics:
    """A fresh set; once a process, by `bootstrap`, and once a test."""
    make = _Builder()
    return Metrics(
        registry=make.registry,
        routes=RouteMetrics(
            Labelled(
                make.histogram("request_seconds", "Requests answered", "method", "route", "status")
            ),
            Labelled(
                make.counter("request_timeouts", "Requests ended by a time limit", "route", "cause")
            ),
        ),
        queries=QueryMetrics(
            Labelled(make.histogram("query_seconds", "Named queries", "query", "outcome"))
        ),
        ledger=_ledger(make),
        pool=PoolMetrics(
            busy=make.total("pool_busy", "Database connections in use"),
            waiting=make.total("pool_waiting", "Callers waiting for a database connection"),
            refused=make.counter("pool_refused", "Callers who got no database connection"),
        ),
        relay=_relay(make),
        jobs=_jobs(make),
        messages=MessageMetrics(Labelled(make.counter("messages", "Messages", "kind", "outcome"))),
        shared=SharedMetrics(
            Labelled(make.counter("shared_days", "Days looked for among the shared", "outcome"))
        ),
    )


def exposition(registry: CollectorRegistry) -> bytes:
    """The text of `/metrics`: of this process, or of all that share a folder with it."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    if folder is None:
        return generate_latest(registry)
    shared = CollectorRegistry()
    MultiProcessCollector(shared, path=folder)  # type: ignore[no-untyped-call]  # untyped upstream
    return generate_latest(shared)


def shared_environment(folder: Path) -> Mapping[str, str]:
    """Empty `folder` of earlier runs; the variables to give to every process that shares it."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in _files(folder):
        left.unlink(missing_ok=True)
    return {_FOLDER_VARIABLE: str(folder)}


def forget_process(pid: int, folder: Path) -> None:
    """Drop the gauges of a process that has ended; its counters stay in the sums."""
    mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]  # untyped upstream


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob("*.db")


def _ledger(make: _Builder) -> LedgerMetrics:
    return LedgerMetrics(
        group_size=make.histogram("ledger_group_commands", "Commands a commit", buckets=_GROUP),
        commit_seconds=make.histogram("ledger_commit_seconds", "Commits of the ledger"),
        queue_depth=make.total("ledger_queue_commands", "Commands waiting for the ledger"),
        outcomes=Labelled(make.counter("ledger_outcomes", "Commands decided", "act", "verdict")),
        refused=make.counter("ledger_refused", "Commands refused because the queue was full"),
    )


def _relay(make: _Builder) -> RelayMetrics:
    return RelayMetrics(
        lag_events=make.latest("relay_lag_events", "Events not yet relayed", "subscriber"),
        lag_seconds=make.latest("relay_lag_seconds", "Age of the oldest of them", "subscriber"),
        relayed=Labelled(make.counter("relay_events", "Events relayed", "subscriber", "kind")),
        failures=make.counter("relay_failures", "Batches that failed", "subscriber"),
    )


def _jobs(make: _Builder) -> JobMetrics:
    return JobMetrics(
        seconds=Labelled(make.histogram("job_seconds", "Jobs run", "kind", buckets=_JOB_SECONDS)),
        outcomes=Labelled(make.counter("job_outcomes", "Jobs ended", "kind", "outcome")),
        waiting=make.latest("jobs_waiting", "Effects due or leased", "kind"),
        oldest_seconds=make.latest("job_oldest_seconds", "How long the oldest is due", "kind"),
        dead_letters=make.latest("dead_letters", "Effects that failed for good", "kind"),
    )

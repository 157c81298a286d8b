"""Metrics in Prometheus form: a registry, and how several processes report as one.

Each part declares its own metrics as a `MetricSet` in its `metrics.py`. One process reports its own
values. Several processes (web workers and the job worker of one installation) share a folder: their
parent calls `shared_environment` and gives it to each before it imports anything; the values then
live in files of that folder, and any process reports the values of all.
"""

import fcntl
import os
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter as Tally
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from fullhouse.numerics.quantile_sketch import QuantileSketch, seconds_of

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)

TAKES_KEPT: Final = 6
"""Of what was taken of a metric of durations the latest parts are kept for who judges by them."""
_PID: Final = os.getpid()
_ENDED: Final = 0
"""In the place of a process in the names of files: no process has this number."""
if _FOLDER_VARIABLE in os.environ:
    # No process forks after this: to ask the system for each value took 4 % of a booking
    values.ValueClass = values.MultiProcessValue(lambda: _PID)  # type: ignore[no-untyped-call]  # untyped upstream

M = TypeVar("M", Counter, Gauge, Histogram)


@dataclass(frozen=True, slots=True)
class CachedLabels(Generic[M]):
    """A metric with labels that keeps its child of each combination of label values.

    `prometheus_client` takes a lock and 1.3 µs to find a child, this dictionary 0.2 µs.
    """

    metric: M
    _children: dict[tuple[str, ...], M] = field(default_factory=dict)

    def labels(self, *values: str) -> M:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self.metric.labels(*values)
        return child

    def children(self) -> Sequence[tuple[tuple[str, ...], M]]:
        """What there is by now."""
        return tuple(self._children.items())


class Measured(NamedTuple):
    """The durations of one metric with these label values over a time."""

    metric: str
    labels: tuple[str, ...]
    sketch: QuantileSketch


@dataclass(slots=True)
class Duration:
    """The durations of one combination of label values.

    Who measures adds to the sketch alone; the histogram, which costs five times as much, is brought
    up to date when it is read. At the bounds of its buckets it is as exact as the sketch.
    """

    _histogram: Histogram
    sketch: QuantileSketch = field(default_factory=QuantileSketch)
    _published: QuantileSketch = field(default_factory=QuantileSketch)

    def observe(self, seconds: float) -> None:
        self.sketch.add(seconds)

    def publish(self) -> None:
        """Add to the histogram what was observed since the last call."""
        before = self._published
        if self.sketch.counts == before.counts:
            return
        bounds, counters = self._histogram._upper_bounds, self._histogram._buckets  # noqa: SLF001
        more = Tally[int]()
        for key, count in self.sketch.counts.items():
            more[bisect_left(bounds, seconds_of(key))] += count - before.counts.get(key, 0)
        for bucket, count in more.items():
            counters[bucket].inc(count)
        self._histogram._sum.inc(self.sketch.seconds - before.seconds)  # noqa: SLF001
        self._published = QuantileSketch(dict(self.sketch.counts), self.sketch.seconds)

    def take(self) -> QuantileSketch:
        """What was observed since the last call."""
        self.publish()
        taken, self.sketch, self._published = self.sketch, QuantileSketch(), QuantileSketch()
        return taken


@dataclass(frozen=True, slots=True)
class Durations:
    """A metric of durations by label values; what its sketches hold is taken now and then."""

    name: str
    _histogram: Histogram
    _children: dict[tuple[str, ...], Duration] = field(default_factory=dict)
    _taken: deque[Sequence[Measured]] = field(default_factory=lambda: deque(maxlen=TAKES_KEPT))

    def labels(self, *values: str) -> Duration:
        child = self._children.get(values)
        if child is None:
            histogram = self._histogram.labels(*values) if values else self._histogram
            child = self._children[values] = Duration(histogram)
        return child

    def take(self) -> Sequence[Measured]:
        """What was observed since the last call."""
        taken = [
            Measured(self.name, labels, child.take())
            for labels, child in self._children.items()
            if child.sketch.counts
        ]
        self._taken.append(taken)
        return taken

    def publish(self) -> None:
        """Bring the histogram up to date."""
        for child in self._children.values():
            child.publish()

    def recent(self) -> Iterator[Measured]:
        """What was observed since the last call of `take`, and what the latest calls took."""
        for labels, child in self._children.items():
            if child.sketch.counts:
                yield Measured(self.name, labels, child.sketch)
        for taken in self._taken:
            yield from taken


_ONE: Final = 0
"""The bucket of what is counted and has no duration."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A counter by label values; what it counted is taken now and then, as of `Durations`.

    Nothing is added where it counts: the difference to the last time is taken.
    """

    name: str
    counter: CachedLabels[Counter]
    _before: dict[tuple[str, ...], int] = field(default_factory=dict)

    def take(self) -> Iterator[Measured]:
        """What was counted since the last call, as sketches without durations."""
        for labels, child in self.counter.children():
            counted = _value_of(child)
            if more := counted - self._before.get(labels, 0):
                self._before[labels] = counted
                yield Measured(self.name, labels, QuantileSketch({_ONE: more}))


def _value_of(counter: Counter) -> int:
    """What this process has counted."""
    (metric,) = counter.collect()
    return next(int(one.value) for one in metric.samples if one.name.endswith("_total"))


@dataclass(frozen=True, slots=True)
class MetricRegistry:
    """The metrics of one process; made once by `bootstrap`, and once by a test.

    Names get the prefix `fullhouse_`.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _sets: dict[type["MetricSet"], "MetricSet"] = field(default_factory=dict)
    _durations: list[Durations] = field(default_factory=list)
    _counts: list[Counts] = field(default_factory=list)

    def get(self, kind: type["S"]) -> "S":
        """The metrics of a part, registered at the first call."""
        found = self._sets.get(kind)
        if not isinstance(found, kind):
            found = self._sets[kind] = kind(self)
        return found

    def counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"fullhouse_{name}", description, labels, registry=self.registry)

    def gauge_of_sum(self, name: str, description: str, *labels: str) -> Gauge:
        """A gauge whose value is the sum over the live processes."""
        return Gauge(
            f"fullhouse_{name}",
            description,
            labels,
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def gauge_of_latest(self, name: str, description: str, *labels: str) -> Gauge:
        """A gauge of a state that all processes share: the latest measurement is right."""
        return Gauge(
            f"fullhouse_{name}",
            description,
            labels,
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )

    def histogram(
        self, name: str, description: str, *labels: str, buckets: tuple[float, ...] = _SECONDS
    ) -> Histogram:
        return Histogram(
            f"fullhouse_{name}", description, labels, registry=self.registry, buckets=buckets
        )

    def durations(
        self, name: str, description: str, *labels: str, buckets: tuple[float, ...] = _SECONDS
    ) -> Durations:
        """A histogram of seconds whose quantiles are kept too: see `take_measured`, `publish`."""
        durations = Durations(name, self.histogram(name, description, *labels, buckets=buckets))
        self._durations.append(durations)
        return durations

    def counts(self, name: str, description: str, *labels: str) -> CachedLabels[Counter]:
        """A counter whose counts are kept too; see `take_measured`."""
        counts = Counts(name, CachedLabels(self.counter(name, description, *labels)))
        self._counts.append(counts)
        return counts.counter

    def take_measured(self) -> Sequence[Measured]:
        """What was observed and counted in this process since the last call."""
        durations = [measured for each in self._durations for measured in each.take()]
        return [*durations, *(measured for each in self._counts for measured in each.take())]

    def publish(self) -> None:
        """Bring the histograms of durations up to date, before this process reports its values.

        The others that share its folder do so every second.
        """
        for durations in self._durations:
            durations.publish()


class MetricSet(ABC):
    """The metrics of one part."""

    @abstractmethod
    def __init__(self, registry: MetricRegistry) -> None:
        """Register each metric, once in the life of `registry`."""


S = TypeVar("S", bound=MetricSet)


def exposition(registry: CollectorRegistry) -> bytes:
    """The text of `/metrics`: of this process, or of all processes that share its folder.

    With several processes it takes a tenth of a second: for a thread, not for an event loop.
    """
    folder = os.environ.get(_FOLDER_VARIABLE)
    if folder is None:
        return generate_latest(registry)
    shared = CollectorRegistry()
    MultiProcessCollector(shared, path=folder)  # type: ignore[no-untyped-call]  # untyped upstream
    with _locked(Path(folder), fcntl.LOCK_SH):
        return generate_latest(shared)


def shared_environment(folder: Path) -> Mapping[str, str]:
    """Empty `folder` of earlier runs; the variables to give to every process that shares it."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in _files(folder):
        left.unlink(missing_ok=True)
    return {_FOLDER_VARIABLE: str(folder)}


def forget_process(pid: int, folder: Path) -> None:
    """Drop the gauges of a process that has ended, and add its counts to those of all such.

    Without that each restart would leave files that every later exposition reads.
    """
    mark_process_dead(pid, path=str(folder))  # type: ignore[no-untyped-call]  # untyped upstream
    with _locked(folder, fcntl.LOCK_EX):
        for kind in ("counter", "histogram", "gauge_mostrecent"):
            left = folder / f"{kind}_{pid}.db"
            if left.exists():
                _add(left, folder / f"{kind}_{_ENDED}.db", is_sum=kind != "gauge_mostrecent")
                left.unlink()


def _add(left: Path, ended: Path, *, is_sum: bool) -> None:
    """Add values to those of processes that have ended, or keep the latest."""
    kept = MmapedDict(str(ended))  # type: ignore[no-untyped-call]  # untyped upstream
    try:
        read = MmapedDict.read_all_values_from_file(str(left))  # type: ignore[no-untyped-call]
        for key, value, at, _ in read:
            before, before_at = kept.read_value(key)  # type: ignore[no-untyped-call]
            if is_sum:
                kept.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
            elif at >= before_at:
                kept.write_value(key, value, at)  # type: ignore[no-untyped-call]
    finally:
        kept.close()  # type: ignore[no-untyped-call]  # untyped upstream


@contextmanager
def _locked(folder: Path, mode: int) -> Iterator[None]:
    """Nobody reads while counts are in two files or in none."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, mode)
        yield


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob("*.db")

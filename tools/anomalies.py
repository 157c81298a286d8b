"""How well unusual values are found in labelled series, beside trivial ways to find them.

`python -m tools.anomalies FOLDER` reads a folder as that of the Numenta Anomaly Benchmark: series
as `*.csv` or `*.csv.gz` with columns `timestamp,value`, and `windows.json` with the spans in which
something was unusual. Each way chooses its threshold on one half of the series, and is counted on
the other half; both ways round, added up. An alarm lasts until nothing was unusual for a day. The
first 15 % of a series, at most 750 values, are for learning.

Beside them: each trivial way with the best threshold that there is, chosen with all labels known,
and no more alarms than the detector gave. Exit status 1 unless the detector is best in both.
"""

import csv
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf, sqrt
from pathlib import Path
from typing import Final, NamedTuple

from fullhouse.numerics.anomaly_detector import UNUSUAL, AnomalyDetector

Series = Sequence[tuple[datetime, float]]
Window = tuple[datetime, datetime]
Scores = Sequence[float]
_CALM: Final = timedelta(days=1)
_THRESHOLDS: Final = 200


class Labelled(NamedTuple):
    """A series with the spans in which something was unusual."""

    name: str
    values: Series
    windows: Sequence[Window]


class Outcome(NamedTuple):
    """Alarms, those that lie in a window, windows that have one, and all windows."""

    alarms: int
    right: int
    found: int
    windows: int

    @property
    def precision(self) -> float:
        return self.right / self.alarms if self.alarms else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.windows if self.windows else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def plus(self, other: "Outcome") -> "Outcome":
        return Outcome(*(a + b for a, b in zip(self, other, strict=True)))


def learning(series: Series) -> int:
    """How many values are for learning."""
    return min(750, int(0.15 * len(series)))


def detector(series: Series) -> Scores:
    """The one that watches installations."""
    watches = AnomalyDetector()
    return [watches.observe(at, value).score for at, value in series]


def static_threshold(series: Series) -> Scores:
    """By the largest value while learning."""
    largest = max(abs(value) for _, value in series[: learning(series)]) or 1.0
    return [value / largest for _, value in series]


def three_sigma(series: Series) -> Scores:
    """Standard deviations from the mean of all before."""
    total = squares = 0.0
    scores = []
    for count, (_, value) in enumerate(series, start=1):
        mean = total / max(1, count - 1)
        deviation = sqrt(max(0.0, squares / max(1, count - 1) - mean**2))
        scores.append(_ratio(abs(value - mean), deviation))
        total, squares = total + value, squares + value**2
    return scores


def last_value_change(series: Series) -> Scores:
    """The change from the value before, by the root mean square of all changes before."""
    return _by_changes(series, 1)


def seasonal_naive(series: Series) -> Scores:
    """The change from the value a day before, likewise."""
    steps = sorted(later - at for (at, _), (later, _) in pairwise(series))
    return _by_changes(series, max(1, round(_CALM / steps[len(steps) // 2])))


WAYS: Final[Mapping[str, Callable[[Series], Scores]]] = {
    "detector": detector,
    "static threshold": static_threshold,
    "3 sigma": three_sigma,
    "last value change": last_value_change,
    "seasonal naive": seasonal_naive,
}


def _by_changes(series: Series, lag: int) -> Scores:
    squares, scores = 0.0, [0.0] * lag
    for number in range(lag, len(series)):
        change = abs(series[number][1] - series[number - lag][1])
        scores.append(_ratio(change, sqrt(squares / max(1, number - lag))))
        squares += change**2
    return scores


def _ratio(value: float, unit: float) -> float:
    if unit > 0:
        return value / unit
    return inf if value > 0 else 0.0


def alarms_of(series: Series, scores: Scores, threshold: float) -> Iterator[datetime]:
    """When alarms begin; one lasts until nothing exceeded the threshold for a day."""
    latest = None
    for number in range(learning(series), len(series)):
        if scores[number] > threshold:
            at = series[number][0]
            if latest is None or at - latest > _CALM:
                yield at
            latest = at


def outcome_of(labelled: Sequence[Labelled], scores: Mapping[str, Scores], bound: float) -> Outcome:
    total = Outcome(0, 0, 0, 0)
    for one in labelled:
        alarms = list(alarms_of(one.values, scores[one.name], bound))
        hits = [[begin <= at <= end for begin, end in one.windows] for at in alarms]
        found = sum(any(hit[number] for hit in hits) for number in range(len(one.windows)))
        total = total.plus(Outcome(len(alarms), sum(map(any, hits)), found, len(one.windows)))
    return total


def best_threshold(
    labelled: Sequence[Labelled], scores: Mapping[str, Scores], alarms_max: float = inf
) -> float:
    """The one with the best F1 of those with at most so many alarms."""
    every = sorted((s for one in labelled for s in scores[one.name]), reverse=True)
    chosen = {every[int((len(every) - 1) * (n / _THRESHOLDS) ** 4)] for n in range(_THRESHOLDS)}
    best, threshold = -1.0, inf
    for bound in sorted(chosen | set(every[:_THRESHOLDS]), reverse=True):
        outcome = outcome_of(labelled, scores, bound)
        if outcome.alarms <= alarms_max and outcome.f1 > best:
            best, threshold = outcome.f1, bound
    return threshold


def held_out(labelled: Sequence[Labelled], scores: Mapping[str, Scores]) -> Outcome:
    """Thresholds of each half of the series, counted on the other."""
    halves = labelled[0::2], labelled[1::2]
    first = outcome_of(halves[1], scores, best_threshold(halves[0], scores))
    return first.plus(outcome_of(halves[0], scores, best_threshold(halves[1], scores)))


def read(folder: Path) -> Sequence[Labelled]:
    """The labelled series of a folder, in the order of their names."""
    windows = json.loads((folder / "windows.json").read_text())
    found = []
    for path in sorted((*folder.rglob("*.csv"), *folder.rglob("*.csv.gz"))):
        name = path.relative_to(folder).as_posix().removesuffix(".gz")
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            rows = list(csv.reader(file))[1:]
        values = [(datetime.fromisoformat(at), float(value)) for at, value in rows]
        spans = [
            (datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in windows.get(name, ())
        ]
        found.append(Labelled(name, values, spans))
    return found


def main(folder: Path) -> int:
    """Print the table; 0 when the detector is the best."""
    labelled = read(folder)
    windows = sum(len(one.windows) for one in labelled)
    sys.stdout.write(f"{len(labelled)} series, {windows} windows\n")
    by_way = {way: {one.name: score(one.values) for one in labelled} for way, score in WAYS.items()}
    outcomes = {way: held_out(labelled, scores) for way, scores in by_way.items()}
    _print("threshold of the other half", outcomes)
    alarms = outcomes["detector"].alarms
    at_best = {
        way: outcomes[way]
        if way == "detector"
        else outcome_of(labelled, scores, best_threshold(labelled, scores, alarms))
        for way, scores in by_way.items()
    }
    _print(f"at most {alarms} alarms, the others with the best threshold there is", at_best)
    as_set = outcome_of(labelled, by_way["detector"], UNUSUAL)
    _print(f"the detector with its own threshold, {UNUSUAL}", {"detector": as_set})
    return int({_best(outcomes), _best(at_best)} != {"detector"})


def _best(outcomes: Mapping[str, Outcome]) -> str:
    return max(outcomes, key=lambda way: outcomes[way].f1)


def _print(title: str, outcomes: Mapping[str, Outcome]) -> None:
    head = "alarms  right  precision  windows found  recall    F1"
    sys.stdout.write(f"\n{title}\n{'':<20} {head}\n")
    for way, one in outcomes.items():
        sys.stdout.write(
            f"{way:<20} {one.alarms:>6} {one.right:>6} {one.precision:>10.2f}"
            f" {one.found:>8} of {one.windows:<3} {one.recall:>7.2f} {one.f1:>5.2f}\n"
        )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""How unusual a value is: against the same hour of the weeks before, and against the one before it.

Two ratios, of which the larger counts. The distance from the level of the hour, by the distance
that one of a thousand values before exceeded: what is often far off is not told. And the jump from
the value before, by ten times the root mean square of the jumps before, or twice what is the
largest jump of that hour: what opens at ten each Thursday jumps then. So 1 is rare, and what lies
above `UNUSUAL` is told. What was tried and how well it does is decision 65.

Where a rush comes every week, that alone hides an hour without any: what lies so far off is seen
often. So of counts each whole hour is judged too, by the spread of its own hour of the week.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf, sqrt
from typing import Final, NamedTuple

from fullhouse.numerics.quantiles import median
from fullhouse.numerics.seasonal_baseline import SeasonalBaseline, seasonal_baseline

UNUSUAL: Final = 1.7
_QUANTILE: Final = 0.999
_JUMPS: Final = 10.0
_HOUR_JUMPS: Final = 2.0
_HOUR_SPREADS: Final = 6.0
"""Spreads from its level at which a whole hour is told."""
_HOURS_MIN: Final = 24
_HOURS_MAX: Final = 8 * 7 * 24
_VALUES_MIN: Final = 50
_VALUES_MAX: Final = _HOURS_MAX * 12
"""Eight weeks of a value every five minutes."""
_LEARN_EVERY: Final = timedelta(days=1)
_SPREAD_MIN: Final = 1e-3


class Unusual(NamedTuple):
    """How unusual a value is, and what is usual at its time."""

    score: float
    usual: float


class Shift(NamedTuple):
    """By how many spreads a day lies above what is usual, and how many times that it is."""

    score: float
    ratio: float


@dataclass(slots=True)
class AnomalyDetector:
    """Takes values in the order of time and learns from each after it has judged it.

    `least` is a distance that is never unusual, in the unit of the values; the distances that it
    remembers are at least that. With `rises_only` what lies below the level is not unusual. With
    `hour_spread`, the least spread of an hour's mean as a root, whole hours are judged too.
    """

    least: float = 1e-9
    rises_only: bool = False
    hour_spread: float | None = None
    _hours: deque[tuple[datetime, float]] = field(default_factory=lambda: deque(maxlen=_HOURS_MAX))
    _hour_jumps: deque[tuple[datetime, float]] = field(
        default_factory=lambda: deque(maxlen=_HOURS_MAX)
    )
    _hour: datetime | None = None
    _of_hour: list[float] = field(default_factory=list)
    _baseline: SeasonalBaseline | None = None
    _jumps: SeasonalBaseline | None = None
    """Of the largest jump of each hour."""
    _learnt_at: datetime | None = None
    _seen: deque[tuple[float, float]] = field(default_factory=deque)
    _distances: list[float] = field(default_factory=list)
    _squares: float = 0.0
    _before: float | None = None
    _hour_score: float = 0.0
    _largest_jump: float = 0.0

    @property
    def hours(self) -> int:
        """From how many hours it has learnt."""
        return len(self._hours)

    def observe(self, at: datetime, value: float) -> Unusual:
        """Judge a value, and learn it; the score is 0 while too little is known."""
        self._begin_hour(at)
        usual = value if self._baseline is None else self._baseline.at(at).value
        distance = abs(value - usual)
        jump = 0.0 if self._before is None else abs(value - self._before)
        score = 0.0
        if len(self._seen) >= _VALUES_MIN and not (self.rises_only and value <= usual):
            rare = max(distance / self._rare_distance(), jump / self._rare_jump(at))
            score = max(rare, self._hour_score)
        self._learn(value, distance, jump)
        return Unusual(score, usual)

    def shift(self) -> "Shift":
        """How far the last day lay off the levels of its hours: a single hour does not count."""
        baseline, day = self._baseline, list(self._hours)[-_HOURS_MIN:]
        if baseline is None or len(day) < _HOURS_MIN:
            return Shift(0.0, 1.0)
        usual = sum(baseline.at(at).value for at, _ in day)
        score = median([baseline.at(at).score(value) for at, value in day])
        return Shift(score, sum(value for _, value in day) / usual if usual else inf)

    def _begin_hour(self, at: datetime) -> None:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if self._hour is not None and hour != self._hour:
            self._end_hour(self._hour, sum(self._of_hour) / len(self._of_hour))
            is_due = self._learnt_at is None or hour - self._learnt_at >= _LEARN_EVERY
            if is_due and len(self._hours) >= _HOURS_MIN:
                least = self.hour_spread or _SPREAD_MIN
                self._baseline = seasonal_baseline(self._hours, spread_min=least)
                self._jumps = seasonal_baseline(self._hour_jumps, spread_min=least)
                self._learnt_at = hour
        self._hour = hour

    def _end_hour(self, hour: datetime, mean: float) -> None:
        self._hours.append((hour, mean))
        self._hour_jumps.append((hour, self._largest_jump))
        self._largest_jump = 0.0
        self._of_hour.clear()
        self._hour_score = 0.0
        if self._baseline is not None and self.hour_spread is not None:
            usual = self._baseline.at(hour)
            is_judged = mean > usual.value or not self.rises_only
            if is_judged and abs(mean - usual.value) > self.least:
                self._hour_score = abs(usual.score(mean)) * UNUSUAL / _HOUR_SPREADS

    def _rare_distance(self) -> float:
        return max(self.least, self._distances[int(_QUANTILE * len(self._distances))])

    def _rare_jump(self, at: datetime) -> float:
        usual = sqrt(max(0.0, self._squares) / len(self._seen))
        of_hour = 0.0 if self._jumps is None else _HOUR_JUMPS * self._jumps.at(at).value
        return max(self.least, _JUMPS * usual, of_hour)

    def _learn(self, value: float, distance: float, jump: float) -> None:
        self._before = value
        self._of_hour.append(value)
        if len(self._seen) == _VALUES_MAX:
            old_distance, old_jump = self._seen.popleft()
            del self._distances[bisect_left(self._distances, old_distance)]
            self._squares -= old_jump**2
        self._seen.append((distance, jump))
        insort(self._distances, distance)
        self._squares += jump**2
        self._largest_jump = max(self._largest_jump, jump)

"""What is usual at an hour of the week, from the weeks before: a level and a spread, both robust.

Values are compared as square roots, so that the spread of counts is the same at any level (Bartlett
1936, JRSS Supplement 3 (1)). The level is the median of the same hour of the week; with few of them
it is drawn to the median of the same hour of all days, and that to the median of all. The spread
is the median absolute deviation from the levels, of the same hour and of all likewise.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import copysign, sqrt
from typing import Final, NamedTuple

from fullhouse.numerics.quantiles import median

MAD_TO_SIGMA: Final = 1.4826
"""Of a normal distribution the standard deviation is so many times the MAD."""
DRAW: Final = 2.0
"""With so many values their median counts as much as that of the wider group."""
_Hour = tuple[int, int]


class Usual(NamedTuple):
    """What is usual at a time, in square roots."""

    level: float
    spread: float

    @property
    def value(self) -> float:
        return squared(self.level)

    def bound(self, spreads: float) -> float:
        """The value so many spreads above the level, or below it."""
        return squared(self.level + spreads * self.spread)

    def score(self, value: float) -> float:
        """How many spreads a value lies above the level; negative below."""
        return (rooted(value) - self.level) / self.spread


@dataclass(frozen=True, slots=True)
class _Medians:
    """By weekday and hour, by hour, and of all; each drawn to the next."""

    by_week: Mapping[_Hour, float]
    by_day: Mapping[int, float]
    whole: float

    def at(self, when: datetime) -> float:
        by_day = self.by_day.get(when.hour, self.whole)
        return self.by_week.get((when.weekday(), when.hour), by_day)


@dataclass(frozen=True, slots=True)
class SeasonalBaseline:
    """Levels and deviations by weekday and hour; an hour never seen has those of all."""

    levels: _Medians
    deviations: _Medians
    spread_min: float

    def at(self, when: datetime) -> Usual:
        """What is usual at the hour of `when`, in its own zone."""
        spread = MAD_TO_SIGMA * self.deviations.at(when)
        return Usual(self.levels.at(when), max(self.spread_min, spread))


def seasonal_baseline(
    values: Iterable[tuple[datetime, float]], *, spread_min: float
) -> SeasonalBaseline:
    """Of values, each with a time in its hour; `spread_min` is one of square roots."""
    roots = [(at, rooted(value)) for at, value in values]
    assert roots, "nothing has no baseline"
    levels = _medians(roots)
    off = [(at, abs(root - levels.at(at))) for at, root in roots]
    return SeasonalBaseline(levels, _medians(off), spread_min)


def _medians(values: Sequence[tuple[datetime, float]]) -> _Medians:
    by_week, by_day = defaultdict(list), defaultdict(list)
    for at, value in values:
        by_week[at.weekday(), at.hour].append(value)
        by_day[at.hour].append(value)
    whole = median([value for _, value in values])
    of_day = {hour: _drawn(found, whole) for hour, found in by_day.items()}
    of_week = {key: _drawn(found, of_day[key[1]]) for key, found in by_week.items()}
    return _Medians(of_week, of_day, whole)


def _drawn(values: Sequence[float], wider: float) -> float:
    """Their median, drawn to that of a wider group: half at `DRAW` values, a 17th at four times."""
    own, drawn = len(values) ** 2, DRAW**2
    return (own * median(values) + drawn * wider) / (own + drawn)


def rooted(value: float) -> float:
    """The square root, with the sign of the value."""
    return copysign(sqrt(abs(value)), value)


def squared(root: float) -> float:
    """What `rooted` undoes."""
    return copysign(root * root, root)

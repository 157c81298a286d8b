"""Whether values go steadily one way, and when they will reach a threshold at that pace.

A robust slope alone is no trend: a step, a wave and a value that settles have one too. So the
medians of the four quarters of the span must all go that way, none of them most of the way, and the
spread around the line must be small beside it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from fullhouse.numerics.quantiles import median
from fullhouse.numerics.robust_slope import theil_sen

Point = tuple[float, float]
POINTS_MIN: Final = 12
QUARTERS: Final = 4
STEP_SHARE_MIN: Final = 0.2
"""Of the way from the first quarter to the last each of the three steps makes at least this."""
STEP_SHARE_MAX: Final = 0.55
NOISE_MAX: Final = 0.5
"""The spread around the line, in steps: with more nothing can be said."""
_PAIRS_MAX: Final = 200
"""Points of which all pairs are looked at; of more, evenly chosen ones."""


class TrendLine(NamedTuple):
    """Values at times in seconds: `value` at the last time, and how much it grows a second."""

    value: float
    slope: float

    def seconds_until(self, threshold: float) -> float | None:
        """Until the line reaches it; None where it moves away from it."""
        way = threshold - self.value
        if self.slope == 0 or (way != 0 and (way > 0) != (self.slope > 0)):
            return None
        return way / self.slope


def steady_trend(points: Sequence[Point]) -> TrendLine | None:
    """The line of points (time, value) in the order of time; None where they go no steady way."""
    if len(points) < POINTS_MIN or not _is_steady(points):
        return None
    chosen = points[:: -(-len(points) // _PAIRS_MAX)]
    slope = theil_sen([at for at, _ in chosen], [value for _, value in chosen]).estimate
    last = points[-1][0]
    at_end = [value + slope * (last - at) for at, value in points]
    line = TrendLine(median(at_end), slope)
    span = last - points[0][0]
    noise = median([abs(value - line.value) for value in at_end])
    return line if noise <= NOISE_MAX * abs(slope) * span / (QUARTERS - 1) else None


def _is_steady(points: Sequence[Point]) -> bool:
    first, last = points[0][0], points[-1][0]
    length = (last - first) / QUARTERS
    quarters: list[list[float]] = [[] for _ in range(QUARTERS)]
    for at, value in points:
        quarters[min(QUARTERS - 1, int((at - first) / length))].append(value)
    if min(map(len, quarters)) < POINTS_MIN // QUARTERS:
        return False
    levels = [median(values) for values in quarters]
    way = levels[-1] - levels[0]
    if way == 0:
        return False
    steps = [(later - level) / way for level, later in pairwise(levels)]
    return min(steps) >= STEP_SHARE_MIN and max(steps) <= STEP_SHARE_MAX

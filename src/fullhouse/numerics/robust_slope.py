"""The slope of a line through points of which some are wrong."""

from collections.abc import Sequence
from math import ceil, floor, sqrt
from typing import Final, NamedTuple

_Z: Final = 1.96
"""Of the normal distribution for 95 %, two-sided."""


class Slope(NamedTuple):
    """The slope, and between what it lies with a probability of 95 %."""

    estimate: float
    lowest: float
    highest: float


def theil_sen(xs: Sequence[float], ys: Sequence[float]) -> Slope:
    """The median of the slopes between all pairs of points: up to 29 % of them may be anything.

    Theil (1950); Sen (1968, JASA 63 (324): 1379-1389), whose interval takes the slopes of the ranks
    (N -+ z sqrt(n (n - 1) (2 n + 5) / 18)) / 2 of N. Pairs of one x have no slope. Without a slope
    all is 0. The time it takes grows with the square of the points: 100 of them take 2 ms.
    """
    assert len(xs) == len(ys)
    points = range(len(xs))
    slopes = sorted(
        (ys[b] - ys[a]) / (xs[b] - xs[a]) for a in points for b in points[a + 1 :] if xs[a] != xs[b]
    )
    count = len(slopes)
    if not count:
        return Slope(0.0, 0.0, 0.0)
    n, middle = len(xs), count // 2
    spread = _Z * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    lowest = max(0, floor((count - spread) / 2))
    highest = min(count - 1, ceil((count + spread) / 2))
    estimate = slopes[middle] if count % 2 else (slopes[middle - 1] + slopes[middle]) / 2
    return Slope(estimate, slopes[lowest], slopes[highest])

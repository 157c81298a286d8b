"""Arrival curves: total and peak are exact, and the same seed gives the same curve."""

from math import exp
from random import Random

from fullhouse.numerics.apportionment import apportion

Arrivals = tuple[float, ...]
"""Seconds after the start, in order; each is one customer."""


def on_sale(*, total: int, peak: int, seconds: int, seed: int) -> Arrivals:
    """The opening of a sale: a steep rise, one busiest second, a long irregular tail.

    Exactly `total` customers arrive within `seconds`, exactly `peak` in the busiest whole second
    and at most `peak` in any other.
    """
    assert peak <= total <= peak * seconds, "the peak and the total contradict each other"
    random = Random(seed)  # noqa: S311 - a replayable curve, not a secret
    weights = [_opening(second) * random.uniform(0.85, 1.15) for second in range(seconds)]
    busiest = max(range(seconds), key=weights.__getitem__)
    others = [second for second in range(seconds) if second != busiest]
    shares = apportion(total - peak, [weights[second] for second in others], most=peak)
    counts = dict(zip(others, shares, strict=True)) | {busiest: peak}
    return tuple(
        sorted(second + random.random() for second, count in counts.items() for _ in range(count))
    )


def all_at_once(total: int) -> Arrivals:
    """All customers at the same instant."""
    return (0.0,) * total


def per_second(arrivals: Arrivals) -> list[int]:
    """The number of arrivals in each whole second, from the first on."""
    counts = [0] * (int(max(arrivals, default=0.0)) + 1)
    for arrival in arrivals:
        counts[int(arrival)] += 1
    return counts


def _opening(second: int) -> float:
    """A gamma-shaped rise and fall with its crest in the fourth second, above a steady stream."""
    rise = (second + 1) / 4
    return 0.22 + rise * rise * exp(2 * (1 - rise))

"""Quantiles of samples that are small enough to keep."""

from collections.abc import Sequence
from math import ceil


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the `ordered` values that at least `share` (0 to 1) of them do not exceed.

    Nearest rank (Hyndman and Fan 1996, type 1): always a value that was seen, never a mean of two.
    """
    assert ordered, "nothing has no quantiles"
    assert 0 < share <= 1
    return ordered[ceil(share * len(ordered)) - 1]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    assert values, "nothing has no median"
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2

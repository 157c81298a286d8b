"""Sharing out whole things by weights."""

import heapq
from collections.abc import Sequence


def apportion(total: int, weights: Sequence[float], *, most: int) -> list[int]:
    """`total` shared out by `weights` (all positive), nobody getting more than `most`.

    Highest averages (D'Hondt 1878): each next one goes where `weight / (had + 1)` is greatest, and
    to the first of equals. The shares always sum to `total`.
    """
    assert all(weight > 0 for weight in weights)
    assert 0 <= total <= most * len(weights), "more than everybody together may have"
    shares = [0] * len(weights)
    if most == 0:
        return shares
    queue = [(-weight, place) for place, weight in enumerate(weights)]
    heapq.heapify(queue)
    for _ in range(total):
        _, place = heapq.heappop(queue)
        shares[place] += 1
        if shares[place] < most:
            heapq.heappush(queue, (-weights[place] / (shares[place] + 1), place))
    return shares

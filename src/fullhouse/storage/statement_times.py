"""How long the statements of the last moments took, for whoever judges the database.

A statement adds one to a count and knows no clock: what watches takes the counts every few seconds
and has the new ones begin at nothing.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final

from msgspec import Struct

from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.storage.errors import OutcomeUnknown

_BOUNDS: Final[Sequence[float]] = tuple(2.0 ** (quarter / 4) for quarter in range(-48, 25))
"""Seconds, from a quarter of a millisecond to a minute: four steps a doubling, so 19 % apart."""


class StatementCounts(Struct, frozen=True):
    """Statements by the bound that they did not exceed, and those that failed."""

    counts: Sequence[int]
    failed: int

    @property
    def statements(self) -> int:
        return sum(self.counts)

    def quantile(self, share: float) -> float:
        """The bound that at least `share` of the statements did not exceed; 0 without any."""
        left = ceil(share * self.statements)
        for bound, count in zip(_BOUNDS, self.counts, strict=False):
            left -= count
            if left <= 0:
                return bound if self.statements else 0.0
        return _BOUNDS[-1]

    def slower_than(self, seconds: float) -> int:
        """How many took longer; exact where `seconds` is a power of two."""
        return sum(self.counts[bisect_left(_BOUNDS, seconds) + 1 :])


class StatementTimes:
    """Counts statements of this process since `take` was called last."""

    __slots__ = ("_counts", "_failed")

    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS) + 1)
        self._failed = 0

    def observe(self, seconds: float, error: BaseException | None) -> None:
        self._counts[bisect_left(_BOUNDS, seconds)] += 1
        if error is not None and is_database_failure(error):
            self._failed += 1

    def take(self) -> StatementCounts:
        taken = StatementCounts(tuple(self._counts), self._failed)
        self._counts, self._failed = [0] * (len(_BOUNDS) + 1), 0
        return taken


def is_database_failure(error: BaseException) -> bool:
    """Whether it is the database's, and neither the caller's nor a refusal by a rule."""
    if isinstance(error, FullhouseError):
        return isinstance(error, TransientError | OutcomeUnknown)
    return not isinstance(error, asyncio.CancelledError)


def together(taken: Iterable[StatementCounts]) -> StatementCounts:
    """The counts of several moments as those of one."""
    all_taken = tuple(taken)
    columns = zip(*(one.counts for one in all_taken), strict=True)
    return StatementCounts(tuple(map(sum, columns)), sum(one.failed for one in all_taken))

"""How long the statements of the last moments took, for whoever judges the database.

A statement adds one to a count and knows no clock: what watches takes the counts every few seconds
and has the new ones begin at nothing.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.storage.errors import OutcomeUnknown


@dataclass(slots=True)
class StatementTimes:
    """The durations of statements, and how many failed by the database's fault."""

    sketch: QuantileSketch = field(default_factory=QuantileSketch)
    failed: int = 0

    def observe(self, seconds: float, error: BaseException | None) -> None:
        self.sketch.add(seconds)
        if error is not None and is_database_failure(error):
            self.failed += 1

    def take(self) -> "StatementTimes":
        """What was observed since the last call."""
        taken = StatementTimes(self.sketch, self.failed)
        self.sketch, self.failed = QuantileSketch(), 0
        return taken


def is_database_failure(error: BaseException) -> bool:
    """Whether it is the database's, and neither the caller's nor a refusal by a rule."""
    if isinstance(error, FullhouseError):
        return isinstance(error, TransientError | OutcomeUnknown)
    return not isinstance(error, asyncio.CancelledError)


def together(taken: Iterable[StatementTimes]) -> StatementTimes:
    """The statements of several moments as those of one."""
    parts = tuple(taken)
    return StatementTimes(merged(one.sketch for one in parts), sum(one.failed for one in parts))

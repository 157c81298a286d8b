"""How long the statements of the last moments took, for whoever judges the database."""

from typing import Final

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    OutcomeUnknown,
)
from fullhouse.storage.metrics import UNFORESEEN, QueryMetrics

DATABASE_FAILURES: Final = frozenset(
    {
        DatabaseBusy.code,
        DatabaseFull.code,
        DatabaseUnavailable.code,
        OutcomeUnknown.code,
        UNFORESEEN,
    }
)
"""Outcomes that are the database's, and neither the caller's nor a refusal by a rule."""


class StatementTimes(Struct, frozen=True):
    """The durations of statements, and how many failed by the database's fault."""

    sketch: QuantileSketch
    failed: int


def recent_statements(metrics: QueryMetrics) -> StatementTimes:
    """Those of this process in the last minute, or in all its life when nobody keeps them."""
    measured = tuple(metrics.seconds.recent())
    failed = sum(one.sketch.count for one in measured if one.labels[-1] in DATABASE_FAILURES)
    return StatementTimes(merged(one.sketch for one in measured), failed)

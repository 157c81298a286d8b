"""Periods of measurements: where they start, and which are read for a span."""

from datetime import UTC, datetime, timedelta
from typing import Final

from fullhouse.observability.limits import PERIODS

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ROWS_A_SERIES_MAX: Final = 240


def period_start(at: datetime, seconds: int) -> datetime:
    """The start of the period of so many seconds that `at` lies in."""
    return _EPOCH + (at - _EPOCH) // timedelta(seconds=seconds) * timedelta(seconds=seconds)


def period_for(span: timedelta, step_seconds: int | None = None) -> int:
    """The seconds of the periods to read: the longest that shows every step.

    Without a step the span is read as one, from no more rows than needed.
    """
    if step_seconds is not None:
        return max(period for period in PERIODS if period <= max(step_seconds, PERIODS[0]))
    return next(
        (each for each in PERIODS if span <= timedelta(seconds=each * _ROWS_A_SERIES_MAX)),
        PERIODS[-1],
    )


def step_for(span: timedelta, points_max: int) -> int:
    """Seconds between the points of a chart of `span`: a multiple of the period that is read."""
    wanted = span.total_seconds() / points_max
    period = next((each for each in reversed(PERIODS) if each <= wanted), PERIODS[0])
    return max(1, round(wanted / period)) * period

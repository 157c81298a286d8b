"""How many bookings, requests or errors a minute are usual at an hour of the week.

Learnt from the hours of the weeks before, in UTC: an installation serves venues of several zones.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import hypot, sqrt
from typing import Final

from msgspec import Struct

from fullhouse.numerics.seasonal_baseline import SeasonalBaseline, Usual, seasonal_baseline
from fullhouse.observability.gauges import HOUR, MINUTE, GaugeName, gauge_values
from fullhouse.observability.limits import (
    EXPECTATION_HOURS_MIN,
    EXPECTATION_SPREADS,
    EXPECTATION_WEEKS,
)
from fullhouse.storage.database import Session

_POISSON_SPREAD: Final = 0.5
"""The standard deviation of the root of a Poisson count (Bartlett 1936)."""
HOUR_SPREAD: Final = _POISSON_SPREAD / sqrt(HOUR / MINUTE)
"""That of an hour's mean of counts a minute."""


class Expected(Struct, frozen=True):
    """What is usual a minute from `at` on: the level, and from where to where nobody wonders."""

    at: datetime
    value: float
    low: float
    high: float


class BookingRate(Struct, frozen=True):
    """Bookings a minute from `at` on; None where nobody watched, or too little is known."""

    at: datetime
    seen: float | None
    expected: Expected | None


async def bookings_against_expectation(
    session: Session, *, since: datetime, until: datetime, step_seconds: int
) -> Sequence[BookingRate]:
    """Bookings a minute in steps of whole minutes; `since` is the start of the first step.

    What is expected is learnt from before `since` alone. Minutes are kept for
    `GAUGE_MINUTES_KEPT_DAYS`, so longer ago steps are of an hour or more.
    """
    step = timedelta(seconds=step_seconds)
    period = HOUR if step_seconds >= HOUR else MINUTE
    found = await gauge_values(
        session, GaugeName.BOOKINGS, since=since, until=until, period_seconds=period
    )
    seen: dict[int, list[float]] = {}
    for each in found:
        seen.setdefault((each.starts_at - since) // step, []).append(each.mean)
    baseline = await baseline_of(session, GaugeName.BOOKINGS, until=since)
    rates = []
    for number in range(-((since - until) // step)):
        at, values = since + number * step, seen.get(number)
        mean = sum(values) / len(values) if values else None
        usual = None if baseline is None else baseline.at(at)
        expected = None if usual is None else _expected(at, usual, step_seconds / MINUTE)
        rates.append(BookingRate(at, mean, expected))
    return rates


async def baseline_of(
    session: Session, name: GaugeName, *, until: datetime
) -> SeasonalBaseline | None:
    """What is usual, from the weeks before `until`; None while too little was seen."""
    since = until - timedelta(weeks=EXPECTATION_WEEKS)
    found = await gauge_values(session, name, since=since, until=until)
    if len(found) < EXPECTATION_HOURS_MIN:
        return None
    return seasonal_baseline([(one.starts_at, one.mean) for one in found], spread_min=HOUR_SPREAD)


def _expected(at: datetime, usual: Usual, minutes: float) -> Expected:
    """The shorter the step, the more chance is in it."""
    chance = _POISSON_SPREAD / sqrt(minutes)
    wide = Usual(usual.level, hypot(usual.spread, chance))
    return Expected(
        at,
        usual.value,
        max(0.0, wide.bound(-EXPECTATION_SPREADS)),
        wide.bound(EXPECTATION_SPREADS),
    )

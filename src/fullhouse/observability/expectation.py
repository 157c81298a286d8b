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


async def baseline_of(
    session: Session, name: GaugeName, *, until: datetime
) -> SeasonalBaseline | None:
    """What is usual, from the weeks before `until`; None while too little was seen."""
    since = until - timedelta(weeks=EXPECTATION_WEEKS)
    found = await gauge_values(session, name, since=since, until=until)
    if len(found) < EXPECTATION_HOURS_MIN:
        return None
    return seasonal_baseline([(one.starts_at, one.mean) for one in found], spread_min=HOUR_SPREAD)


def expected_a_minute(
    baseline: SeasonalBaseline, moments: Sequence[datetime]
) -> Sequence[Expected]:
    """What is usual in a minute that starts at each of the moments."""
    return [_expected(at, baseline.at(at)) for at in moments]


def _expected(at: datetime, usual: Usual) -> Expected:
    """In a minute is more chance than in an hour."""
    wide = Usual(usual.level, hypot(usual.spread, _POISSON_SPREAD))
    return Expected(
        at,
        usual.value,
        max(0.0, wide.bound(-EXPECTATION_SPREADS)),
        wide.bound(EXPECTATION_SPREADS),
    )

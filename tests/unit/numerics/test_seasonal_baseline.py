"""What is usual at an hour of the week is learnt from the weeks before, whatever one was."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from fullhouse.numerics.seasonal_baseline import SeasonalBaseline, seasonal_baseline

MONDAY = datetime(2027, 5, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usual_at(when: datetime) -> float:
    """Many on Saturdays, few at night."""
    of_day = 20.0 if 9 <= when.hour < 18 else 1.0
    return of_day * (4 if when.weekday() == 5 else 1)


def learnt(weeks: int, *, spoiled: int = 0, seed: int = 1) -> SeasonalBaseline:
    random = Random(seed)  # noqa: S311 - not a secret
    hours = [MONDAY + number * HOUR for number in range(weeks * 168)]
    values = [(at, max(0.0, random.gauss(usual_at(at), usual_at(at) ** 0.5 / 8))) for at in hours]
    for number in random.sample(range(len(values)), spoiled):
        values[number] = hours[number], 5_000.0
    return seasonal_baseline(values, spread_min=0.06)


@pytest.mark.parametrize("spoiled", [0, 60])
def test_each_hour_of_the_week_has_its_own_level_whatever_single_hours_were(spoiled: int) -> None:
    baseline = learnt(8, spoiled=spoiled)
    for hour in range(168):
        when = MONDAY + timedelta(weeks=9) + hour * HOUR
        assert baseline.at(when).value == pytest.approx(usual_at(when), rel=0.35, abs=0.3)
    saturday = baseline.at(MONDAY + timedelta(weeks=9, days=5, hours=11))
    assert abs(saturday.score(80)) < 3
    assert saturday.score(20) < -8, "usual on a weekday, unusual on a Saturday"
    assert saturday.bound(-3) < 80 < saturday.bound(3)
    assert saturday.bound(3) < 130


def test_with_few_weeks_an_hour_is_drawn_to_that_of_all_days() -> None:
    saturday = MONDAY + timedelta(weeks=9, days=5, hours=11)
    once, often = learnt(1).at(saturday).value, learnt(8).at(saturday).value
    assert 20 < once < 60 < often
    few = seasonal_baseline([(MONDAY, 4.0), (MONDAY + HOUR, 9.0)], spread_min=0.06)
    assert few.at(MONDAY + 5 * HOUR).value == pytest.approx(6.25, abs=0.3), (
        "an hour that was never seen"
    )
    assert few.at(MONDAY + 25 * HOUR).value > few.at(MONDAY + 24 * HOUR).value

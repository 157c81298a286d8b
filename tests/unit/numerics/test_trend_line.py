"""What goes steadily one way is told from steps, waves, noise and what settles."""

from collections.abc import Callable
from math import exp, pi, sin
from random import Random

import pytest

from fullhouse.numerics.trend_line import Point, steady_trend

HOURS = 96
_noise = Random(7)  # noqa: S311 - the same noise in every run
NOISE = [_noise.gauss(0, 1) for _ in range(HOURS)]


def points(value: Callable[[int], float]) -> list[Point]:
    return [(3_600.0 * hour, value(hour)) for hour in range(HOURS)]


@pytest.mark.parametrize(
    "value",
    [
        lambda hour: 100 - 0.5 * hour,
        lambda hour: 100 - 0.5 * hour + 3 * NOISE[hour],
        lambda hour: 100 - 0.5 * hour + 5 * sin(2 * pi * hour / 24),
        lambda hour: 5.0 if hour % 9 == 0 else 100 - 0.5 * hour,
    ],
    ids=["a line", "with noise", "with days", "with outliers"],
)
def test_the_time_left_is_that_of_a_steady_pace(value: Callable[[int], float]) -> None:
    line = steady_trend(points(value))
    assert line is not None
    left = line.seconds_until(0.0)
    assert left is not None
    assert left / 3_600 == pytest.approx(200 - HOURS + 1, rel=0.15)
    assert line.seconds_until(200.0) is None, "it moves away from that"
    assert line._replace(value=0.0).seconds_until(0.0) == 0


@pytest.mark.parametrize(
    "value",
    [
        lambda _hour: 100.0,
        lambda hour: 100 + 3 * NOISE[hour],
        lambda hour: 100 - 30 * (hour > 50),
        lambda hour: 100 - 30 * (hour > 40) - 5 * (hour > 80),
        lambda hour: 100 + 40 * sin(2 * pi * hour / 24),
        lambda hour: 100 - 40 * (1 - exp(-hour / 15)),
        lambda hour: 100 - 0.5 * min(hour, 70),
        lambda hour: 100 - 0.02 * hour + 5 * NOISE[hour],
    ],
    ids=["flat", "noise", "a step", "two steps", "days", "settling", "over", "hidden by noise"],
)
def test_nothing_is_foretold_of_what_goes_no_steady_way(value: Callable[[int], float]) -> None:
    assert steady_trend(points(value)) is None


def test_nothing_is_foretold_of_few_points() -> None:
    line = points(lambda hour: 100.0 - hour)
    assert steady_trend(line[:11]) is None
    assert steady_trend(line[:12]) is not None
    assert steady_trend([*line[:20], *line[-1:]]) is None, "hours that nobody watched"

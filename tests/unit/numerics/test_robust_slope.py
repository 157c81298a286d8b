"""The slope through points is right although some of them are wrong."""

from random import Random

import pytest

from fullhouse.numerics.robust_slope import theil_sen


def test_the_slope_of_a_line_is_exact() -> None:
    assert theil_sen([0, 1, 2, 3], [5, 7, 9, 11]) == (2, 2, 2)


def test_a_quarter_of_the_points_may_be_anything() -> None:
    random = Random(4)  # noqa: S311 - the same points again
    xs = [float(x) for x in range(80)]
    ys = [3 * x + random.gauss(0, 2) for x in xs]
    for wrong in random.sample(range(80), 20):
        ys[wrong] = random.uniform(-1e6, 1e6)
    slope = theil_sen(xs, ys)
    assert slope.estimate == pytest.approx(3, abs=0.1)
    assert slope.lowest < 3 < slope.highest


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    random = Random(5)  # noqa: S311 - the same points again
    xs = [float(x) for x in range(30)]
    held = 0
    for _ in range(200):
        slope = theil_sen(xs, [0.5 * x + random.gauss(0, 4) for x in xs])
        held += slope.lowest <= 0.5 <= slope.highest
    assert 0.9 < held / 200 < 0.99


@pytest.mark.parametrize("points", [([], []), ([1.0], [2.0]), ([1.0, 1.0], [2.0, 9.0])])
def test_points_without_a_line_have_no_slope(points: tuple[list[float], list[float]]) -> None:
    assert theil_sen(*points) == (0, 0, 0)

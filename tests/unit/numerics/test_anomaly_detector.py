"""Planted anomalies are found, ordinary weeks are not, and a broken detector fails these tests."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import pi, sin
from pathlib import Path
from random import Random

import pytest
from tools import anomalies

from fullhouse.numerics import anomaly_detector
from fullhouse.numerics.anomaly_detector import UNUSUAL, AnomalyDetector
from fullhouse.numerics.seasonal_baseline import SeasonalBaseline, seasonal_baseline

MONDAY = datetime(2027, 5, 3, tzinfo=UTC)
STEP = timedelta(minutes=10)
WEEK = 7 * 24 * 6
Plant = Callable[[int, float], float]


def season(weeks: int, plant: Plant, *, seed: int) -> list[tuple[datetime, float]]:
    """Bookings a minute: quiet nights, full Saturdays, a rush each Thursday at ten, and chance."""
    random = Random(seed)  # noqa: S311 - the same season in every run
    values = []
    for number in range(weeks * WEEK):
        at = MONDAY + number * STEP
        hour = at.hour + at.minute / 60
        level = max(0.1, 6 * sin(pi * (hour - 7) / 14)) * (2.5 if at.weekday() == 5 else 1)
        level += 40 if at.weekday() == 3 and 10 <= hour < 10.5 else 0
        seen = max(0.0, random.gauss(level, (level / 10) ** 0.5))
        values.append((at, plant(number, seen)))
    return values


def ordinary(_number: int, seen: float) -> float:
    return seen


def told(values: Sequence[tuple[datetime, float]], *, rises_only: bool = False) -> list[int]:
    """The numbers of the values that are unusual after three weeks."""
    detector = AnomalyDetector(0.5, rises_only=rises_only, hour_spread=0.0645)
    scores = [detector.observe(at, value).score for at, value in values]
    return [number for number, score in enumerate(scores) if number > 3 * WEEK and score > UNUSUAL]


AT_NOON = 4 * WEEK + 5 * 144 + 12 * 6
"""Of the Saturday of the fifth week."""
PLANTED: dict[str, Plant] = {
    "nobody can book": lambda number, seen: 0.0 if 0 <= number - AT_NOON < 12 else seen,
    "a newspaper": lambda number, seen: 6 * seen if 0 <= number - AT_NOON < 12 else seen,
    "a single burst": lambda number, seen: 150.0 if number == AT_NOON else seen,
    "a robot at night": lambda number, seen: seen + 90 * (0 <= number - AT_NOON - 60 < 6),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found_within_the_hour(plant: Plant, seed: int) -> None:
    found = told(season(5, plant, seed=seed))
    first = next(n for n in range(5 * WEEK) if plant(n, 1.0) != 1.0)
    assert found, "it is found"
    assert 0 <= found[0] - first <= 6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thirty_ordinary_days_have_nothing_unusual(seed: int) -> None:
    assert told(season(8, ordinary, seed=seed)) == []


def test_what_is_too_little_or_only_falls_is_not_told() -> None:
    quiet = [(at, value / 1_000) for at, value in season(5, PLANTED["a newspaper"], seed=1)]
    assert told(quiet) == []
    assert told(season(5, PLANTED["nobody can book"], seed=1), rises_only=True) == []


def test_a_day_off_its_level_is_seen_and_an_ordinary_one_is_not() -> None:
    detector, shifts = AnomalyDetector(0.5), []
    doubled = season(5, lambda number, seen: 2 * seen if number >= AT_NOON - 72 else seen, seed=1)
    for number, (at, value) in enumerate(doubled):
        detector.observe(at, value)
        if number > 3 * WEEK:
            shifts.append((number, detector.shift()))
    ordinary_days = [abs(shift.score) for number, shift in shifts if number < AT_NOON - 72]
    assert max(ordinary_days) < 3
    score, ratio = dict(shifts)[AT_NOON + 72]
    assert score > 3
    assert ratio == pytest.approx(2, abs=0.3)


def test_a_detector_that_forgets_the_hour_fails_these_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without_hours(
        values: Iterator[tuple[datetime, float]], *, spread_min: float
    ) -> SeasonalBaseline:
        return seasonal_baseline([(MONDAY, value) for _, value in values], spread_min=spread_min)

    monkeypatch.setattr(anomaly_detector, "seasonal_baseline", without_hours)
    found = told(season(5, PLANTED["nobody can book"], seed=1))
    assert not found or not 0 <= found[0] - AT_NOON <= 6


def test_values_of_two_months_are_remembered_and_no_more() -> None:
    detector = AnomalyDetector()
    for number in range(20_000):
        detector.observe(MONDAY + number * timedelta(minutes=5), float(number % 7))
    assert detector.hours == 8 * 7 * 24
    assert len(detector._distances) == len(detector._seen) == 8 * 7 * 24 * 12
    assert detector._distances == sorted(each for each, _ in detector._seen)


def test_the_evaluation_counts_alarms_and_windows_and_compares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    windows = {}
    for number, (name, plant) in enumerate(list(PLANTED.items())[1:3]):
        hourly = season(5, plant, seed=number)[::6]
        lines = [f"{at:%Y-%m-%d %H:%M:%S},{value}" for at, value in hourly]
        text = "\n".join(["timestamp,value", *lines])
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
        begin = MONDAY + (AT_NOON - 6) * STEP
        span = f"{begin:%Y-%m-%d %H:%M:%S}", f"{begin + timedelta(hours=15):%Y-%m-%d %H:%M:%S}"
        windows[f"{name}.csv"] = [span]
    (tmp_path / "windows.json").write_text(json.dumps(windows))
    status = anomalies.main(tmp_path)
    printed = capsys.readouterr().out
    assert printed.startswith("2 series, 2 windows\n")
    assert printed.count("\ndetector  ") == printed.count("last value change") + 1 == 3
    assert status in {0, 1}
    series = anomalies.read(tmp_path)[0]
    scores = {series.name: [float(number == AT_NOON // 6) for number in range(len(series.values))]}
    assert anomalies.outcome_of([series], scores, 0.5) == (1, 1, 1, 1)
    early = {series.name: [float(number == WEEK // 2) for number in range(len(series.values))]}
    assert anomalies.outcome_of([series], early, 0.5) == (1, 0, 0, 1)

"""What will run out is told in time, and an ordinary season foretells nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from math import pi, sin
from random import Random

import pytest

from fullhouse.observability.gauges import GaugeName, GaugeValue
from fullhouse.observability.trends import (
    TRENDS,
    Trend,
    TrendMemory,
    TrendRule,
    time_left,
    trends_in,
)

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
GIB = 1024.0**3
DISK_IN_HOURS, DISK_IN_DAYS = TRENDS[0], TRENDS[1]


def values(
    rule: TrendRule, value: Callable[[float], float], *, now: datetime = NOW, subject: str = "web-1"
) -> Sequence[GaugeValue]:
    """`value` by days before now, for each period of the rule's span."""
    period = timedelta(seconds=rule.period_seconds)
    found = []
    for number in range(rule.span // period, 0, -1):
        seen = value(-number * period / timedelta(days=1))
        found.append(GaugeValue(subject, now - number * period, seen, seen, seen))
    return found


def foretold(rule: TrendRule, value: Callable[[float], float]) -> list[Trend]:
    return list(trends_in(rule, values(rule, value), NOW))


def test_a_disk_that_fills_is_told_with_the_days_that_are_left() -> None:
    (trend,) = foretold(DISK_IN_DAYS, lambda day: 9.5 * GIB - 3 * GIB * day)
    assert trend.text == "The disk of web-1 is full in about 3 days."
    assert trend.left / timedelta(days=1) == pytest.approx(3, abs=0.05)
    (soon,) = foretold(DISK_IN_HOURS, lambda day: 10.5 * GIB - 24 * 2 * GIB * day)
    assert soon.text == "The disk of web-1 is full in about 5 hours."
    assert foretold(DISK_IN_DAYS, lambda day: 9.5 * GIB - 0.5 * GIB * day) == [], "in 18 days"
    assert foretold(DISK_IN_DAYS, lambda day: 9.5 * GIB + 3 * GIB * day) == [], "it empties"
    assert foretold(DISK_IN_DAYS, lambda day: -1.0 * day) == [], "it is full: another alert's"


@pytest.mark.parametrize("rule", TRENDS[2:], ids=lambda rule: rule.gauge.value)
def test_each_gauge_that_goes_to_its_threshold_is_told(rule: TrendRule) -> None:
    start = rule.threshold / 3 if rule.gauge is not GaugeName.MEMORY_FREE else 0.5
    pace = (rule.threshold - start) / (1.4 * rule.span / timedelta(days=1))
    (trend,) = foretold(rule, lambda day: start + pace * (day + rule.span / timedelta(days=1)))
    assert trend.left / rule.span == pytest.approx(0.4, abs=0.05)
    assert time_left(trend.left) in trend.text


def test_nothing_is_foretold_of_a_part_of_the_span_and_each_machine_has_its_own() -> None:
    fills = values(DISK_IN_DAYS, lambda day: 9.5 * GIB - 3 * GIB * day)
    assert list(trends_in(DISK_IN_DAYS, fills[20:], NOW)) == []
    calm = values(DISK_IN_DAYS, lambda _day: 9.5 * GIB, subject="web-2")
    assert [one.subject for one in trends_in(DISK_IN_DAYS, [*fills, *calm], NOW)] == ["web-1"]


def test_a_trend_that_pauses_is_remembered_and_one_that_is_averted_is_not() -> None:
    trends, memory = foretold(DISK_IN_DAYS, lambda day: 9.5 * GIB - 3 * GIB * day), TrendMemory()
    key = trends[0].key
    memory.update(trends, {key: 9.5 * GIB}, NOW)
    memory.update([], {key: 9.4 * GIB}, NOW + timedelta(hours=5))
    assert memory.trends() == trends
    memory.update([], {}, NOW + timedelta(hours=6))
    assert memory.trends() == []
    memory.update(trends, {key: 9.5 * GIB}, NOW)
    memory.update([], {key: 20 * GIB}, NOW + timedelta(minutes=10))
    assert memory.trends() == []


@pytest.mark.parametrize(
    ("left", "words"),
    [(0.2, "an hour"), (5.4, "5 hours"), (48, "48 hours"), (49, "2 days"), (240, "10 days")],
)
def test_time_left_is_told_as_people_say_it(left: float, words: str) -> None:
    assert time_left(timedelta(hours=left)) == words


def test_a_season_of_ordinary_days_foretells_nothing() -> None:
    """Days, weeks, on-sales, dumps that come and go, a restart, log rotation: thirty days each."""
    assert _told_in_a_season(*TRENDS) == []


def test_a_checker_without_steadiness_would_tell_of_ordinary_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fullhouse.numerics.trend_line._is_steady", lambda _points: True)
    monkeypatch.setattr("fullhouse.numerics.trend_line.NOISE_MAX", 100.0)
    assert _told_in_a_season(DISK_IN_HOURS) != []


def test_the_first_of_two_rules_of_a_gauge_is_the_one_that_looks_nearer() -> None:
    for rule, following in pairwise(TRENDS):
        assert rule.gauge != following.gauge or rule.horizon < following.horizon


def _told_in_a_season(*rules: TrendRule) -> list[str]:
    told = []
    for rule in rules:
        for hours in range(0, 30 * 24, 17):
            now = NOW + timedelta(hours=hours)
            value = partial(_ordinary, rule.gauge, hours / 24)
            seen = values(rule, value, now=now)
            told += [one.text for one in trends_in(rule, seen, now)]
    return told


def _ordinary(gauge: GaugeName, today: float, before: float) -> float:
    return _ordinary_at(gauge, round((today + before) * 1_440))


@cache
def _ordinary_at(gauge: GaugeName, minute: int) -> float:
    """An ordinary value of a gauge at a minute of the season."""
    day, noise = minute / 1_440, Random(minute).gauss(0, 1)  # noqa: S311 - ordinary noise
    weekend = 1.8 if int(day) % 7 in {5, 6} else 1.0
    busy = weekend * max(0.1, sin(pi * ((day % 1) * 24 - 7) / 13)) + 0.05 * noise
    rush = 6.0 if 0.41 < day % 1 < 0.45 and int(day) % 7 == 3 else 0.0
    return {
        # Logs of a week, a dump each night within an hour, and a gibibyte a month
        GaugeName.DISK_FREE: GIB
        * (16 - (day % 7) * 0.3 - (min(72 * (day % 1), 3) if day % 1 < 0.2 else 0) - day / 30)
        + 0.02 * GIB * noise,
        # Caches fill after a restart on the tenth day
        GaugeName.MEMORY_FREE: 0.4 - 0.1 * busy + (0.2 if 0 < day - 10 < 0.3 else 0),
        GaugeName.CONNECTIONS: 0.2 + 0.15 * busy + 0.1 * bool(rush),
        GaugeName.BOOKING_P95: 0.08 + 0.1 * busy + 0.1 * rush,
        GaugeName.QUEUE_AGE: max(0, 2 + 3 * busy + 7 * rush),
        GaugeName.QUEUE_DEPTH: max(0, 20 * busy + 400 * rush),
    }[gauge]

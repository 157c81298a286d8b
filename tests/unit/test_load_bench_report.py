"""The benchmark's report: medians, ratios, and a verdict that a failure cannot pass."""

from dataclasses import replace

import pytest

from fullhouse.capacity.bench.report import Pace, Pair, Report

GOOD_PACE = Pace(wanted=1500, per_second=1499, failed=0, p50_ms=4.0, p95_ms=9.0, p99_ms=14.0)


def a_report() -> Report:
    return Report(
        machine={"cores": "2"},
        load="wrk",
        rounds=5,
        seconds=3,
        many=Pair([3000, 3100, 10, 3050, 3060], [5000, 4900, 5100, 1, 9000]),
        one=Pair([4000] * 5, [1000] * 5),
        reads=Pair([6000] * 5, [10_000] * 5),
        pace=GOOD_PACE,
        acknowledged=10,
        stored=10,
        drained_seconds=[1.0],
    )


def test_a_ratio_is_of_medians_so_that_one_bad_round_decides_nothing() -> None:
    assert a_report().many.ratio == pytest.approx(3050 / 5000)
    assert a_report().ok


def test_a_target_that_is_missed_is_said() -> None:
    slow = replace(a_report(), one=Pair([2900] * 5, [1000] * 5))
    assert not slow.ok
    assert [line.reached for line in slow.lines] == [True, False, True]


def test_a_failed_request_is_never_well() -> None:
    failing = replace(a_report(), many=replace(a_report().many, failed=1))
    assert not failing.ok
    assert not replace(a_report(), pace=replace(GOOD_PACE, failed=1)).ok


def test_programs_read_every_round() -> None:
    facts = a_report().facts()
    many = facts["bookings_on_many_slots"]
    assert isinstance(many, dict)
    assert many["ratio"] == 0.61
    assert len(many["product_per_second"]) == len(many["yardstick_per_second"]) == 5

"""The report of the benchmark: medians, ratios, and failures that no ratio outweighs."""

import msgspec
import pytest

from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.capacity.bench.report import (
    BenchReport,
    Comparison,
    availability_reads,
    many_slots,
    one_slot,
)

PACED = LoadResult(succeeded=14_990, failed=0, seconds=10.0, p50_ms=4.0, p95_ms=9.0, p99_ms=14.0)


def rates(
    comparison: Comparison, product: list[float], baseline: list[float], *, failed: int = 0
) -> Comparison:
    return msgspec.structs.replace(comparison, product=product, baseline=baseline, failed=failed)


MANY = rates(many_slots(), [3000, 3100, 10, 3050, 3060], [5000, 4900, 5100, 1, 9000])


def a_report(
    *, many: Comparison = MANY, one_slot_rate: float = 4000, paced: LoadResult = PACED
) -> BenchReport:
    return BenchReport(
        machine={"cores": "2"},
        rounds=5,
        seconds=3,
        many=many,
        one=rates(one_slot(), [one_slot_rate] * 5, [1000] * 5),
        reads=rates(availability_reads(), [6000] * 5, [10_000] * 5),
        paced=paced,
        paced_per_second=1500,
        acknowledged=10,
        stored=10,
        drain_seconds=[1.0],
    )


def test_ratio_is_the_quotient_of_medians() -> None:
    assert a_report().many.ratio == pytest.approx(3050 / 5000)
    assert a_report().ok


def test_ratio_below_its_minimum_fails_the_report() -> None:
    slow = a_report(one_slot_rate=2900)
    assert not slow.ok
    assert [comparison.ok for comparison in slow.comparisons] == [True, False, True]


def test_failed_request_fails_the_report() -> None:
    assert not a_report(many=msgspec.structs.replace(MANY, failed=1)).ok
    assert not a_report(paced=msgspec.structs.replace(PACED, failed=1)).ok


def test_each_round_adds_rate_and_failures_of_the_product() -> None:
    comparison = many_slots()
    comparison.add(msgspec.structs.replace(PACED, failed=3))
    assert comparison.product == [1499.0]
    assert comparison.failed == 3


def test_json_report_holds_the_rates_of_every_round() -> None:
    many = a_report().to_dict()["bookings_on_many_slots"]
    assert isinstance(many, dict)
    assert many["ratio"] == 0.61
    assert len(many["product_per_second"]) == len(many["baseline_per_second"]) == 5

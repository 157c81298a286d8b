"""The report of the benchmark: medians, ratios, failures, and what the last run said."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fullhouse.capacity.bench.calls import CallCosts, Guards, Work, call_costs, calls_while_down
from fullhouse.capacity.bench.history import changes_since, read_last_run
from fullhouse.capacity.bench.load_client import LoadResult
from fullhouse.capacity.bench.load_tools import PacedBaseline
from fullhouse.capacity.bench.messages import MessageRates, best_rate
from fullhouse.capacity.bench.overload_client import OverloadResult
from fullhouse.capacity.bench.probe import ProbeResult
from fullhouse.capacity.bench.report import (
    BenchReport,
    Comparison,
    Overload,
    Tail,
    availability_reads,
    many_slots,
    one_slot,
)
from fullhouse.http.server.refusal_cost import refusal_microseconds
from fullhouse.kernel.clock import SystemClock

PACED = LoadResult(
    succeeded=14_990, failed=0, refused=0, seconds=10.0, p50_ms=4.0, p95_ms=9.0, p99_ms=14.0
)
REFUSED = msgspec.structs.replace(PACED, failed=50, refused=50, refusals=50, refused_p99_ms=1.5)
OVERLOAD = Overload(
    1_000,
    3_050.0,
    OverloadResult(23_000, 900, 0, 0, 30_000, 8.0, 700.0),
    REFUSED,
    ProbeResult(160, 0, 12.0),
)
MESSAGES = MessageRates(
    queued=6_000.0,
    rendered=900.0,
    booked_alone=[3_000.0, 3_100.0],
    booked_meanwhile=[3_000.0, 3_050.0],
)
CALLS = CallCosts(
    breaker=0.5, policy=15.0, cache_hit=2.5, watching=6.1, refusal=40.0, calls_while_down=260
)


def rates(
    comparison: Comparison, product: list[float], baseline: list[float], *, failed: int = 0
) -> Comparison:
    return msgspec.structs.replace(comparison, product=product, baseline=baseline, failed=failed)


MANY = rates(many_slots(), [3000, 3100, 10, 3050, 3060], [3125, 3100, 3200, 1, 9000])


def a_report(
    *,
    many: Comparison = MANY,
    one_slot_rate: float = 4000,
    paced: LoadResult = PACED,
    overload: Overload = OVERLOAD,
) -> BenchReport:
    return BenchReport(
        machine={"cores": "2", "load_before": "0.10"},
        rounds=5,
        seconds=3,
        many=many,
        one=rates(one_slot(), [one_slot_rate] * 5, [1000] * 5),
        reads=rates(availability_reads(), [9000] * 5, [10_000] * 5),
        tail=Tail(1500, [paced] * 3, [PacedBaseline(1500, 2.0, p99) for p99 in (5.0, 90.0, 7.0)]),
        overloads=[overload],
        calls=CALLS,
        messages=MESSAGES,
        acknowledged=10,
        stored=10,
        discarded=7,
    )


def ratios(report: BenchReport) -> dict[str, float]:
    return {figure.key: figure.ratio for figure in report.figures}


def test_each_figure_is_a_quotient_of_medians() -> None:
    report = a_report()
    assert report.ok
    assert ratios(report) == pytest.approx(
        {
            "many_slots": 3050 / 3125,
            "one_slot": 4,
            "reads": 0.9,
            "p99_at_half_rate": 2,
            "messages_queued": 2,
            "bookings_with_messages": 3025 / 3050,
            "goodput_1000": 23_000 / 8 / 3050,
            "refusal_p99_1000": 0.075,
            "livez_p99_1000": 0.6,
            "breaker_call": 1.0,
            "policy_call": 0.5,
            "cache_hit": 0.5,
            "refusal": 0.4,
            "amplification": 0.26,
            "watching": 6.1 * 3050 / 1e6,
        }
    )


def missed(report: BenchReport) -> list[str]:
    assert report.ok == (not any(not figure.ok for figure in report.figures))
    return [figure.key for figure in report.figures if not figure.ok]


def test_ratio_beyond_its_bound_fails_the_report() -> None:
    slow = msgspec.structs.replace(PACED, p99_ms=21.1)
    few = msgspec.structs.replace(OVERLOAD.result, booked=8_000)
    assert missed(a_report(one_slot_rate=2900)) == ["one_slot"]
    assert missed(a_report(paced=slow)) == ["p99_at_half_rate"]
    overload = msgspec.structs.replace(OVERLOAD, result=few, livez=ProbeResult(160, 3, 2000.0))
    assert missed(a_report(overload=overload)) == ["goodput_1000", "livez_p99_1000"]


def test_messages_must_be_queued_fast_and_cost_the_bookings_little() -> None:
    slow = msgspec.structs.replace(MESSAGES, queued=2_900.0, booked_meanwhile=[2_800.0, 2_900.0])
    report = msgspec.structs.replace(a_report(), messages=slow)
    assert missed(report) == ["messages_queued", "bookings_with_messages"]
    assert best_rate([0, 0, 900, 4_000, 4_000], polls=1) == 6_200, "a second, in the best half"
    assert best_rate([0, 0, 900, 4_000, 4_000], polls=4) == 2_000
    assert best_rate([7], polls=4) == 0


def test_failed_request_fails_the_report() -> None:
    assert missed(a_report(many=msgspec.structs.replace(MANY, failed=1))) == ["many_slots"]
    paced = msgspec.structs.replace(PACED, failed=1)
    assert missed(a_report(paced=paced)) == ["p99_at_half_rate"]


def test_overload_without_a_refusal_has_no_figure_of_refusals() -> None:
    overload = msgspec.structs.replace(OVERLOAD, refusals=PACED)
    assert "refusal_p99_1000" not in ratios(a_report(overload=overload))


def test_each_round_adds_rate_and_failures_of_the_product() -> None:
    comparison = many_slots()
    comparison.add(msgspec.structs.replace(PACED, failed=3))
    assert comparison.product == [1499.0]
    assert comparison.failed == 3


def test_json_report_holds_the_figures_and_every_measurement() -> None:
    report = msgspec.to_builtins(a_report().to_dict())
    figure = report["figures"]["many_slots"]
    assert figure == {
        "ratio": 0.976,
        "wanted": "≥ 0.95",
        "ok": True,
        "value": "3,050/s",
        "compared_with": "3,125/s",
    }
    measured = report["measured"]
    assert len(measured["many"]["product"]) == len(measured["many"]["baseline"]) == 5


def kept(path: Path, report: BenchReport) -> Path:
    at = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
    path.write_bytes(msgspec.json.encode({"at": at, **report.to_dict()}))
    return path


def test_run_is_compared_with_the_one_kept_before(tmp_path: Path) -> None:
    last = read_last_run(kept(tmp_path / "bench.json", a_report()))
    paced = msgspec.structs.replace(PACED, p99_ms=7.0)
    assert changes_since(last, a_report(one_slot_rate=3000, paced=paced).figures) == (
        "Compared with the run of 28 November 2026, 21:30, "
        "better: slowest bookings at half the best rate by 50%; "
        "worse: bookings on one slot by 25%."
    )
    slow = msgspec.structs.replace(PACED, p99_ms=35.0)
    worse = "worse: slowest bookings at half the best rate 2.5 times as high."
    assert changes_since(last, a_report(paced=slow).figures).endswith(worse)
    assert changes_since(last, a_report().figures) == (
        "Compared with the run of 28 November 2026, 21:30, no ratio has changed by 5% or more."
    )


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"at": 1, "figures": []}', b"\xff"])
def test_run_without_a_readable_one_before_is_the_first(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bench.json"
    if content is not None:
        path.write_bytes(content)
    assert read_last_run(path) is None
    assert "the first run" in changes_since(None, a_report().figures)


async def test_a_service_that_is_down_is_called_by_those_under_way_and_by_probes() -> None:
    calls = await calls_while_down()
    assert 7_200 / 31 < calls < 7_200 / 30 + 24 + 1


async def test_costs_are_those_on_top_of_the_call_itself() -> None:
    async def slow(work: Work) -> None:
        for _ in range(20):
            await work()

    async def bare(work: Work) -> None:
        await work()

    clock = SystemClock()
    costs = await call_costs(clock, Guards(slow, bare, refusal_microseconds))
    assert costs.policy > costs.watching
    assert costs.refusal > 0, "each was refused with the time to come again"
    costs = await call_costs(clock, Guards(bare, slow, refusal_microseconds))
    assert costs.policy < costs.watching


def test_what_costs_too_much_fails_the_report() -> None:
    costs = CallCosts(
        breaker=1.1,
        policy=31.0,
        cache_hit=5.1,
        watching=10.0,
        refusal=101.0,
        calls_while_down=1_101,
    )
    report = msgspec.structs.replace(a_report(), calls=costs)
    assert missed(report) == [
        "breaker_call",
        "policy_call",
        "cache_hit",
        "refusal",
        "amplification",
        "watching",
    ]

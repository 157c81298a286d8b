"""When a part is healthy, degraded or unhealthy."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.observability.database_health import statements
from fullhouse.observability.model import HealthStatus, Measurement, worst
from fullhouse.observability.queue_health import SentCounts, notifications
from fullhouse.observability.services_health import services
from fullhouse.observability.system_health import SystemFigures, read_system, system
from fullhouse.resilience.circuits import Circuit
from fullhouse.storage.errors import DatabaseBusy, OutcomeUnknown
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.statement_times import recent_statements
from fullhouse.telemetry.metrics import TAKES_KEPT, MetricRegistry

HEALTHY, DEGRADED, UNHEALTHY = HealthStatus
GIBIBYTE = 1024**3
FINE = SystemFigures(
    memory_total=8 * GIBIBYTE,
    memory_free=4 * GIBIBYTE,
    memory_of_process=GIBIBYTE // 4,
    processors=2,
    load=1.0,
    processor_seconds=3.0,
    disk_total=100 * GIBIBYTE,
    disk_free=50 * GIBIBYTE,
)


def judgement(measurements: Sequence[Measurement]) -> HealthStatus:
    return worst(one.status for one in measurements)


def taking(times: Mapping[float, int], *, failed: int = 0) -> HealthStatus:
    """The judgement of so many statements of each duration in seconds."""
    metrics = QueryMetrics(MetricRegistry())
    for seconds, count in times.items():
        for _ in range(count):
            metrics.observe("a.query", seconds, None)
    for _ in range(failed):
        metrics.observe("a.query", 0.001, DatabaseBusy())
    return judgement(statements(recent_statements(metrics)))


@pytest.mark.parametrize(
    ("times", "failed", "expected"),
    [
        ({0.01: 1_000}, 9, HEALTHY),
        ({0.01: 1_000}, 10, UNHEALTHY),
        ({0.01: 950, 1.0: 20}, 0, HEALTHY),
        ({0.01: 1_000, 0.6: 20}, 0, HEALTHY),
        ({0.01: 1_000, 0.6: 21}, 0, DEGRADED),
        ({0.01: 940, 1.1: 20}, 0, HEALTHY),
        ({0.01: 180, 1.1: 20}, 0, DEGRADED),
        ({0.01: 985, 2.1: 15}, 0, UNHEALTHY),
        ({0.01: 99, 2.1: 1}, 0, HEALTHY),
        ({0.01: 10, 9.0: 5}, 0, HEALTHY),
        ({9.0: 20}, 0, DEGRADED),
        ({}, 0, HEALTHY),
        ({100.0: 200}, 0, UNHEALTHY),
    ],
)
def test_the_database_is_judged_by_its_statements(
    times: Mapping[float, int], failed: int, expected: HealthStatus
) -> None:
    assert taking(times, failed=failed) is expected


def test_only_failures_of_the_database_count_and_a_minute_of_what_was_taken() -> None:
    metrics = QueryMetrics(MetricRegistry())
    metrics.observe("a.query", 0.2, IdempotencyKeyReused())
    metrics.observe("a.query", 0.2, asyncio.CancelledError())
    metrics.observe("a.query", 0.2, None)
    metrics.seconds.take()
    for error in (OutcomeUnknown(), ValueError()):
        metrics.observe("another.query", 0.9, error)
    found = recent_statements(metrics)
    assert (found.failed, found.sketch.count) == (2, 5)
    assert found.sketch.count_from(0.5) == 2
    assert found.sketch.quantile(1) == pytest.approx(0.9, rel=0.01)
    for _ in range(TAKES_KEPT):
        metrics.seconds.take()
    assert recent_statements(metrics).sketch.count == 2
    metrics.seconds.take()
    assert recent_statements(metrics).sketch.count == 0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (SentCounts(0, 0, 0, 0, 0), HEALTHY),
        (SentCounts(96, 4, 0, 1, 30), HEALTHY),
        (SentCounts(94, 6, 0, 1, 30), DEGRADED),
        (SentCounts(89, 11, 0, 1, 30), UNHEALTHY),
        (SentCounts(1, 8, 0, 1, 30), HEALTHY),
        (SentCounts(96, 0, 1, 1, 30), DEGRADED),
        (SentCounts(96, 0, 0, 1, 61), DEGRADED),
        (SentCounts(96, 0, 0, 1, 901), UNHEALTHY),
    ],
)
def test_notifications_are_judged_by_what_is_sent(
    counts: SentCounts, expected: HealthStatus
) -> None:
    assert judgement(notifications(counts)) is expected


@pytest.mark.parametrize(
    ("known", "open_ones", "expected"),
    [
        ({"mail": False}, [], HEALTHY),
        ({"mail": False}, ["mail"], HEALTHY),
        ({"mail": True}, [], HEALTHY),
        ({"mail": True}, ["mail"], UNHEALTHY),
        ({"mail": True, "cards": True}, ["mail"], DEGRADED),
        ({"mail": True}, ["make:1"], DEGRADED),
        ({"mail": True, "cards": True}, ["mail", "cards"], UNHEALTHY),
    ],
)
def test_services_are_judged_by_their_circuits(
    known: Mapping[str, bool], open_ones: Sequence[str], expected: HealthStatus
) -> None:
    stored = {name: Circuit(name, 1, is_open=True, reason="down") for name in open_ones}
    assert judgement(services(stored, known)) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, HEALTHY),
        ({"memory_free": GIBIBYTE // 2}, DEGRADED),
        ({"memory_free": GIBIBYTE // 10}, UNHEALTHY),
        ({"memory_total": 0, "memory_free": 0}, HEALTHY),
        ({"load": 8.1}, DEGRADED),
        ({"disk_free": 9 * GIBIBYTE}, DEGRADED),
        ({"disk_free": GIBIBYTE // 4}, UNHEALTHY),
    ],
)
def test_the_machine_is_judged_by_what_is_left(
    changes: Mapping[str, int], expected: HealthStatus
) -> None:
    assert judgement(system(replace(FINE, **changes))) is expected


def test_the_figures_of_this_machine_can_be(tmp_path: Path) -> None:
    figures = read_system(tmp_path / "not" / "there")
    assert 0 < figures.memory_free <= figures.memory_total
    assert 0 < figures.memory_of_process < figures.memory_total
    assert 0 < figures.disk_free <= figures.disk_total
    assert figures.processors >= 1

"""Metrics: recorded values are exposed, by one process or by several as one."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.storage.errors import DatabaseBusy
from fullhouse.storage.metrics import PoolMetrics, QueryMetrics
from fullhouse.telemetry.metrics import (
    MetricRegistry,
    exposition,
    forget_process,
    shared_environment,
)


@dataclass(frozen=True)
class State:
    busy: int
    waiting: int
    refused: int
    expired: int
    permits: int = 10


def test_recorded_values_are_exposed_in_prometheus_form() -> None:
    metrics = MetricRegistry()
    metrics.get(RequestMetrics).observe(method="GET", route="/{org}", status=200, seconds=0.02)
    metrics.get(RequestMetrics).timed_out(route="/{org}", cause="body")
    queries = metrics.get(QueryMetrics)
    queries.observe("booking.slots_between", 0.004, None)
    queries.observe("booking.slots_between", 5.0, DatabaseBusy("lock timeout"))
    queries.observe("booking.slots_between", 5.0, asyncio.CancelledError())
    queries.observe("booking.slots_between", 5.0, ValueError())
    metrics.get(CacheMetrics).count("slots", "hit", 3)
    metrics.publish()
    text = exposition(metrics.registry).decode()
    assert (
        'fullhouse_request_seconds_bucket{le="0.025",method="GET",route="/{org}",status="200"} 1.0'
        in text
    )
    for outcome in ("ok", "database_busy", "cancelled", "error"):
        counted = f'_count{{outcome="{outcome}",query="booking.slots_between"}} 1.0'
        assert f"fullhouse_query_seconds{counted}" in text
    assert 'fullhouse_request_timeouts_total{cause="body",route="/{org}"} 1.0' in text
    assert 'fullhouse_cache_lookups_total{cache="slots",outcome="hit"} 3.0' in text


def test_the_ledger_counts_commits_verdicts_and_rejections() -> None:
    metrics = MetricRegistry()
    ledger = metrics.get(LedgerMetrics)
    for commands in (1, 8, 9, 65, 256, 3):
        ledger.committed(commands=commands, seconds=0.004, queued=7)
    ledger.decided([("create", "done"), ("create", "slot_full"), ("create", "done")])
    ledger.rejected()
    metrics.publish()
    text = exposition(metrics.registry).decode()
    assert 'fullhouse_ledger_verdicts_total{command="create",verdict="done"} 2.0' in text
    assert 'fullhouse_ledger_verdicts_total{command="create",verdict="slot_full"} 1.0' in text
    assert 'fullhouse_ledger_group_commands_bucket{le="4.0"} 2.0' in text
    for size, count in (("1", 1), ("2 to 8", 2), ("9 to 64", 1), ("more than 64", 2)):
        counted = f'fullhouse_ledger_commit_seconds_count{{commands="{size}"}} {count}.0'
        assert counted in text
    assert "fullhouse_ledger_queue_commands 7.0" in text
    assert "fullhouse_ledger_rejected_total 1.0" in text


def test_durations_are_published_once_however_often_they_are_read_or_taken() -> None:
    metrics = MetricRegistry()
    queries = metrics.get(QueryMetrics)

    def counted(name: str, **labels: str) -> float | None:
        metrics.publish()
        ours = {"query": "booking.slot", "outcome": "ok", **labels}
        return metrics.registry.get_sample_value(f"fullhouse_query_seconds_{name}", ours)

    for seconds in (0.0, 0.0004, 0.004, 0.004, 20.0):
        queries.observe("booking.slot", seconds, None)
    for _ in range(2):
        assert counted("count") == 5
    assert [one.sketch.count for one in metrics.take_measured()] == [5]
    queries.observe("booking.slot", 0.004, None)
    assert [one.sketch.count for one in metrics.take_measured()] == [1]
    queries.observe("booking.slot", 0.004, None)
    assert counted("count") == 7
    assert counted("sum") == pytest.approx(20.0164)
    for bound, count in (("0.001", 2), ("0.0025", 2), ("0.005", 6), ("10.0", 6), ("+Inf", 7)):
        assert counted("bucket", le=bound) == count


def test_the_metrics_of_a_part_are_registered_once() -> None:
    metrics = MetricRegistry()
    assert metrics.get(LedgerMetrics) is metrics.get(LedgerMetrics)


def test_two_registries_of_one_process_are_independent() -> None:
    one, other = MetricRegistry(), MetricRegistry()
    one.get(LedgerMetrics).rejected()
    other.get(LedgerMetrics)
    assert "fullhouse_ledger_rejected_total 1.0" in exposition(one.registry).decode()
    assert "fullhouse_ledger_rejected_total 0.0" in exposition(other.registry).decode()


def test_the_pool_counts_each_refusal_once() -> None:
    metrics = MetricRegistry()
    pool = metrics.get(PoolMetrics)
    pool.report(State(busy=3, waiting=1, refused=2, expired=0))
    pool.report(State(busy=4, waiting=0, refused=2, expired=1))
    text = exposition(metrics.registry).decode()
    assert "fullhouse_pool_refused_total 3.0" in text
    assert "fullhouse_pool_busy 4.0" in text
    assert "fullhouse_pool_size 10.0" in text


COUNT_ONE = """
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.telemetry.metrics import MetricRegistry
metrics = MetricRegistry()
metrics.get(LedgerMetrics).rejected()
metrics.get(RelayMetrics).lag_events.labels("messages").set(7)
"""


def test_several_processes_report_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "metrics"
    environment = {**os.environ, **shared_environment(folder)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT_ONE], check=True, env=environment)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    metrics = MetricRegistry()
    metrics.get(RelayMetrics)
    text = exposition(metrics.registry).decode()
    assert "fullhouse_ledger_rejected_total 2.0" in text
    assert 'fullhouse_relay_lag_events{subscriber="messages"} 7.0' in text
    pids = {int(path.stem.rpartition("_")[2]) for path in folder.glob("*.db")}
    assert len(pids) == 2
    for pid in pids:
        forget_process(pid, folder)
    after = exposition(metrics.registry).decode()
    assert "fullhouse_ledger_rejected_total 2.0" in after, "what was counted stays in the sums"
    assert 'fullhouse_relay_lag_events{subscriber="messages"} 7.0' in after
    files = {path.name for path in folder.glob("*.db")}
    assert files == {"counter_0.db", "histogram_0.db", "gauge_mostrecent_0.db"}
    shared_environment(folder)
    assert not list(folder.glob("*.db"))

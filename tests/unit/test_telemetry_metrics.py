import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fullhouse.storage.errors import DatabaseBusy
from fullhouse.telemetry.metrics import build_metrics, exposition, shared_environment


@dataclass(frozen=True)
class State:
    busy: int
    waiting: int
    refused: int
    expired: int


def test_what_was_observed_is_told_in_prometheus_form() -> None:
    metrics = build_metrics()
    metrics.routes.observe(method="GET", route="/{org}", status=200, seconds=0.02)
    metrics.queries.observe("booking.slots_between", 0.004, None)
    metrics.queries.observe("booking.slots_between", 5.0, DatabaseBusy("lock timeout"))
    metrics.queries.observe("booking.slots_between", 5.0, asyncio.CancelledError())
    metrics.queries.observe("booking.slots_between", 5.0, ValueError())
    metrics.ledger.outcomes.labels("place", "done").inc()
    text = exposition(metrics.registry).decode()
    assert (
        'fullhouse_request_seconds_bucket{le="0.025",method="GET",route="/{org}",status="200"} 1.0'
        in text
    )
    for outcome in ("ok", "database_busy", "cancelled", "error"):
        counted = f'_count{{outcome="{outcome}",query="booking.slots_between"}} 1.0'
        assert f"fullhouse_query_seconds{counted}" in text
    assert 'fullhouse_ledger_outcomes_total{act="place",verdict="done"} 1.0' in text


def test_two_sets_in_one_process_do_not_disturb_each_other() -> None:
    one, other = build_metrics(), build_metrics()
    one.ledger.refused.inc()
    assert "fullhouse_ledger_refused_total 1.0" in exposition(one.registry).decode()
    assert "fullhouse_ledger_refused_total 0.0" in exposition(other.registry).decode()


def test_the_pool_counts_each_refusal_once() -> None:
    metrics = build_metrics()
    metrics.pool.report(State(busy=3, waiting=1, refused=2, expired=0))
    metrics.pool.report(State(busy=4, waiting=0, refused=2, expired=1))
    text = exposition(metrics.registry).decode()
    assert "fullhouse_pool_refused_total 3.0" in text
    assert "fullhouse_pool_busy 4.0" in text


COUNT_ONE = """
from fullhouse.storage.errors import DatabaseBusy
from fullhouse.telemetry.metrics import build_metrics
metrics = build_metrics()
metrics.ledger.refused.inc()
metrics.relay.lag_events.labels("messages").set(7)
"""


def test_several_processes_are_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "metrics"
    environment = {**os.environ, **shared_environment(folder)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT_ONE], check=True, env=environment)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    text = exposition(build_metrics().registry).decode()
    assert "fullhouse_ledger_refused_total 2.0" in text
    assert 'fullhouse_relay_lag_events{subscriber="messages"} 7.0' in text
    shared_environment(folder)
    assert list(folder.iterdir()) == []

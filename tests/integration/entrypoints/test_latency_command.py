"""`fullhouse latency` and `service-level` tell what was measured, of whichever process."""

import asyncio

import pytest

from fullhouse.bootstrap.observability import build_recorder
from fullhouse.entrypoints.cli import latency as command
from fullhouse.entrypoints.cli import service_level
from fullhouse.entrypoints.cli.latency import LatencyMeasure
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.settings import Settings
from fullhouse.storage.database import Database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry


async def test_an_operator_reads_quantiles_failures_and_plans(
    database: Database, database_url: str
) -> None:
    settings, metrics = Settings(database_url=database_url), MetricRegistry()
    report = await command.read_latency(settings, LatencyMeasure.REQUESTS, 1.0)
    assert command.format_latency(report.measured) == "  Nothing was measured in this time."
    assert command.format_slow(report.slow_queries) == "  No statement was slow lately."
    requests = metrics.get(RequestMetrics)
    for status, seconds in [(200, 0.010)] * 97 + [(503, 0.600)] * 2 + [(404, 1.5)]:
        requests.observe(method="GET", route="/{org}", status=status, seconds=seconds)
    requests.observe(method="POST", route="/{org}", status=200, seconds=0.1)
    metrics.get(QueryMetrics).observe("booking.slots_between", 0.7, asyncio.CancelledError())
    await build_recorder(database, metrics, SystemClock()).write()
    first, second = (await command.read_latency(settings, LatencyMeasure.REQUESTS, 1.0)).measured
    assert (first.name, first.count, first.failed) == ("GET /{org}", 100, 2)
    assert (first.slow, first.very_slow) == (3, 1)
    assert second.name == "POST /{org}"
    table = command.format_latency([first, second]).splitlines()
    assert table[1].split()[:7] == ["GET", "/{org}", "100", "2", "3", "36.7", "9.9"]
    report = await command.read_latency(settings, LatencyMeasure.QUERIES, 1.0)
    assert ("booking.slots_between", 1, 1) in [
        (each.name, each.count, each.failed) for each in report.measured
    ]
    text = command.format_slow(report.slow_queries)
    assert "0.70 s  booking.slots_between  cancelled" in text
    assert "cost=" in text


async def test_an_operator_asks_for_a_month(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    level = await service_level.read_month(settings, "2026-02")
    assert service_level.format_level(level) == "  Nothing is known of 2026-02."
    level = await service_level.read_month(settings, "")
    assert f"{level.month:%Y-%m}" == f"{SystemClock().now():%Y-%m}"
    with pytest.raises(InvalidInput, match="2026-11"):
        await service_level.read_month(settings, "february")

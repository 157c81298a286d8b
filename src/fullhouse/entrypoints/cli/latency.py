"""`fullhouse latency`: how long requests, queries, jobs and calls to services took."""

import enum
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.observability.slow_queries import SlowQuery, slow_queries
from fullhouse.observability.summaries import LATENCY_SOURCES, Summary, summaries
from fullhouse.settings import Settings

_HOURS_MAX = 24 * 400


class LatencyMeasure(enum.StrEnum):
    """What can be asked for."""

    REQUESTS = "requests"
    QUERIES = "queries"
    COMMITS = "commits"
    JOBS = "jobs"
    SERVICES = "services"


class LatencyOutput(msgspec.Struct, frozen=True):
    """Durations in seconds, and the latest slow statements."""

    measured: Sequence[Summary]
    slow_queries: Sequence[SlowQuery]


def latency(
    measure: Annotated[LatencyMeasure, typer.Argument(help="What to show.")] = (
        LatencyMeasure.REQUESTS
    ),
    *,
    hours: Annotated[
        float, typer.Option(min=0.01, max=_HOURS_MAX, help="How far back to look.")
    ] = 1.0,
    plans: Annotated[
        bool, typer.Option(help="Show the latest slow statements with their plans.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show how long requests, queries, jobs or calls took.

    Of all processes, with quantiles that are right within 1 %. What took most time in all comes
    first. Works beside a running server.
    """
    report = run_async(read_latency(settings_with(data_dir=data_dir), measure, hours))
    text = format_latency(report.measured)
    if plans:
        text = f"{text}\n\n{format_slow(report.slow_queries)}"
    print_result(report, as_json=as_json, text=text)


async def read_latency(settings: Settings, measure: LatencyMeasure, hours: float) -> LatencyOutput:
    now = SystemClock().now()
    async with (
        open_command_context(settings, command="latency", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        measured = await summaries(
            session, LATENCY_SOURCES[measure], since=now - timedelta(hours=hours), until=now
        )
        return LatencyOutput(measured, await slow_queries(session))


def format_latency(measured: Sequence[Summary]) -> str:
    """A table of milliseconds."""
    if not measured:
        return "  Nothing was measured in this time."
    width = max(len(each.name) for each in measured)
    head = f"  {'':<{width}}  {'count':>9}  {'failed':>6}  {'slow':>6}" + "".join(
        f"  {title:>9}" for title in ("mean", "p50", "p95", "p99")
    )
    return "\n".join((head, *(_line(each, width) for each in measured), "", "  Milliseconds."))


def _line(each: Summary, width: int) -> str:
    times = (each.mean, each.p50, each.p95, each.p99)
    return f"  {each.name:<{width}}  {each.count:>9}  {each.failed:>6}  {each.slow:>6}" + "".join(
        f"  {1000 * seconds:>9.1f}" for seconds in times
    )


def format_slow(slow: Sequence[SlowQuery]) -> str:
    """The slow statements, each with its plan if it has one."""
    if not slow:
        return "  No statement was slow lately."
    return "\n".join(
        f"  {each.at:%Y-%m-%d %H:%M:%S}  {each.seconds:.2f} s  {each.query}  {each.outcome}"
        + "".join(f"\n      {line}" for line in each.plan.splitlines())
        for each in slow
    )

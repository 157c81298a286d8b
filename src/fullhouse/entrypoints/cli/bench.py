"""`fullhouse bench`: the rates of this machine, as ratios to two baselines."""

from typing import Annotated

import msgspec
import typer

from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.bootstrap.schema import schema
from fullhouse.capacity.bench.calls import Guard, Guards, Work
from fullhouse.capacity.bench.environment import bench_environment
from fullhouse.capacity.bench.history import changes_since, read_last_run
from fullhouse.capacity.bench.report import BenchReport
from fullhouse.capacity.bench.report_table import show_report
from fullhouse.capacity.bench.rounds import FULL, QUICK, Benchmark, BenchPlan
from fullhouse.capacity.progress import step_progress
from fullhouse.entrypoints.cli import (
    AsJson,
    atomic_text_file,
    print_result,
    run_async,
    settings_with,
)
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.refusal_cost import refusal_microseconds
from fullhouse.integrations.outbound import OutboundService
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.embedded import default_data_dir, ensure_data_dir
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry import tracing
from fullhouse.telemetry.metrics import MetricRegistry

Quick = Annotated[bool, typer.Option("--quick", help="Under two minutes, less exact.")]
Rounds = Annotated[
    int | None, typer.Option(min=1, help="Number of alternating rounds [else 5, quick 1].")
]
Seconds = Annotated[int | None, typer.Option(min=1, help="Seconds of each load [else 3].")]
Workers = Annotated[int | None, typer.Option(min=1, help="Web processes [else as for `serve`].")]


def bench(
    *,
    quick: Quick = False,
    rounds: Rounds = None,
    seconds: Seconds = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Measure how many bookings this machine can take.

    Compares bookings with pgbench and reads with a static response, and overloads the server. Runs
    the product as users run it, on an embedded database of its own in a temporary folder, with
    durable commits. The figures are kept in the data folder and compared with the last run. Exit
    status 0 means that every target is met.
    """
    settings, clock = settings_with(workers=workers), SystemClock()
    plan = QUICK if quick else FULL
    plan = msgspec.structs.replace(
        plan, rounds=rounds or plan.rounds, seconds=seconds or plan.seconds
    )
    folder = ensure_data_dir(settings.data_dir or default_data_dir())
    kept = folder / ("bench-quick.json" if quick else "bench.json")
    last = read_last_run(kept)
    with atomic_text_file(kept) as out:
        report = run_async(_measure(plan, workers=settings.workers, clock=clock))
        result = {"at": clock.now(), **report.to_dict()}
        out.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
    if as_json:
        print_result(result, as_json=True, text="")
    else:
        show_report(report, plan)
        typer.echo(changes_since(last, report.figures))
        typer.echo(f"Saved to {kept}.")
    if not report.ok:
        raise typer.Exit(1)


async def _measure(plan: BenchPlan, *, workers: int, clock: Clock) -> BenchReport:
    guards = Guards(_policy(clock), _watching(clock), refusal_microseconds)
    async with step_progress(clock, first="starting the database and the product") as progress:
        starting = bench_environment(clock=clock, workers=workers, schema=schema())
        async with starting as environment:
            return await Benchmark(environment, plan, guards).measure(progress.on_step)


def _policy(clock: Clock) -> Guard:
    """What every call of a service goes through."""
    service = OutboundService(
        CircuitBreaker("bench", LocalCircuits(clock), clock),
        MetricRegistry().get(CircuitMetrics),
        seconds_max=10.0,
        is_failure=lambda error: isinstance(error, OSError),
    )
    return service.call


def _watching(clock: Clock) -> Guard:
    """All that measures a booking: its request, two statements, its commit, and no trace.

    As if each had a commit of its own.
    """
    metrics, request_id = MetricRegistry(), RandomIds(clock).uuid()
    requests, queries = metrics.get(RequestMetrics), metrics.get(QueryMetrics)
    ledger = metrics.get(LedgerMetrics)

    async def watch(work: Work) -> None:
        with tracing.span_of_request(request_id, None), tracing.span("ledger command"):
            await work()
        queries.observe("booking.slot", 0.001, None)
        queries.observe("booking.ledger_commit", 0.002, None)
        ledger.committed(commands=1, seconds=0.002, queued=0)
        requests.observe(method="POST", route="/bookings", status=201, seconds=0.003)

    return watch

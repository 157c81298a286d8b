"""`fullhouse bench`: the rates of this machine, as ratios to two baselines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fullhouse.bootstrap.schema import schema
from fullhouse.capacity.bench.environment import bench_environment
from fullhouse.capacity.bench.report import BenchReport
from fullhouse.capacity.bench.rounds import Benchmark
from fullhouse.entrypoints.cli import (
    AsJson,
    atomic_text_file,
    print_result,
    run_async,
    settings_with,
)
from fullhouse.kernel.clock import SystemClock

ROUNDS_MIN: Final = 1
ROUNDS_DEFAULT: Final = 5

Rounds = Annotated[int, typer.Option(min=ROUNDS_MIN, help="Alternating rounds.")]
Seconds = Annotated[int, typer.Option(min=1, help="How long each load lasts.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Web processes [else as `serve` has].")]
Output = Annotated[Path, typer.Option(help="Also write the results to this JSON file.")]


def bench(
    *,
    rounds: Rounds = ROUNDS_DEFAULT,
    seconds: Seconds = 3,
    workers: Workers = None,
    output: Output = Path("bench.json"),
    as_json: AsJson = False,
) -> None:
    """Measure bookings against pgbench, and reads against a static answer, on this machine.

    The product runs as its users run it, on an embedded database of its own in a temporary folder,
    with durable commits; nothing is switched off. Exit status 0 means that every ratio is reached.
    """
    processes = settings_with(workers=workers).workers
    with atomic_text_file(output) as out:
        report = run_async(_measure(rounds=rounds, seconds=seconds, workers=processes))
        out.write(msgspec.json.format(msgspec.json.encode(report.to_dict())).decode() + "\n")
    if as_json:
        print_result(report.to_dict(), as_json=True, text="")
    else:
        _show(report)
    if not report.ok:
        raise typer.Exit(1)


async def _measure(*, rounds: int, seconds: int, workers: int) -> BenchReport:
    with _steps() as on_step:
        on_step("starting the database and the product")
        starting = bench_environment(clock=SystemClock(), workers=workers, schema=schema())
        async with starting as environment:
            return await Benchmark(environment, rounds, seconds, on_step).measure()


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Show each step on standard error: as a status on a terminal, as a line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: typer.echo(step, err=True)
        return
    with console.status("") as status:
        yield status.update


def _show(report: BenchReport) -> None:
    console = Console()
    table = Table(title=f"Medians of {report.rounds} rounds of {report.seconds} s")
    table.add_column("comparison")
    for heading in ("ratio", "minimum", "product/s", "baseline/s"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in report.comparisons:
        table.add_row(
            one.subject, f"{one.ratio:.2f}", f"≥ {one.ratio_min:g}", f"{one.product_median:,.0f}",
            f"{one.baseline_median:,.0f}", "reached" if one.ok else "MISSED",
        )  # fmt: skip
    console.print(table)
    paced = report.paced
    console.print(
        f"At half of the median, {paced.per_second:,.0f} bookings/s: 50 % within"
        f" {paced.p50_ms:.1f} ms, 95 % within {paced.p95_ms:.1f}, 99 % within {paced.p99_ms:.1f};"
        f" {paced.failed} failed."
    )
    console.print(f"{report.acknowledged:,} bookings acknowledged, {report.stored:,} stored.")
    console.print(", ".join(f"{name}: {value}" for name, value in report.machine.items()))

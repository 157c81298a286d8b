"""`fullhouse bench`: what the whole path costs on this machine, as ratios."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from fullhouse.bootstrap import schema
from fullhouse.capacity.bench.ground import ground
from fullhouse.capacity.bench.programs import ProgramFailed
from fullhouse.capacity.bench.report import Report
from fullhouse.capacity.bench.rounds import Bench
from fullhouse.entrypoints.cli import AsJson, answer, run_async, settings_with, written
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
    """Measure bookings against pgbench, and reads against a still answer, on this machine.

    The product runs as its users run it, on an embedded database of its own in a temporary folder,
    with durable commits; nothing is switched off. Exit status 0 means that every ratio is reached.
    """
    try:
        processes = settings_with(workers=workers).workers
        with written(output) as out:
            report = run_async(_measured(rounds=rounds, seconds=seconds, workers=processes))
            out.write(msgspec.json.format(msgspec.json.encode(report.facts())).decode() + "\n")
    except ProgramFailed as error:
        typer.echo(f"fullhouse: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        answer(report.facts(), as_json=True, words="")
    else:
        _show(report)
    if not report.ok:
        raise typer.Exit(1)


async def _measured(*, rounds: int, seconds: int, workers: int) -> Report:
    with Console(stderr=True).status("building the ground") as status:
        async with ground(clock=SystemClock(), workers=workers, schema=schema()) as built:
            return await Bench(built, rounds, seconds, status.update).measure()


def _show(report: Report) -> None:
    console = Console()
    table = Table(title=f"Medians of {report.rounds} rounds of {report.seconds} s")
    table.add_column("what")
    for heading in ("ratio", "wanted", "ours/s", "yardstick/s"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for line in report.lines:
        table.add_row(
            line.what, f"{line.ratio:.2f}", f"≥ {line.at_least:g}", f"{line.product:,.0f}",
            f"{line.yardstick:,.0f}", "reached" if line.reached else "MISSED",
        )  # fmt: skip
    console.print(table)
    pace = report.pace
    console.print(
        f"At half of the best, {pace.per_second:,.0f} bookings/s: 50 % within {pace.p50_ms:.1f} ms,"
        f" 95 % within {pace.p95_ms:.1f}, 99 % within {pace.p99_ms:.1f}; {pace.failed} failed."
    )
    console.print(
        f"{report.acknowledged:,} bookings acknowledged, {report.stored:,} stored."
        f" Load by {report.load}."
    )
    console.print(", ".join(f"{name}: {value}" for name, value in report.machine.items()))

"""`fullhouse load outage`: let services fail on an installation of its own, and read its books."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from fullhouse.bootstrap.schema import schema
from fullhouse.capacity.outage.environment import outage_environment
from fullhouse.capacity.outage.outage import OutageRun
from fullhouse.capacity.outage.outages import OUTAGES, Outage
from fullhouse.capacity.outage.report import HEADINGS, OutageReport
from fullhouse.capacity.progress import step_progress
from fullhouse.entrypoints.cli import run_async, settings_with
from fullhouse.entrypoints.cli._siege import broken_rules, require_local_stores
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput

_SECONDS: float = 8.0
_WIDTH = 150


def run_outage(only: Sequence[str], seconds: float | None, redis_url: str | None) -> OutageReport:
    """Play the outages; raises `InvalidInput` for an unknown one."""
    require_local_stores("an outage is played on", redis_url=redis_url)
    return run_async(_run(_chosen(only), seconds or _SECONDS, redis_url))


def show_outage(report: OutageReport) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table(title=f"Guests book for {report.seconds:g} s of each outage")
    table.add_column("outage")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    table.add_column("")
    for row in report.rows:
        table.add_row(row.name, *row.cells, "FAILED" if row.broken else "ok")
    console.print(table)
    for line in report.lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _chosen(only: Sequence[str]) -> list[Outage]:
    """By name, or all of one service."""
    for word in only:
        if not any(word in {one.name, one.service} for one in OUTAGES.values()):
            detail = f"No outage is called {word}; there are {', '.join(OUTAGES)}."
            raise InvalidInput(detail, field="only")
    return [one for one in OUTAGES.values() if not only or {one.name, one.service} & set(only)]


async def _run(outages: Sequence[Outage], seconds: float, redis_url: str | None) -> OutageReport:
    clock = SystemClock()
    workers = settings_with().workers
    async with step_progress(clock, first="starting the installation") as progress:
        starting = outage_environment(redis_url, clock=clock, workers=workers, schema=schema())
        async with starting as environment:
            run = OutageRun(environment, outages, seconds, broken_rules, progress.on_step)
            return await run.run()

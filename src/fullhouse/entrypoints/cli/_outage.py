"""`fullhouse load outage`: let services fail on an installation of its own, and read its books."""

import asyncio
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

from fullhouse.bootstrap.schema import schema
from fullhouse.capacity.outage.environment import outage_environment
from fullhouse.capacity.outage.outage import OutageRun
from fullhouse.capacity.outage.outages import OUTAGES, Outage
from fullhouse.capacity.outage.report import HEADINGS, OutageReport, joined
from fullhouse.capacity.progress import step_progress
from fullhouse.entrypoints.cli import run_async, settings_with
from fullhouse.entrypoints.cli._siege import broken_rules, require_local_stores
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput

_SECONDS: float = 8.0
_WIDTH = 150
_INSTALLATIONS_MAX = 3


def run_outage(only: Sequence[str], seconds: float | None, redis_url: str | None) -> OutageReport:
    """Play the outages; raises `InvalidInput` for an unknown one."""
    require_local_stores("an outage is played on", redis_url=redis_url)
    return run_async(_run(_chosen(only), seconds or _SECONDS, redis_url))


def show_outage(report: OutageReport, *, as_markdown: bool) -> None:
    if as_markdown:
        typer.echo("\n".join((*report.markdown, "", *report.lines)))
        return
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
    """Play services side by side, each on an installation of its own: they mostly wait."""
    clock = SystemClock()
    workers = settings_with().workers
    free = asyncio.Semaphore(_INSTALLATIONS_MAX)
    async with step_progress(clock, first="starting the installations") as progress:

        async def play(service: str) -> OutageReport:
            redis = redis_url if service == "redis" else None
            async with (
                free,
                outage_environment(redis, clock=clock, workers=workers, schema=schema()) as own,
            ):
                of_service = [one for one in outages if one.service == service]
                run = OutageRun(own, of_service, seconds, broken_rules, progress.on_step)
                return await run.run()

        services = dict.fromkeys(one.service for one in outages)
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(play(service)) for service in services]
    return joined([one.result() for one in playing])

"""`fullhouse memory`: the memory of each process over time, and what was found to grow."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.observability.limits import GAUGE_MINUTES_KEPT_DAYS
from fullhouse.observability.memory_report import (
    FoundGrowth,
    ProcessMemory,
    memory_growths,
    memory_of_processes,
)
from fullhouse.settings import Settings

_MEGABYTE = 1_000_000


class MemoryOutput(msgspec.Struct, frozen=True):
    """The bytes of each process over time, and the processes that were found to grow."""

    processes: Sequence[ProcessMemory]
    found: Sequence[FoundGrowth]


def memory(
    *,
    hours: Annotated[
        float, typer.Option(min=0.1, max=24 * GAUGE_MINUTES_KEPT_DAYS, help="How far back to look.")
    ] = 1.0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the memory of each process, and what grows.

    Works beside a running server.
    """
    report = run_async(read_memory(settings_with(data_dir=data_dir), hours))
    print_result(report, as_json=as_json, text=format_memory(report))


async def read_memory(settings: Settings, hours: float) -> MemoryOutput:
    now = SystemClock().now()
    since = now - timedelta(hours=hours)
    async with (
        open_command_context(settings, command="memory", allow=Permission.OPERATE) as context,
        context.database.unrestricted.session() as session,
    ):
        return MemoryOutput(
            await memory_of_processes(session, since=since, until=now),
            await memory_growths(session, since=since),
        )


def format_memory(report: MemoryOutput) -> str:
    """A table in MB, and below it what was found."""
    found = [line for each in report.found for line in _found(each)]
    if not report.processes:
        return "\n".join(["  No process was looked at in this time.", *found])
    width = max(len(each.process) for each in report.processes)
    head = f"  {'':<{width}}  {'first':>8}  {'last':>8}  {'most':>8}  last looked at"
    rows = [_line(each, width) for each in report.processes]
    return "\n".join([head, *rows, "", "  Megabytes.", *found])


def _line(each: ProcessMemory, width: int) -> str:
    figures = (each.used_first, each.used_last, each.used_most)
    shown = "".join(f"  {used / _MEGABYTE:>8.1f}" for used in figures)
    return f"  {each.process:<{width}}{shown}  {each.last_at:%Y-%m-%d %H:%M}"


def _found(found: FoundGrowth) -> Sequence[str]:
    if found.bytes_an_hour is None:
        why = "more than it may have"
    else:
        why = f"growing by {found.bytes_an_hour / _MEGABYTE:.0f} MB an hour"
    end = ", replaced" if found.is_replaced else ""
    what = f"{found.process}: {found.used / _MEGABYTE:.0f} MB, {why}{end}"
    return [
        "",
        f"  {found.found_at:%Y-%m-%d %H:%M}  {what}",
        *(
            f"  {each.bytes / _MEGABYTE:>10.1f} MB  {each.objects:>9}  {each.name}"
            for each in found.grown
        ),
    ]

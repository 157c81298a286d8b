"""`fullhouse service-level`: what a month was like for guests, and why time was lost."""

from collections.abc import Iterator
from typing import Annotated

import typer

from fullhouse.bootstrap.observability import ROUTES_OF
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.context import Permission
from fullhouse.localisation.spreadsheets import COMMA, csv_text
from fullhouse.observability.objectives import Objective
from fullhouse.observability.service_level import (
    ObjectiveResult,
    ServiceLevel,
    month_named,
    rows_of,
)
from fullhouse.observability.service_level_report import service_level as read_level
from fullhouse.settings import Settings


def service_level(
    *,
    month: Annotated[str, typer.Option(help="Such as 2026-11 [else this month].")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show uptime, success, speed and lost minutes of a month.

    Works beside a running server.
    """
    level = run_async(read_month(settings_with(data_dir=data_dir), month))
    text = csv_text(rows_of(level), delimiter=COMMA) if as_csv else format_level(level)
    print_result(level, as_json=as_json, text=text.rstrip("\r\n"))


async def read_month(settings: Settings, month: str) -> ServiceLevel:
    """Raises `InvalidInput` for what is no month."""
    now = SystemClock().now()
    chosen = month_named(month or f"{now:%Y-%m}")
    async with (
        open_command_context(
            settings, command="service-level", allow=Permission.OPERATE
        ) as context,
        context.database.unrestricted.session() as session,
    ):
        return await read_level(session, chosen, ROUTES_OF, now=now)


def format_level(level: ServiceLevel) -> str:
    """The report as text; times are UTC."""
    if not level.minutes:
        yet = "" if level.is_over else " yet: it begins with the first full hour"
        return f"  Nothing is known of {level.month:%Y-%m}{yet}."
    return "\n".join(_lines(level))


def _lines(level: ServiceLevel) -> Iterator[str]:
    since, until = f"{level.since:%Y-%m-%d %H:%M}", f"{level.until:%Y-%m-%d %H:%M}"
    yield f"  {level.month:%Y-%m}, from {since} to {until} UTC"
    yield ""
    yield from map(_result, level.results)
    yield ""
    yield f"  Attempts to book: {level.attempts}, of which failed: {level.attempts_failed}"
    yield f"  Minutes lost: {level.minutes_lost:.0f} of {level.minutes:.0f}"
    for lost in level.lost:
        line = (
            f"    {lost.since:%Y-%m-%d %H:%M}  {lost.minutes:>7.1f}  {lost.reason}  {lost.summary}"
        )
        yield line.rstrip()
    if level.planned:
        yield f"  Minutes planned, not held against it: {level.minutes_planned:.0f}"
    for planned in level.planned:
        line = f"    {planned.since:%Y-%m-%d %H:%M}  {planned.minutes:>7.1f}  {planned.mode}"
        yield f"{line}  {planned.reason}".rstrip()
    if level.alerts:
        yield "  Alerts, how often and for how many minutes:"
    for alert in level.alerts:
        yield f"    {alert.rule:<20}  {alert.count:>4}  {alert.minutes:>9.1f}"


def _result(result: ObjectiveResult) -> str:
    objective = result.objective
    value = "-" if result.value is None else _value(objective, result.value)
    promised = _value(objective, objective.target)
    kept = {True: "kept", False: "MISSED", None: "nothing measured"}[result.is_met]
    return f"  {objective.text:<36}  {value:>10}  promised {promised:>9}  {kept}"


def _value(objective: Objective, value: float) -> str:
    if objective.unit == "share":
        return f"{int(value * 10_000) / 100:.2f} %"
    return f"{1000 * value:.0f} ms"

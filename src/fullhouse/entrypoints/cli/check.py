"""`fullhouse check`: verify the consistency rules on a live database."""

import typer
from rich.console import Console
from rich.progress import Progress

from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.resilience.consistency import Report, Rule
from fullhouse.resilience.consistency_text import format_report
from fullhouse.settings import Settings


def check(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check that no slot is overbooked and no booking is lost.

    Works beside a running server and changes nothing. Exit status 0 means that all checks passed.
    """
    report = run_async(run_check(settings_with(data_dir=data_dir)))
    print_result(report.to_dict(), as_json=as_json, text=format_report(report))
    if not report.ok:
        raise typer.Exit(1)


async def run_check(settings: Settings, *, quiescent: bool = False) -> Report:
    """Run every rule on the configured database, with a progress bar on a terminal.

    `quiescent` means that no work is under way: then no tolerance is granted.
    """
    async with open_command_context(settings, command="check", allow=Permission.OPERATE) as context:
        consistency = build_consistency_checker(context.database, context.clock)
        with progress_bar() as bar:
            task = bar.add_task("Checking", total=len(consistency.rules))

            def on_rule(rule: Rule) -> None:
                bar.update(task, advance=1, description=rule.statement)

            return await consistency.check(quiescent=quiescent, on_progress=on_rule)


def progress_bar() -> Progress:
    """A progress bar on standard error if that is a terminal; no output elsewhere."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)

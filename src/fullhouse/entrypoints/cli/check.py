"""`fullhouse check`: prove the invariants on a live database, and say so."""

import typer
from rich.console import Console
from rich.progress import Progress

from fullhouse.bootstrap import consistency_of, named_queries
from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.kernel.clock import SystemClock
from fullhouse.resilience.consistency import Finding, Report, Rule
from fullhouse.settings import Settings
from fullhouse.storage.database import open_database
from fullhouse.storage.embedded import database_at


def check(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Prove that the book is right: every rule that must hold, on the data as they are now.

    Works beside a running server and changes nothing.
    """
    report = run_async(checked(settings_with(data_dir=data_dir)))
    answer(report.facts(), as_json=as_json, words=in_words(report))
    if not report.ok:
        raise typer.Exit(1)


async def checked(settings: Settings, *, settled: bool = False) -> Report:
    """Run every rule on the database that the settings mean, with a bar on a terminal.

    `settled` says that all work should be done: then nothing is given grace.
    """
    clock = SystemClock()
    async with database_at(settings.database_url, settings.data_dir) as url:
        database = await open_database(
            url,
            catalogue=named_queries(),
            clock=clock,
            connections_max=2,
            application_name="fullhouse check",
        )
        try:
            consistency = consistency_of(database, clock)
            with progress() as bar:
                task = bar.add_task("Checking", total=len(consistency.rules))

                def told(rule: Rule) -> None:
                    bar.update(task, advance=1, description=rule.sentence)

                return await consistency.check(settled=settled, told=told)
        finally:
            await database.close()


def progress() -> Progress:
    """A bar on standard error where that is a terminal, and silence elsewhere."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def in_words(report: Report) -> str:
    """The report for people: one sentence a rule, and what breaks it."""
    lines = [line for finding in report.findings for line in _lines(finding)]
    broken = len(report.broken)
    if report.ok:
        lines.append(f"All is well: {len(report.findings)} rules hold.")
    else:
        lines.append(f"{broken} of {len(report.findings)} rules {_are(broken)} broken.")
    return "\n".join(lines)


def _lines(finding: Finding) -> list[str]:
    if finding.total == 0:
        return [f"holds   {finding.sentence}."]
    lines = [f"BROKEN  {finding.sentence}: {finding.total} violations."]
    lines += [f"        {example.words}" for example in finding.examples]
    if finding.total > len(finding.examples):
        lines.append(f"        and {finding.total - len(finding.examples)} more")
    return lines


def _are(count: int) -> str:
    return "is" if count == 1 else "are"

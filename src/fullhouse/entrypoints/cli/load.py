"""`fullhouse load`: run a scenario against an installation, then check its consistency.

The siege is different: it attacks an installation of its own, see `_siege`.
"""

import asyncio
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from fullhouse.capacity.limits import LOAD_SETTLE_SECONDS_MAX
from fullhouse.capacity.load.figure import render, summary_rows
from fullhouse.capacity.load.open_loop import require_allowed_host
from fullhouse.capacity.load.run_scenario import ScenarioResult, run_scenario
from fullhouse.capacity.load.scenarios import SCENARIOS
from fullhouse.capacity.load.target import LoadTarget
from fullhouse.capacity.siege.environment import SiegeStores
from fullhouse.capacity.siege.report_table import show_siege
from fullhouse.entrypoints.cli import (
    AsJson,
    DataDir,
    atomic_text_file,
    print_result,
    run_async,
    settings_with,
)
from fullhouse.entrypoints.cli._outage import run_outage, show_outage
from fullhouse.entrypoints.cli._server_url import names_data_of, server_url
from fullhouse.entrypoints.cli._siege import SiegeOptions, run_siege
from fullhouse.entrypoints.cli.check import progress_bar, run_check
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import RandomIds
from fullhouse.resilience.consistency import Report
from fullhouse.resilience.consistency_text import format_report
from fullhouse.settings import Settings
from fullhouse.storage.errors import NoData


class ScenarioName(StrEnum):
    """The scenarios by name."""

    ONSALE = "onsale"
    RUSH = "rush"
    SIEGE = "siege"
    OUTAGE = "outage"


assert {name.value for name in ScenarioName} == {*SCENARIOS, "siege", "outage"}

Which = Annotated[ScenarioName, typer.Argument(help="The scenario to run.")]
Url = Annotated[
    str | None, typer.Option(help="Address of the installation [else that of the settings].")
]
Org = Annotated[str, typer.Option(help="The organisation to book with.")]
Offering = Annotated[
    str | None, typer.Option(help="The offering to book [else the first with room].")
]
Figure = Annotated[Path | None, typer.Option(help="Draw the result to this .svg or .html file.")]
Only = Annotated[
    list[str] | None, typer.Option(help="Siege, outage: only this one; may be repeated.")
]
Seconds = Annotated[
    float | None,
    typer.Option(min=1, max=60, help="Siege, outage: length of each [else 10, quick 3; 8]."),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="Siege: an empty PostgreSQL database on this machine [else embedded]."),
]
RedisUrl = Annotated[str | None, typer.Option(help="Siege, outage: a Redis on this machine.")]
Quick = Annotated[bool, typer.Option("--quick", help="Siege: shorter attacks, less exact.")]
Markdown = Annotated[
    bool, typer.Option("--markdown", help="Outage: print the table as docs/outages.md has it.")
]
Owned = Annotated[
    bool, typer.Option("--i-own-this-host", help="Allow another host than this machine.")
]

_DEMO_ORG: Final = "bouquet-garden"
_OWN: Final = "This scenario starts an installation of its own"
_EMBEDDED: Final = "An outage has one length, and restarts a database of its own"
_TABLE: Final = "Only the table of outages stands in the documentation"
_SET: Final = "This scenario has its own length and guests"


def load(  # noqa: PLR0913 - the options of a command
    scenario: Which,
    *,
    url: Url = None,
    org: Org = _DEMO_ORG,
    offering: Offering = None,
    figure: Figure = None,
    owned: Owned = False,
    only: Only = None,
    seconds: Seconds = None,
    quick: Quick = False,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    data_dir: DataDir = None,
    as_markdown: Markdown = False,
    as_json: AsJson = False,
) -> None:
    """Run a load test, then check the data.

    `onsale` repeats a real sale, `rush` sends everybody to one slot. Use a test installation: these
    are real bookings. The data is checked when it is known from here. `siege` and `outage` start an
    installation of their own, attack it or let its services fail, and say what did not hold.
    """
    if scenario in {ScenarioName.SIEGE, ScenarioName.OUTAGE}:
        _refuse_options(_OWN, url=url, offering=offering, figure=figure, data_dir=data_dir)
        _refuse_options(_OWN, org=org != _DEMO_ORG, i_own_this_host=owned)
        stores = SiegeStores(database_url, redis_url)
        options = SiegeOptions(only or [], seconds, is_quick=quick, stores=stores)
        _on_its_own(scenario, options, as_markdown=as_markdown, as_json=as_json)
        return
    _refuse_options(_SET, only=only, seconds=seconds, quick=quick, markdown=as_markdown)
    _refuse_options(_SET, database_url=database_url, redis_url=redis_url)
    settings = settings_with(data_dir=data_dir).model_copy(update={"public_url": None})
    url = url or server_url(settings)
    require_allowed_host(url, owned=owned)
    of_target = settings if names_data_of(settings, url) else None
    _require_drawable(figure)
    clock = SystemClock()
    target = LoadTarget(url, org, offering or "", clock, RandomIds(clock))
    with ExitStack() as stack:
        out = None if figure is None else stack.enter_context(atomic_text_file(figure))
        result, report = run_async(_run(scenario, target, of_target))
        if figure is not None and out is not None:
            out.write(render(result, as_page=figure.suffix == ".html"))
    _tell(result, report, figure, as_json=as_json)
    if result.failures or (report is not None and not report.ok):
        raise typer.Exit(1)


def _tell(
    result: ScenarioResult, report: Report | None, figure: Path | None, *, as_json: bool
) -> None:
    if as_json:
        checked = None if report is None else report.to_dict()
        print_result(result.to_dict() | {"check": checked}, as_json=True, text="")
    else:
        _show(result, report, figure)


def _require_drawable(figure: Path | None) -> None:
    if figure is not None and figure.suffix not in {".svg", ".html"}:
        raise InvalidInput(f"{figure}: name a file that ends in .svg or .html.", field="figure")


def _on_its_own(
    scenario: ScenarioName, options: SiegeOptions, *, as_markdown: bool, as_json: bool
) -> None:
    if scenario is ScenarioName.OUTAGE:
        _outage(options, as_markdown=as_markdown, as_json=as_json)
    else:
        _refuse_options(_TABLE, markdown=as_markdown)
        _siege(options, as_json=as_json)


def _siege(options: SiegeOptions, *, as_json: bool) -> None:
    """Exit status 1 when an attack succeeded."""
    report = run_siege(options)
    if as_json:
        print_result(report.to_dict(), as_json=True, text="")
    else:
        show_siege(report)
    if not report.ok:
        raise typer.Exit(1)


def _outage(options: SiegeOptions, *, as_markdown: bool, as_json: bool) -> None:
    """Exit status 1 when something was lost, doubled or left."""
    stores = options.stores
    _refuse_options(_EMBEDDED, quick=options.is_quick, database_url=stores.database_url)
    report = run_outage(options.only, options.seconds, stores.redis_url)
    if as_json:
        print_result(report.to_dict(), as_json=True, text="")
    else:
        show_outage(report, as_markdown=as_markdown)
    if not report.ok:
        raise typer.Exit(1)


def _refuse_options(why: str, **given: object) -> None:
    """Options that nobody would heed; raises `InvalidInput`."""
    for name, value in given.items():
        if value:
            raise InvalidInput(f"{why}: it takes no --{name.replace('_', '-')}.", field=name)


async def _run(
    name: ScenarioName, target: LoadTarget, settings: Settings | None
) -> tuple[ScenarioResult, Report | None]:
    """Run the scenario, and the checks once the worker has caught up; says what it does now.

    Without the settings of its data nothing is checked.
    """
    scenario = SCENARIOS[name.value]
    target = await target.resolve(places=scenario.places or 1)
    with progress_bar() as bar:
        task = bar.add_task(scenario.description, total=len(scenario.arrivals))
        result = await run_scenario(
            scenario,
            target,
            clock=target.clock,
            on_progress=lambda count: bar.update(task, completed=count),
        )
    if settings is None:
        return result, None
    typer.echo("Checking the data, once all jobs are done (up to a minute) …", err=True)
    try:
        return result, await _consistency_report(settings)
    except NoData:
        return result, None


async def _consistency_report(settings: Settings) -> Report:
    """The report once the worker has caught up, or after `LOAD_SETTLE_SECONDS_MAX`."""
    clock = SystemClock()
    deadline = clock.monotonic() + LOAD_SETTLE_SECONDS_MAX
    while True:
        report = await run_check(settings, quiescent=True)
        if report.ok or clock.monotonic() > deadline:
            return report
        await asyncio.sleep(1)


def _show(result: ScenarioResult, report: Report | None, figure: Path | None) -> None:
    console = Console()
    console.print(f"{result.scenario.description}.", soft_wrap=True)
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in summary_rows(result.summary):
        table.add_row(name, value)
    console.print(table)
    for failure in result.failures:
        console.print(f"FAILED  {failure}.")
    if report is None:
        console.print("The data was not checked: name its --data-dir or FULLHOUSE_DATABASE_URL.")
    else:
        console.print(format_report(report), markup=False, highlight=False, soft_wrap=True)
    if figure is not None:
        console.print(f"The figure is in {figure}.")

"""`fullhouse load`: play a scenario against a running installation, then prove the book."""

import asyncio
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fullhouse.capacity.load.drawing import drawn, figures
from fullhouse.capacity.load.generator import be_careful
from fullhouse.capacity.load.run import Played, play
from fullhouse.capacity.load.scenarios import SCENARIOS
from fullhouse.capacity.load.venue import Venue
from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with, written
from fullhouse.entrypoints.cli.check import checked, in_words, progress
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import RandomIds
from fullhouse.kernel.limits import LOAD_SETTLE_SECONDS_MAX
from fullhouse.resilience.consistency import Report
from fullhouse.settings import Settings
from fullhouse.storage.embedded import default_data_dir


class ScenarioName(StrEnum):
    """The scenarios by name."""

    ONSALE = "onsale"
    RUSH = "rush"


assert {name.value for name in ScenarioName} == set(SCENARIOS)

Which = Annotated[ScenarioName, typer.Argument(help="Which scenario to play.")]
Url = Annotated[str, typer.Option(help="Where the installation answers.")]
Org = Annotated[str, typer.Option(help="The organisation to book at.")]
Offering = Annotated[
    str | None, typer.Option(help="The offering to book [else the first with room].")
]
Figure = Annotated[Path | None, typer.Option(help="Draw the curve to this .svg or .html file.")]
Mine = Annotated[bool, typer.Option("--i-own-this-host", help="Allow a host that is not this one.")]


def load(  # noqa: PLR0913 - the options of a command
    scenario: Which,
    *,
    url: Url = "http://127.0.0.1:8400",
    org: Org = "bouquet-garden",
    offering: Offering = None,
    figure: Figure = None,
    mine: Mine = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Play a real on-sale or a rush for one slot, as guests do, and say how it went.

    The bookings it makes are real: play it where they may stay. Afterwards the book is checked,
    when its database can be reached from here.
    """
    be_careful(url, mine=mine)
    if figure is not None and figure.suffix not in {".svg", ".html"}:
        raise InvalidInput(f"{figure}: name a file that ends in .svg or .html.", field="figure")
    settings = settings_with(data_dir=data_dir)
    clock = SystemClock()
    venue = Venue(url, org, offering or "", clock, RandomIds(clock))
    with ExitStack() as stack:
        out = None if figure is None else stack.enter_context(written(figure))
        played, report = run_async(_played(scenario, venue, settings))
        if figure is not None and out is not None:
            out.write(drawn(played, as_page=figure.suffix == ".html"))
    facts = played.facts() | {"check": None if report is None else report.facts()}
    if as_json:
        answer(facts, as_json=True, words="")
    else:
        _show(played, report, figure)
    if played.complaints or (report is not None and not report.ok):
        raise typer.Exit(1)


async def _played(
    name: ScenarioName, venue: Venue, settings: Settings
) -> tuple[Played, Report | None]:
    scenario = SCENARIOS[name.value]
    venue = await venue.found(places=scenario.places or 1)
    with progress() as bar:
        task = bar.add_task(scenario.sentence, total=len(scenario.arrivals))
        played = await play(
            scenario,
            venue,
            clock=venue.clock,
            answered=lambda count: bar.update(task, completed=count),
        )
    return played, await _settled(settings) if _is_within_reach(settings) else None


def _is_within_reach(settings: Settings) -> bool:
    """Whether there is a database that the settings mean: a check must not make an empty one."""
    folder = settings.data_dir or default_data_dir()
    return settings.database_url is not None or (folder / "postgres").exists()


async def _settled(settings: Settings) -> Report:
    """The check, once the worker has done what the load left it, or when it is overdue."""
    clock = SystemClock()
    deadline = clock.monotonic() + LOAD_SETTLE_SECONDS_MAX
    while True:
        report = await checked(settings, settled=True)
        if report.ok or clock.monotonic() > deadline:
            return report
        await asyncio.sleep(1)


def _show(played: Played, report: Report | None, figure: Path | None) -> None:
    console = Console()
    console.print(f"{played.scenario.sentence}.", soft_wrap=True)
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in figures(played.summary):
        table.add_row(name, value)
    console.print(table)
    for complaint in played.complaints:
        console.print(f"Not well: {complaint}.")
    if report is None:
        console.print("The book was not checked: name its --data-dir or FULLHOUSE_DATABASE_URL.")
    else:
        console.print(in_words(report), markup=False, highlight=False, soft_wrap=True)
    if figure is not None:
        console.print(f"The curve is in {figure}.")

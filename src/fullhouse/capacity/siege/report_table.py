"""The report of a siege on the terminal."""

from typing import Final

from rich.console import Console
from rich.table import Table

from fullhouse.capacity.siege.report import SiegeReport
from fullhouse.capacity.siege.report_text import HEADINGS, cells_of, lines_of

_WIDTH: Final = 150
"""Of the table in a file or a pipe."""


def show_siege(report: SiegeReport) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table(title=f"Guests during {report.seconds:g} s of each attack: served, p50 / p99 ms")
    table.add_column("attack")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    table.add_column("")
    for attack in report.attacks:
        table.add_row(attack.name, *cells_of(attack), "FAILED" if attack.gave_way else "ok")
    console.print(table)
    for line in lines_of(report):
        console.print(line, markup=False, highlight=False, soft_wrap=True)

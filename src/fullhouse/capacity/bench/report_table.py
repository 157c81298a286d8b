"""The report of a benchmark on the terminal."""

from typing import Final

from rich.console import Console
from rich.table import Table

from fullhouse.capacity.bench.report import BenchReport
from fullhouse.capacity.bench.report_text import HEADINGS, cells_of, lines_of
from fullhouse.capacity.bench.rounds import BenchPlan

_WIDTH: Final = 120
"""Of the table in a file or a pipe."""


def show_report(report: BenchReport, plan: BenchPlan) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table(title=f"Medians; rounds of {report.seconds} s: {report.rounds}")
    table.add_column("what")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    table.add_column("")
    for figure in report.figures:
        table.add_row(*cells_of(figure))
    console.print(table)
    for line in lines_of(report, plan):
        console.print(line)

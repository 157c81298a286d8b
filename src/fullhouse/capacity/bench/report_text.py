"""The report of a benchmark as the cells of a table and the sentences below it."""

from typing import Final

from fullhouse.capacity.bench.figure import Figure
from fullhouse.capacity.bench.report import BenchReport
from fullhouse.capacity.bench.rounds import BenchPlan

HEADINGS: Final = ("ratio", "target", "measured", "compared with")
_LOAD_QUIET: Final = 0.5


def cells_of(figure: Figure) -> tuple[str, ...]:
    """What was measured, and whether it is as it has to be."""
    verdict = "ok" if figure.ok else "FAILED"
    ratio = f"{figure.ratio:.2f}"
    return (figure.subject, ratio, figure.wanted, figure.value, figure.compared_with, verdict)


def lines_of(report: BenchReport, plan: BenchPlan) -> list[str]:
    tail = "; ".join(
        f"{one.p50_ms:.1f}, {one.p95_ms:.1f} and {one.p99_ms:.1f} ms" for one in report.tail.product
    )
    overloads = [
        f"At {one.connections:,} connections {one.result.booked:,} were booked in"
        f" {plan.overload_seconds} s, 99% within {one.result.p99_ms / 1000:.2f} s;"
        f" {one.result.refused:,} were refused, {one.result.gave_up:,} gave up after 2 s,"
        f" {one.result.failed:,} failed; {one.livez.unanswered} of {one.livez.sent} probes of"
        " /livez were not answered."
        for one in report.overloads
    ]
    counts = (
        f"{report.acknowledged:,} bookings acknowledged, {report.stored:,} stored;"
        f" {report.discarded:,} events and e-mails were discarded between the steps."
    )
    busy = float(report.machine["load_before"]) > _LOAD_QUIET
    warning = "Other programs used the processors meanwhile: measure again on a quiet machine."
    return [
        *([warning] if busy else []),
        f"At half of the best rate 50%, 95% and 99% were answered within {tail}.",
        *overloads,
        *(
            []
            if report.messages is None
            else [f"{report.messages.rendered:,.0f} e-mails a second were rendered after bookings."]
        ),
        counts,
        ", ".join(f"{name}: {value}" for name, value in report.machine.items()),
    ]

"""Calendar files, and what is closed by them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import CLOSURE_STEPS_MAX, RULE_STEPS_MAX
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.calendar_report import CalendarReport
from fullhouse.scheduling.model.calendar_zones import Zones
from fullhouse.scheduling.model.closures import ClosedSpanBuilder
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.wall_time import wall_at

CHICAGO = ZoneInfo("America/Chicago")
FIRST = datetime(2027, 1, 1)  # noqa: DTZ001 - wall time


def calendar_file(*events: str, zones: str = "") -> bytes:
    """A file with events, each without its BEGIN and END."""
    bodies = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{zones}{bodies}END:VCALENDAR\n".encode()


def report_of(file: bytes, zone: ZoneInfo = CHICAGO) -> CalendarReport:
    return read_closures(file, zone, first=FIRST, budget=StepBudget(RULE_STEPS_MAX))


def closed_times(
    report: CalendarReport, zone: ZoneInfo = CHICAGO, *, days: int = 2 * 366
) -> list[tuple[datetime, datetime, str]]:
    """Start, end and reason of all that is closed in the first days, on the wall of the venue."""
    start = FIRST.replace(tzinfo=zone).astimezone(UTC)
    budget = StepBudget(CLOSURE_STEPS_MAX)
    builder = ClosedSpanBuilder(
        Zones(zone, budget), Timespan(start, start + timedelta(days=days)), budget
    )
    for _ in builder.add(found.closure for found in report.closures):
        pass
    return [
        (wall_at(span.start, zone), wall_at(span.end, zone), reason)
        for span, reason in builder.build()
    ]


def spans(file: bytes, zone: ZoneInfo = CHICAGO, *, days: int = 2 * 366) -> list[str]:
    """The closed times of a file, as text."""
    return [
        f"{start:%Y-%m-%d %H:%M}/{end:%Y-%m-%d %H:%M}"
        for start, end, _ in closed_times(report_of(file, zone), zone, days=days)
    ]


def findings(report: CalendarReport) -> dict[str, int]:
    """How many events each finding of a report is about, by its code."""
    return {each.code: each.events for each in (*report.left_out, *report.remarks)}

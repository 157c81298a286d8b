"""Reading a calendar file in a process of its own: `python -m fullhouse.scheduling.calendar_file`.

It reads a `CalendarRequest` from standard input and writes a `ReadCalendar` or a `RefusedFile`.
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.concurrency.process_limits import limit_this_process
from fullhouse.scheduling.limits import (
    CALENDAR_CPU_SECONDS_MAX,
    CALENDAR_MEMORY_BYTES_MAX,
    RULE_STEPS_MAX,
)
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.calendar_report import CalendarReport
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.rule_expansion import StepBudget


class CalendarRequest(msgspec.Struct, frozen=True):
    """A file, and the wall time in a zone from which on its closures are asked."""

    file: bytes
    zone: str
    first: datetime


class ReadCalendar(msgspec.Struct, frozen=True, tag="read"):
    """What the file comes to."""

    report: CalendarReport


class RefusedFile(msgspec.Struct, frozen=True, tag="refused"):
    """Why the file cannot be read, as in `CalendarInvalid`."""

    line: int
    detail: str


CalendarResult = ReadCalendar | RefusedFile


def read_file(request: CalendarRequest) -> CalendarResult:
    """The closures of a file with their report, or why it is refused."""
    try:
        report = read_closures(
            request.file,
            ZoneInfo(request.zone),
            first=request.first,
            budget=StepBudget(RULE_STEPS_MAX),
        )
    except CalendarInvalid as refused:
        return RefusedFile(refused.line, refused.detail)
    return ReadCalendar(report)


def main() -> None:
    limit_this_process(cpu_seconds=CALENDAR_CPU_SECONDS_MAX, memory_bytes=CALENDAR_MEMORY_BYTES_MAX)
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=CalendarRequest)
    sys.stdout.buffer.write(msgspec.msgpack.encode(read_file(request)))


if __name__ == "__main__":
    main()

"""The report of an import of a calendar file, and of its preview."""

from typing import ClassVar

import msgspec

from fullhouse.entrypoints.inputs.offerings import CLOSURE_EXAMPLE
from fullhouse.entrypoints.outputs.schedules import ClosureTimesResponse, SlotReviewResponse
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.scheduling.actions.import_closures import Imported
from fullhouse.scheduling.limits import CLOSURES_LISTED_MAX
from fullhouse.scheduling.model.calendar_report import (
    CalendarReport,
    FileClosure,
    Finding,
    Omission,
    Remark,
)


class FileClosureResponse(ClosureTimesResponse, frozen=True, kw_only=True):
    """A closure of the file, and the line at which its event begins."""

    line: int

    @staticmethod
    def of(found: FileClosure) -> "FileClosureResponse":
        times = msgspec.structs.asdict(ClosureTimesResponse.of_closure(found.closure))
        return FileClosureResponse(line=found.line, **times)


class FindingResponse(msgspec.Struct, frozen=True):
    """What holds of some events of the file: how many, and the first of their lines."""

    code: Omission | Remark
    detail: str
    events: int
    lines: tuple[int, ...]

    @staticmethod
    def of(finding: Finding) -> "FindingResponse":
        return FindingResponse(finding.code, finding.detail, finding.events, finding.lines)


class SlotChangesResponse(msgspec.Struct, frozen=True):
    """How many slots an import creates, closes, reopens and removes."""

    created: int
    closed: int
    reopened: int
    removed: int


class CalendarImportResponse(ResponseBody, frozen=True, kw_only=True):
    """What a calendar file changes, and what became of its events.

    `closures` are the first thousand that come of the file. `left_out` are events that close
    nothing. `slots_with_bookings` were open before; their guests are not told.
    """

    example: ClassVar = {
        "applied": True,
        "added": 1,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "events": 3,
        "closures": [{"line": 4, **CLOSURE_EXAMPLE, "rule": "", "exdates": [], "zone": None}],
        "left_out": [
            {"code": "over", "detail": "These events are over.", "events": 2, "lines": [10, 16]}
        ],
        "remarks": [],
        "slots": {"created": 0, "closed": 12, "reopened": 0, "removed": 0},
        "slots_with_bookings": [],
    }
    applied: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    events: int
    closures: tuple[FileClosureResponse, ...]
    left_out: tuple[FindingResponse, ...]
    remarks: tuple[FindingResponse, ...]
    slots: SlotChangesResponse
    slots_with_bookings: tuple[SlotReviewResponse, ...]

    @staticmethod
    def of(done: Imported, report: CalendarReport, *, applied: bool) -> "CalendarImportResponse":
        return CalendarImportResponse(
            applied=applied,
            added=done.added,
            changed=done.changed,
            removed=done.removed,
            unchanged=done.unchanged,
            events=report.events,
            closures=tuple(map(FileClosureResponse.of, report.closures[:CLOSURES_LISTED_MAX])),
            left_out=tuple(map(FindingResponse.of, report.left_out)),
            remarks=tuple(map(FindingResponse.of, report.remarks)),
            slots=SlotChangesResponse(
                created=sum(each.created for each in done.offerings),
                closed=sum(each.closed for each in done.offerings),
                reopened=sum(each.reopened for each in done.offerings),
                removed=sum(each.dropped for each in done.offerings),
            ),
            slots_with_bookings=tuple(map(SlotReviewResponse.of, done.slots_with_bookings)),
        )

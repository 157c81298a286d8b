"""What became of each event of a calendar file: the report that its owner reads."""

from collections import defaultdict
from typing import Final, Literal

import msgspec

from fullhouse.scheduling.limits import CALENDAR_LINES_REPORTED_MAX
from fullhouse.scheduling.model.closures import Closure

Omission = Literal["over", "cancelled", "no_length", "free", "replaced", "duplicate", "excepted"]
Remark = Literal[
    "free_day", "no_uid", "not_utf8", "zone_by_name", "exception_unmatched", "exrule", "until"
]

_DETAILS: Final[dict[Omission | Remark, str]] = {
    "over": "These events are over.",
    "cancelled": "These events are cancelled (STATUS:CANCELLED or METHOD:CANCEL).",
    "no_length": "These events have no length: they end when they start.",
    "free": "These events have a time of day and are marked as free (TRANSP:TRANSPARENT).",
    "replaced": "The file has a later version of these events, with a higher SEQUENCE.",
    "duplicate": "These events are in the file twice.",
    "excepted": "All times of these events are excluded, moved or cancelled elsewhere in the file.",
    "free_day": "These whole days are marked as free (TRANSP:TRANSPARENT). They close the venue.",
    "no_uid": (
        "These events have no UID. The next import recognises them by their time and title."
    ),
    "not_utf8": (
        "These events are not written in UTF-8. Check their accented letters, which were read as"
        " Windows-1252."
    ),
    "zone_by_name": "Their time zone is defined wrongly here. The zone of that name is used.",
    "exception_unmatched": (
        "An EXDATE or RECURRENCE-ID of these events names no time of theirs, and takes none away."
    ),
    "exrule": "EXRULE is no longer part of the standard and has no effect. Use EXDATE.",
    "until": "These events are kept as single dates, for three years. Import the file again then.",
}


class Finding(msgspec.Struct, frozen=True):
    """What holds of some events of a file, with the first of their lines."""

    code: Omission | Remark
    detail: str
    events: int
    lines: tuple[int, ...]


class FileClosure(msgspec.Struct, frozen=True):
    """A closure and the line at which its event begins."""

    line: int
    closure: Closure


class CalendarReport(msgspec.Struct, frozen=True):
    """What a file comes to: each of its events is in `closures` or in `left_out`."""

    events: int
    closures: tuple[FileClosure, ...]
    left_out: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


class Findings:
    """Collects events by what is to be said of them."""

    def __init__(self) -> None:
        self._lines: dict[Omission | Remark, list[int]] = defaultdict(list)

    def add(self, code: Omission | Remark, line: int) -> None:
        self._lines[code].append(line)

    def build(self) -> tuple[Finding, ...]:
        """Those that most events have first."""
        found = sorted(self._lines.items(), key=lambda entry: (-len(entry[1]), entry[0]))
        return tuple(
            Finding(
                code, _DETAILS[code], len(lines), tuple(sorted(lines)[:CALENDAR_LINES_REPORTED_MAX])
            )
            for code, lines in found
        )

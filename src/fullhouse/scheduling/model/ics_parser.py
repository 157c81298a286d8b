"""The lines of an iCalendar file (RFC 5545 §3.1), read down to what a closure needs.

An uploaded file is whatever anybody sent us. So each line is checked by itself, with its number in
every complaint, and only events and the dozen properties that say when they are go any further:
alarms, attachments and time zone definitions are left out (a TZID must be a zone that is known).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from fullhouse.kernel.errors import InvalidInput
from fullhouse.scheduling.limits import (
    CALENDAR_BYTES_MAX,
    CALENDAR_ZONE_CHARACTERS_MAX,
    CLOSURE_YEAR_MAX,
    CLOSURE_YEAR_MIN,
)

_DATES: Final = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})
_LISTS: Final = frozenset({"RDATE", "EXDATE"})
_KEPT: Final = _DATES | {"UID", "SUMMARY", "DURATION", "RRULE", "STATUS", "SEQUENCE"}
_DATE: Final = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)
_YEARS: Final = range(CLOSURE_YEAR_MIN, CLOSURE_YEAR_MAX + 1)
_DURATION: Final = re.compile(
    r"\+?P(?=.)(?:(\d{1,3})W|(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)",
    re.ASCII,
)
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:])*)')
_LINE: Final = re.compile(rf"([A-Za-z0-9-]+)((?:{_PARAMETER.pattern})*):(.*)", re.DOTALL)
_DEPTH_MAX: Final = 8
_EVENT: Final = ["VCALENDAR", "VEVENT"]


class CalendarInvalid(InvalidInput):
    """The calendar file cannot be read; `line` counts from 1, or is 0 for the whole file."""

    code = "calendar_invalid"
    message = "The calendar file cannot be read. Correct the line that is named."
    field: str = "file"
    line: int


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One unfolded line: where it begins, its name, the parameters that matter, and its value."""

    number: int
    name: str
    parameters: tuple[tuple[str, str], ...]
    value: str

    def text(self) -> str:
        """The line as iCalendar again."""
        return f"{self.name}{''.join(f';{n}={v}' for n, v in self.parameters)}:{self.value}"


@dataclass(slots=True)
class EventLines:
    """The lines of one event, by name; only RDATE and EXDATE may stand more than once."""

    number: int
    lines: dict[str, list[ContentLine]] = field(default_factory=dict)

    def add(self, line: ContentLine) -> None:
        """Keeps a line, and refuses a second one where there may be but one."""
        if line.name in self.lines and line.name not in _LISTS:
            raise refused(line.number, f"{line.name} stands twice in this event.")
        self.lines.setdefault(line.name, []).append(line)

    def first(self, name: str) -> ContentLine | None:
        return next(iter(self.lines.get(name, ())), None)

    @property
    def start(self) -> ContentLine:
        return self.lines["DTSTART"][0]

    @property
    def uid(self) -> str:
        return self.lines["UID"][0].value

    def replace_rule(self, dates: Sequence[datetime]) -> None:
        """Give the event the dates of its rule, in the form of its start, in place of the rule."""
        rule = self.lines.pop("RRULE")[0]
        whole_days, in_utc = "T" not in self.start.value, self.start.value.endswith("Z")
        form = "%Y%m%d" if whole_days else "%Y%m%dT%H%M%SZ" if in_utc else "%Y%m%dT%H%M%S"
        values = dict.fromkeys(date.strftime(form) for date in dates)
        if values:
            dated = ContentLine(rule.number, "RDATE", self.start.parameters, ",".join(values))
            self.lines.setdefault("RDATE", []).append(dated)

    def text(self) -> str:
        """The event as iCalendar again, with nothing in it but what was checked."""
        body = [line.text() for lines in self.lines.values() for line in lines]
        return "\r\n".join(["BEGIN:VEVENT", *body, "END:VEVENT", ""])


def read_events(data: bytes) -> list[EventLines]:
    """The events of a calendar file. Raises `CalendarInvalid`."""
    events: list[EventLines] = []
    inside: list[str] = []
    number = 0
    for number, raw in _unfolded(_decoded(data)):
        line = _split(number, raw)
        if line.name in ("BEGIN", "END"):
            _follow(line, inside)
            if line.name == "BEGIN" and inside == _EVENT:
                events.append(EventLines(number))
        elif not inside:
            raise refused(number, "A calendar file begins with BEGIN:VCALENDAR.")
        elif inside == _EVENT and line.name in _KEPT:
            events[-1].add(_checked(line))
    if inside or not number:
        raise refused(number, "The file ends too early: END:VCALENDAR is missing.")
    return events


def refused(number: int, why: str) -> CalendarInvalid:
    """The complaint about a line."""
    return CalendarInvalid(f"Line {number}: {why}" if number else why, line=number)


def written_time(value: str) -> datetime:
    """What a date or time spells, without regard to its zone; a day is its midnight."""
    return datetime.strptime(f"{value}T000000"[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time


def written_duration(value: str) -> timedelta:
    """What a checked DURATION spells."""
    found = _DURATION.fullmatch(value.strip())
    assert found is not None, "it was checked with its line"
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each logical line with the number of its first physical one; empty ones are left out."""
    start, parts = 0, list[str]()
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if raw[:1] in (" ", "\t") and parts:
            parts.append(raw[1:])
            continue
        if parts:
            yield start, "".join(parts)
        start, parts = number, [raw] if raw.strip() else []
    if parts:
        yield start, "".join(parts)


def _split(number: int, raw: str) -> ContentLine:
    found = _LINE.fullmatch(raw)
    if found is None:
        raise refused(number, f"“{raw[:60]}” is not of the form NAME:VALUE.")
    kept = tuple(
        (name.upper(), value.strip('"'))
        for name, value in _PARAMETER.findall(found[2])
        if name.upper() in ("TZID", "RANGE")
    )
    return ContentLine(number, found[1].upper(), kept, found[5])


def _decoded(data: bytes) -> str:
    if len(data) > CALENDAR_BYTES_MAX:
        raise refused(0, f"A calendar file has at most {CALENDAR_BYTES_MAX // 1024} KiB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise refused(number, "A calendar file is written in UTF-8.") from error


def _follow(line: ContentLine, inside: list[str]) -> None:
    """Keeps account of what has been begun and not yet ended."""
    component = line.value.strip().upper()
    if line.name == "END":
        if not inside or inside.pop() != component:
            raise refused(line.number, f"END:{component} closes what was not begun.")
        return
    inside.append(component)
    if (len(inside) == 1) != (component == "VCALENDAR"):
        raise refused(line.number, "A file holds one VCALENDAR, and everything else inside it.")
    if len(inside) > _DEPTH_MAX:
        raise refused(line.number, "This is nested too deeply to be a calendar.")


def _checked(line: ContentLine) -> ContentLine:
    if line.name in _DATES:
        return _checked_dates(line)
    if line.name == "DURATION" and not _DURATION.fullmatch(line.value.strip()):
        raise refused(line.number, f"DURATION is like PT2H or P1D, not “{line.value[:60]}”.")
    if line.name == "SEQUENCE" and not re.fullmatch(r"[0-9]{1,9}", line.value):
        raise refused(line.number, f"SEQUENCE is a number, not “{line.value[:60]}”.")
    return ContentLine(line.number, line.name, (), line.value)


def _checked_dates(line: ContentLine) -> ContentLine:
    values = line.value.split(",")
    if len(values) > 1 and line.name not in _LISTS:
        raise refused(line.number, f"{line.name} has one value.")
    for value in values:
        if not _is_date(value):
            message = f"{line.name} is a date like 20270704 or 20270704T090000, not “{value[:60]}”."
            raise refused(line.number, message)
    whole_days = ["T" not in value for value in values]
    if any(whole_days) != all(whole_days):
        raise refused(line.number, f"{line.name} mixes days and times.")
    parameters = [("VALUE", "DATE")] if all(whole_days) else []
    for name, value in line.parameters:
        if name == "TZID" and not all(whole_days) and not line.value.endswith("Z"):
            parameters.append((name, _known_zone(line.number, value)))
        elif name == "RANGE":
            parameters.append((name, value))
    return ContentLine(line.number, line.name, tuple(parameters), line.value)


def _is_date(value: str) -> bool:
    try:
        return _DATE.fullmatch(value) is not None and written_time(value).year in _YEARS
    except ValueError:
        return False


def _known_zone(number: int, name: str) -> str:
    """The IANA name behind a TZID: itself, its end after a vendor's prefix, or Windows's name."""
    plain = name.strip().strip("/")
    pieces = plain.split("/")
    names = [WINDOWS_TO_OLSON.get(plain, plain), "/".join(pieces[-2:]), "/".join(pieces[-3:])]
    if len(plain) > CALENDAR_ZONE_CHARACTERS_MAX:
        names = []  # looking up very many pieces would end the interpreter's stack
    for candidate in names:
        try:
            ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return candidate
    raise refused(number, f"The time zone “{name[:60]}” is not known; use a name of the IANA's.")

"""One event of a calendar file, its lines read as values. What they come to is `calendar_file`'s.

A time without a zone takes that of DTSTART, and floats on the venue's wall where that has none,
too. An end may be left out, be the start itself, or be a length; a day is a day in each case.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fullhouse.kernel.text import one_line
from fullhouse.scheduling.limits import (
    CALENDAR_UID_CHARACTERS_MAX,
    CLOSURE_YEAR_MAX,
    CLOSURE_YEAR_MIN,
    REASON_CHARACTERS_MAX,
)
from fullhouse.scheduling.model.ics_parser import ComponentLines, ContentLine, refused

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
UTC_MARK: Final = "Z"
_DATE: Final = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)
_YEARS: Final = range(CLOSURE_YEAR_MIN, CLOSURE_YEAR_MAX + 1)
_SPELLED_DAY: Final = re.compile(r"\b(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_UNTIL: Final = re.compile(r"UNTIL=([^;]*)", re.IGNORECASE)
_DURATION: Final = re.compile(
    r"\+?P(?=.)(?:(\d{1,3})W|(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)",
    re.ASCII,
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SPELLED: Final = ("DTSTART", "DTEND", "RDATE", "RECURRENCE-ID")


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A day or time as it is spelled; `zone` is a TZID, `Z` for UTC, or empty."""

    line: int
    wall: datetime
    whole_day: bool
    zone: str


@dataclass(frozen=True, slots=True)
class WrittenPeriod:
    """A value of RDATE: the start of an occurrence, and its own end or length if it has one."""

    start: WrittenTime
    end: WrittenTime | timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """An event that is well-formed; whether it closes anything is another question."""

    line: int
    uid: str
    has_uid: bool
    sequence: int
    start: WrittenTime
    end: WrittenTime | timedelta | None
    rule: ContentLine | None
    rdates: tuple[WrittenPeriod, ...]
    exdates: tuple[WrittenTime, ...]
    recurrence_id: WrittenTime | None
    and_future: bool
    """RANGE=THISANDFUTURE: it moves all later occurrences, too."""
    reason: str
    is_cancelled: bool
    is_free: bool
    has_exrule: bool
    is_utf8: bool


def read_event(lines: ComponentLines) -> CalendarEvent:
    """Raises `CalendarInvalid` for an event that cannot be meant."""
    if lines.fault is not None:
        raise lines.fault
    begins, moved_from = lines.first("DTSTART"), lines.first("RECURRENCE-ID")
    uid, is_cancelled = uid_of(lines), lines.text("STATUS").upper() == "CANCELLED"
    if begins is None and is_cancelled:
        begins = moved_from  # of what is cancelled RFC 5546 asks for no more
    if begins is None:
        raise refused(lines.number, "This event has no DTSTART.")
    start = _time(begins)
    return CalendarEvent(
        line=lines.number,
        uid=uid or _derived_uid(lines),
        has_uid=bool(uid),
        sequence=sequence_of(lines),
        start=start,
        end=_end(lines, start),
        rule=lines.first("RRULE"),
        rdates=tuple(period for line in lines.all("RDATE") for period in _periods(line, start)),
        exdates=tuple(time for line in lines.all("EXDATE") for time in _times(line, start)),
        recurrence_id=None if moved_from is None else _time(moved_from, start),
        and_future=moved_from is not None and _moves_all_later(moved_from),
        reason=_reason(lines.text("SUMMARY")),
        is_cancelled=is_cancelled,
        is_free=lines.text("TRANSP").upper() == "TRANSPARENT",
        has_exrule=bool(lines.all("EXRULE")),
        is_utf8=lines.is_utf8,
    )


def uid_of(lines: ComponentLines) -> str:
    """The UID, or an empty text. Raises `CalendarInvalid`."""
    line = lines.first("UID")
    if line is None:
        return ""
    if len(line.value) > CALENDAR_UID_CHARACTERS_MAX or _CONTROLS.search(line.value):
        message = f"A UID is plain text of at most {CALENDAR_UID_CHARACTERS_MAX} characters."
        raise refused(line.number, message)
    return line.value


def sequence_of(lines: ComponentLines) -> int:
    """The number of the event's version. Raises `CalendarInvalid`."""
    line = lines.first("SEQUENCE")
    if line is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", line.value):  # some write the time of the change
        raise refused(line.number, f"SEQUENCE is a number, not “{line.value[:60]}”.")
    return int(line.value)


def is_over(lines: ComponentLines, before: datetime) -> bool:
    """Whether all days that an event spells lie before `before`, however badly they are spelled.

    A rule must spell its end. So what is wrong in an event of years ago refuses no file.
    """
    spelled = [line.value for name in _SPELLED for line in lines.all(name)] + lines.faulty
    if any("/P" in text.upper() for text in spelled) or _goes_on(lines):
        return False
    rules = [line.value for line in lines.all("RRULE")]
    rules += [raw for raw in lines.faulty if raw.upper().startswith("RRULE")]
    for rule in rules:
        until = _UNTIL.search(rule)
        if until is None:
            return False
        spelled.append(until[1])
    days = [day for text in spelled for day in _spelled_days(text)]
    lengths = [found for line in lines.all("DURATION") if (found := _length(line.value))]
    return bool(days) and max(days) < before - max(lengths, default=DAY) - DAY


def _goes_on(lines: ComponentLines) -> bool:
    """Whether it changes all later occurrences of an event, which may be still to come."""
    return any(line.parameters.get("RANGE") for line in lines.all("RECURRENCE-ID"))


def _spelled_days(text: str) -> Iterator[datetime]:
    """The days of a text; one that no calendar has is the last of its year."""
    for year, month, day in _SPELLED_DAY.findall(text):
        try:
            yield datetime(int(year), int(month), int(day))  # noqa: DTZ001 - wall time
        except ValueError:
            yield datetime(min(max(int(year), 1), CLOSURE_YEAR_MAX), 12, 31)  # noqa: DTZ001


def _moves_all_later(line: ContentLine) -> bool:
    """By RANGE, of which RFC 5545 §3.2.13 has one value left."""
    range_ = line.parameters.get("RANGE", "").upper()
    if range_ not in ("", "THISANDFUTURE"):
        raise refused(line.number, f"RANGE is THISANDFUTURE or left out, not {range_[:60]}.")
    return bool(range_)


def _time(line: ContentLine, start: WrittenTime | None = None) -> WrittenTime:
    (*more, time) = _times(line, start)
    if more:
        raise refused(line.number, f"{line.name} has one value.")
    return time


def _times(line: ContentLine, start: WrittenTime | None = None) -> list[WrittenTime]:
    times = [_read_time(line, value, start) for value in line.value.split(",") if value.strip()]
    if len({time.whole_day for time in times}) > 1:
        raise refused(line.number, f"{line.name} mixes days and times.")
    if not times:
        raise refused(line.number, f"{line.name} has one value.")
    return times


def _periods(line: ContentLine, start: WrittenTime) -> Iterator[WrittenPeriod]:
    """The values of an RDATE, with those of VALUE=PERIOD (RFC 5545 §3.3.9)."""
    values = [value.strip() for value in line.value.split(",") if value.strip()]
    days = {"T" not in value.upper() for value in values}
    if len(days) > 1:
        raise refused(line.number, f"{line.name} mixes days and times.")
    for value in values:
        first, slash, last = value.partition("/")
        begins = _read_time(line, first, start)
        if not slash:
            yield WrittenPeriod(begins, None)
        elif last.upper().startswith(("P", "+P")):
            yield WrittenPeriod(begins, _duration(line, last))
        else:
            yield WrittenPeriod(begins, _read_time(line, last, begins))


def _read_time(line: ContentLine, text: str, start: WrittenTime | None) -> WrittenTime:
    value = text.strip().upper()
    wall = _spelled_time(value)
    if wall is None:
        message = f"{line.name} is a date like 20270704 or 20270704T090000, not “{text[:60]}”."
        raise refused(line.number, message)
    whole_day = "T" not in value
    zone = UTC_MARK if value.endswith(UTC_MARK) else line.zone.strip()
    if whole_day:
        zone = ""
    elif not zone and start is not None:
        zone = start.zone
    return WrittenTime(line.number, wall, whole_day, zone)


def _spelled_time(value: str) -> datetime | None:
    if not _DATE.fullmatch(value):
        return None
    text = f"{value}T000000"[:15]
    text = text[:13] + "59" if text.endswith("60") else text  # a leap second
    try:
        wall = datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time
    except ValueError:
        return None
    return wall if wall.year in _YEARS else None


def _end(lines: ComponentLines, start: WrittenTime) -> WrittenTime | timedelta | None:
    ends, lasts = lines.first("DTEND"), lines.first("DURATION")
    if lasts is not None:
        if ends is not None:
            raise refused(ends.number, "An event ends by DTEND or by DURATION, not by both.")
        return _duration(lasts, lasts.value)
    if ends is None:
        return None
    end = _time(ends, start)
    if end.whole_day != start.whole_day:
        raise refused(end.line, "DTSTART and DTEND are both days or both times.")
    return end


def _duration(line: ContentLine, text: str) -> timedelta:
    length = _length(text)
    if length is None:
        message = f"{line.name} is like PT2H or P1D, not “{text[:60]}”."
        raise refused(line.number, message)
    return length


def _length(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _derived_uid(lines: ComponentLines) -> str:
    """The same for each import of an event without UID, as long as its time and text stay."""
    names = ("DTSTART", "DTEND", "DURATION", "SUMMARY", "RRULE", "RECURRENCE-ID")
    parts = [f"{line.zone}:{line.value}" for name in names for line in lines.all(name)]
    return "no-uid-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _reason(text: str) -> str:
    plain = re.sub(r"\\(.)", lambda escaped: " " if escaped[1] in "nN" else escaped[1], text)
    return one_line(plain)[:REASON_CHARACTERS_MAX].strip() or "Closed"

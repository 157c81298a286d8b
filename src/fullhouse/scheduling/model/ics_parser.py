"""The lines of an iCalendar file (RFC 5545 §3.1), as far as closures need them.

An uploaded file is whatever anybody sent us. The structure of components is strict, and so are the
dozen properties that say when an event is and what it is called. All other lines are passed over,
whatever they look like. A mistake in one of the dozen is kept with its event: whether it matters is
decided by whoever knows what is over.

The standard asks for UTF-8. Old programs write the code of their system, and lines may be folded
within a character: so a line is decoded anew when it is whole, and what is still no UTF-8 is read
as Windows-1252.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fullhouse.kernel.errors import InvalidInput
from fullhouse.scheduling.limits import CALENDAR_BYTES_MAX

_EVENT: Final = ("VCALENDAR", "VEVENT")
_ZONE: Final = ("VCALENDAR", "VTIMEZONE")
_OBSERVANCES: Final = frozenset({(*_ZONE, "STANDARD"), (*_ZONE, "DAYLIGHT")})
_DATES: Final = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})
_LISTS: Final = frozenset({"RDATE", "EXDATE", "EXRULE"})
_OF_CALENDAR: Final = frozenset({"METHOD"})
_ONCE: Final = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID", "UID"})
_OF_EVENT: Final = _DATES | _LISTS | _ONCE | frozenset({"SUMMARY", "STATUS", "SEQUENCE", "TRANSP"})
_OF_ZONE: Final = frozenset({"TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"})
_PARAMETERS: Final = frozenset({"TZID", "RANGE"})
_NAME: Final = re.compile(r"([A-Za-z-]+)\s*([;:=])", re.ASCII)
_EDGE: Final = re.compile(r"(BEGIN|END|begin|end)\s*:(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:])*)')
_LINE: Final = re.compile(rf"[A-Za-z-]+((?:{_PARAMETER.pattern})*):(.*)", re.DOTALL)
_OF_DATE: Final = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";])*)')
_DATE_LINE: Final = re.compile(rf"[A-Za-z-]+((?:{_OF_DATE.pattern})*):([^:]*)", re.DOTALL)
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_BYTE_ORDER_MARK: Final = "\ufeff"
_DEPTH_MAX: Final = 8


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
    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_utf8: bool = True

    @property
    def zone(self) -> str:
        """The TZID, or an empty text."""
        return self.parameters.get("TZID", "")


@dataclass(slots=True)
class ComponentLines:
    """The lines of one component by name; some may be there more than once."""

    number: int
    lines: dict[str, list[ContentLine]] = field(default_factory=dict)
    fault: CalendarInvalid | None = None
    """The first mistake in a line that matters."""
    faulty: list[str] = field(default_factory=list)
    """The lines with mistakes, as they are written."""

    def add(self, number: int, raw: str, names: frozenset[str]) -> None:
        """Keep a line if its name is one of `names` and it has a value."""
        try:
            line = _split(number, raw, names)
            if line is None or not line.value:
                return
            if line.name in self.lines and line.name in _ONCE:
                raise refused(number, f"{line.name} stands twice in this event.")
        except CalendarInvalid as fault:
            self.fault = self.fault or fault
            self.faulty.append(raw)
            return
        self.lines.setdefault(line.name, []).append(line)

    def first(self, name: str) -> ContentLine | None:
        return next(iter(self.lines.get(name, ())), None)

    def all(self, name: str) -> list[ContentLine]:
        return self.lines.get(name, [])

    def text(self, name: str) -> str:
        line = self.first(name)
        return "" if line is None else line.value

    @property
    def is_utf8(self) -> bool:
        """Whether the encoding of no line that is read had to be guessed."""
        return all(line.is_utf8 for lines in self.lines.values() for line in lines)


@dataclass(slots=True)
class ZoneLines(ComponentLines):
    """A VTIMEZONE and its observances."""

    observances: list[ComponentLines] = field(default_factory=list)

    @property
    def key(self) -> str:
        return zone_key(self.text("TZID"))


@dataclass(slots=True)
class CalendarLines:
    """One VCALENDAR: its events and zones. A file may hold several, each with zones of its own."""

    properties: ComponentLines = field(default_factory=lambda: ComponentLines(0))
    events: list[ComponentLines] = field(default_factory=list)
    zones: list[ZoneLines] = field(default_factory=list)

    def zones_by_key(self) -> Mapping[str, ZoneLines]:
        """The definitions by what `zone_key` makes of their TZID; of equal ones the first."""
        return {zone.key: zone for zone in reversed(self.zones)}

    @property
    def cancels(self) -> bool:
        """Whether it tells that its events are cancelled (RFC 5546 §3.2.5)."""
        return self.properties.text("METHOD").upper() == "CANCEL"


def read_calendars(data: bytes) -> list[CalendarLines]:
    """The calendars of a file. Raises `CalendarInvalid` when its components are not in order."""
    calendars: list[CalendarLines] = []
    inside: list[str] = []
    number = 0
    for number, raw in _unfolded(_decoded(data)):
        edge = _EDGE.fullmatch(raw)
        if edge is not None:
            _follow(number, edge, inside)
            if edge[1].upper() == "BEGIN":
                _begin(number, tuple(inside), calendars)
        elif inside:
            names, component = _open_component(tuple(inside), calendars[-1])
            if component is not None:
                component.add(number, raw, names)
        elif not calendars:
            raise refused(number, "A calendar file begins with BEGIN:VCALENDAR.")
    if inside or not calendars:
        raise refused(number, "The file ends too early: END:VCALENDAR is missing.")
    return calendars


def refused(number: int, why: str) -> CalendarInvalid:
    """The complaint about a line."""
    return CalendarInvalid(f"Line {number}: {why}" if number else why, line=number)


def zone_key(name: str) -> str:
    """What tells zones apart: a name without quotes, backslashes, and differences of case."""
    return name.replace("\\", "").replace('"', "").strip().casefold()


def _begin(number: int, inside: tuple[str, ...], calendars: list[CalendarLines]) -> None:
    if len(inside) == 1:
        calendars.append(CalendarLines())
    elif inside == _EVENT:
        calendars[-1].events.append(ComponentLines(number))
    elif inside == _ZONE:
        calendars[-1].zones.append(ZoneLines(number))
    elif inside in _OBSERVANCES:
        calendars[-1].zones[-1].observances.append(ComponentLines(number))


def _open_component(
    inside: tuple[str, ...], calendar: CalendarLines
) -> tuple[frozenset[str], ComponentLines | None]:
    """What a line belongs to, and the names of the lines that are read there."""
    if inside == _EVENT[:1]:
        return _OF_CALENDAR, calendar.properties
    if inside == _EVENT:
        return _OF_EVENT, calendar.events[-1]
    if inside == _ZONE:
        return _OF_ZONE, calendar.zones[-1]
    if inside in _OBSERVANCES:
        return _OF_ZONE, calendar.zones[-1].observances[-1]
    return frozenset(), None


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each logical line with the number of its first physical one.

    Empty ones are left out, also within a folded line: some programs end lines by CR CR LF.
    """
    start, parts = 0, list[str]()
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if raw[:1] in (" ", "\t") and parts:
            parts.append(raw[1:])
        elif raw.strip():
            if parts:
                yield start, "".join(parts)
            start, parts = number, [raw]
    if parts:
        yield start, "".join(parts)


def _split(number: int, raw: str, names: frozenset[str]) -> ContentLine | None:
    """The line, or None when it is none of `names`.

    Text that a program forgot to fold begins lines, too; `Duration:` in mixed case is such text.
    """
    begin = _NAME.match(raw)
    if begin is None or not (begin[1].isupper() or begin[1].islower()):
        return None
    name = begin[1].upper()
    if name not in names:
        return None
    raw, is_utf8 = _decoded_line(raw)
    # Times have no colon, but zones do that some programs write without quotes
    found = (_DATE_LINE if name in _DATES else _LINE).fullmatch(raw)
    if found is None and name not in _DATES and ":" in raw:
        return ContentLine(number, name, raw.partition(":")[2].strip(), is_utf8=is_utf8)
    if found is None:
        raise refused(number, f"“{raw[:60]}” is not of the form NAME:VALUE.")
    written = (_OF_DATE if name in _DATES else _PARAMETER).findall(found[1])
    kept = {key.upper(): value.strip('"') for key, value in written if key.upper() in _PARAMETERS}
    return ContentLine(number, name, found[4].strip(), kept, is_utf8)


def _decoded_line(raw: str) -> tuple[str, bool]:
    """An unfolded line as text, and whether all of it is UTF-8."""
    if not _NOT_UTF8.search(raw):
        return raw, True
    unfolded = raw.encode(errors="surrogateescape").decode(errors="surrogateescape")
    text = _NOT_UTF8.sub(_windows_1252, unfolded)
    return text, text == unfolded


def _windows_1252(found: re.Match[str]) -> str:
    return found[0].encode(errors="surrogateescape").decode("cp1252", errors="replace")


def _decoded(data: bytes) -> str:
    """The text, with a mark for each byte that is no UTF-8: most lines are passed over anyway.

    Files that were put together have a byte order mark in their middle, too.
    """
    if len(data) > CALENDAR_BYTES_MAX:
        raise refused(0, f"A calendar file has at most {CALENDAR_BYTES_MAX // 1024} KiB.")
    encoding = _encoding(data[:2])
    text = data.decode(encoding, errors="surrogateescape" if encoding == "utf-8" else "replace")
    return text.replace(_BYTE_ORDER_MARK, "")


def _encoding(begin: bytes) -> str:
    """UTF-8, or UTF-16 by its byte order mark or the empty half of its first letter."""
    if begin == codecs.BOM_UTF16_LE or begin[1:] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if begin == codecs.BOM_UTF16_BE or begin[:1] == b"\0" else "utf-8"


def _follow(number: int, edge: re.Match[str], inside: list[str]) -> None:
    """Keeps account of what has been begun and not yet ended."""
    component = edge[2].strip().upper()
    if edge[1].upper() == "END":
        if not inside or inside.pop() != component:
            raise refused(number, f"END:{component[:60]} closes what was not begun.")
        return
    inside.append(component)
    if (len(inside) == 1) != (component == "VCALENDAR"):
        raise refused(number, "A file holds calendars, and everything else inside of them.")
    if component == "VEVENT" and tuple(inside) != _EVENT:
        raise refused(number, f"An event cannot be inside of {inside[-2][:60]}.")
    if len(inside) > _DEPTH_MAX:
        raise refused(number, "This is nested too deeply to be a calendar.")

"""The zone of each time in a calendar file: as the file defines it, otherwise by its name."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.scheduling.limits import CALENDAR_YEAR_MAX, CALENDAR_ZONE_CHARACTERS_MAX
from fullhouse.scheduling.model.calendar_events import UTC_MARK
from fullhouse.scheduling.model.calendar_zones import (
    UTC_NAME,
    VENUE_ZONE,
    Observance,
    ZoneDefinition,
    Zones,
    named_zone,
    trimmed,
)
from fullhouse.scheduling.model.ics_parser import (
    CalendarInvalid,
    CalendarLines,
    ComponentLines,
    ZoneLines,
    refused,
    zone_key,
)
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots

_UTC_ZONE: Final = ZoneDefinition(UTC_NAME)
_OFFSET: Final = re.compile(r"([+-]?)([01]\d|2[0-3])([0-5]\d)([0-5]\d)?", re.ASCII)
_ONSET: Final = re.compile(r"^(\d{8})(?:T(\d{6})Z?)?$", re.ASCII)
_UNTIL_UTC: Final = re.compile(r"(UNTIL=)(\d{8}T\d{6})Z", re.IGNORECASE)
_YEAR_MIN: Final = 1601


@dataclass(frozen=True, slots=True)
class FileWindow:
    """What a file is read for: the venue's zone, from which wall time on, and on which budget."""

    venue: ZoneInfo
    first: datetime
    budget: StepBudget
    zones: Zones


class CalendarZones:
    """The zones of one calendar by TZID, each worked out when the first event asks for it."""

    def __init__(self, calendar: CalendarLines, window: FileWindow) -> None:
        self.window = window
        self._lines = calendar.zones_by_key()
        self._known: dict[str, ZoneDefinition] = {"": VENUE_ZONE, UTC_MARK: _UTC_ZONE}
        self.by_name: set[ZoneDefinition] = set()
        """Zones whose definition in the file cannot be read."""

    def find(self, name: str, line: int) -> ZoneDefinition:
        """The zone of a TZID that `line` has. Raises `CalendarInvalid`."""
        if name not in self._known:
            self._known[name] = self._read(name, line)
        return self._known[name]

    def _read(self, name: str, line: int) -> ZoneDefinition:
        by_name, lines = named_zone(name.replace("\\", "")), self._lines.get(zone_key(name))
        if lines is not None:
            try:
                return self._defined(name, lines, by_name)
            except CalendarInvalid as fault:
                if by_name is None:
                    message = f"the file defines the time zone “{name[:60]}” wrongly."
                    raise refused(line, f"{message} {fault.detail}") from fault
                self.by_name.add(by_name)
        if by_name is None:
            message = (
                f"The time zone “{name[:60]}” is not known, and the file has no VTIMEZONE for it."
            )
            raise refused(line, message)
        return by_name

    def _defined(
        self, name: str, lines: ZoneLines, by_name: ZoneDefinition | None
    ) -> ZoneDefinition:
        observances = tuple(map(_observance, lines.observances))
        if not observances:
            raise refused(lines.number, "A VTIMEZONE has a STANDARD or DAYLIGHT part.")
        has_rule = any(each.rule and not _ends(each.rule) for each in observances)
        changes = len({each.offset for each in observances}) > 1
        goes_on = by_name is not None and not by_name.observances and changes and not has_rule
        definition = ZoneDefinition(
            "".join(filter(str.isprintable, name))[:CALENDAR_ZONE_CHARACTERS_MAX],
            observances,
            by_name.name if by_name is not None and goes_on else "",
        )
        try:
            # Whatever the day, so that the same file gives the same definition all year
            since = datetime(self.window.first.year - 1, 1, 1)  # noqa: DTZ001 - wall time
            kept = trimmed(definition, since=since, budget=self.window.budget)
        except (RuleInvalid, TooManySlots) as fault:
            raise refused(lines.number, fault.detail) from fault
        if kept is None:
            raise refused(lines.number, "This time zone has too many changes.")
        return kept


def _observance(lines: ComponentLines) -> Observance:
    if lines.fault is not None:
        raise lines.fault
    before = _offset(lines, "TZOFFSETFROM")
    rule = _UNTIL_UTC.sub(lambda found: _until(found, before), lines.text("RRULE"))
    return Observance(
        _onset(lines.text("DTSTART"), lines.number),
        before,
        _offset(lines, "TZOFFSETTO"),
        rule.strip().strip(";"),
        tuple(
            sorted(
                _onset(value, line.number)
                for line in lines.all("RDATE")
                for value in line.value.split(",")
                if value.strip()
            )
        ),
    )


def _offset(lines: ComponentLines, name: str) -> int:
    found = _OFFSET.fullmatch(lines.text(name))
    if found is None:
        raise refused(lines.number, f"{name} is an offset like +0100 or -0500.")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0)
    return -seconds if found[1] == "-" else seconds


def _onset(text: str, line: int) -> datetime:
    """When an observance starts. Some programs write the year 1, which others write as 1601."""
    digits = _ONSET.sub(r"\1\2", text.strip().upper())
    try:
        wall = datetime.strptime(digits.ljust(14, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall time
    except ValueError:
        message = f"A time zone changes at a time like 20270328T020000, not “{text[:60]}”."
        raise refused(line, message) from None
    if wall.year > CALENDAR_YEAR_MAX:
        raise refused(line, "This time zone changes too late.")
    # A leap year stays one
    return wall if wall.year >= _YEAR_MIN else wall.replace(year=1600 + wall.year % 4 + 4)


def _until(found: re.Match[str], offset_seconds: int) -> str:
    """An UNTIL in UTC as wall time before the change; `recurrence` refuses one that is no date."""
    try:
        until = datetime.strptime(found[2], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - UTC
        wall = until + timedelta(seconds=offset_seconds)
    except (ValueError, OverflowError):
        return found[0]
    return f"{found[1]}{wall:%Y%m%dT%H%M%S}"


def _ends(rule: str) -> bool:
    return "UNTIL=" in rule.upper() or "COUNT=" in rule.upper()

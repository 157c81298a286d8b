"""Closures out of a calendar file (RFC 5545), and a report of what became of each of its events.

What decides is the file: events of one UID are told apart by RECURRENCE-ID, SEQUENCE and their
times; what has no UID is known by its time and title; zones are those that the file defines. What
is over is passed over before anybody looks whether it is well-formed.

Rules are followed here to be checked and counted, on one budget a file, and are kept as rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.scheduling.limits import (
    CALENDAR_CLOSURES_MAX,
    CALENDAR_EXCEPTIONS_MAX,
    CALENDAR_TIMES_A_YEAR_MAX,
    CALENDAR_ZONE_CHANGES_KEPT_MAX,
)
from fullhouse.scheduling.model.calendar_events import (
    CalendarEvent,
    is_over,
    read_event,
    sequence_of,
)
from fullhouse.scheduling.model.calendar_report import (
    CalendarReport,
    FileClosure,
    Findings,
    Omission,
)
from fullhouse.scheduling.model.calendar_series import (
    ZONES_APART_MAX,
    Series,
    length_between,
    length_of,
    normal_rule,
    wall_in,
)
from fullhouse.scheduling.model.calendar_zone_reader import CalendarZones, FileWindow
from fullhouse.scheduling.model.calendar_zones import VENUE_ZONE, Zones
from fullhouse.scheduling.model.closures import Closure, ClosureKey, starts_of
from fullhouse.scheduling.model.ics_parser import (
    CalendarInvalid,
    CalendarLines,
    ComponentLines,
    ContentLine,
    read_calendars,
    refused,
)
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots

_YEAR: Final = timedelta(days=366)
_Version = tuple[str, str]


def read_closures(
    data: bytes, venue: ZoneInfo, *, first: datetime, budget: StepBudget
) -> CalendarReport:
    """The closures of a calendar file that are not over at `first`, wall time at the venue.

    All its rules are followed on one `budget`. Raises `CalendarInvalid`, which says the line, for a
    file that cannot be read, or that has more than `CALENDAR_CLOSURES_MAX` closures.
    """
    calendars = read_calendars(data)
    reader = CalendarReader(FileWindow(venue, first, budget, Zones(venue, budget)))
    reader.read(calendars)
    return reader.report(sum(len(calendar.events) for calendar in calendars))


@dataclass(slots=True)
class CalendarReader:
    """Collects the closures of a file; one UID may be in several of its calendars."""

    window: FileWindow
    left_out: Findings = field(default_factory=Findings)
    remarks: Findings = field(default_factory=Findings)
    _zones: dict[int, CalendarZones] = field(default_factory=dict)
    """Of the calendar of each event, by its line."""
    _found: dict[ClosureKey, FileClosure] = field(default_factory=dict)
    _times_a_year: int = 0
    _zone_changes: int = 0

    def read(self, calendars: Sequence[CalendarLines]) -> None:
        """Raises `CalendarInvalid`."""
        for calendar in calendars:
            zones = CalendarZones(calendar, self.window)
            self._zones.update({event.number: zones for event in calendar.events})
            for event in calendar.events if calendar.cancels else ():
                event.lines["STATUS"] = [ContentLine(event.number, "STATUS", "CANCELLED")]
        for events in self._groups([event for each in calendars for event in each.events]):
            try:
                for series in self._series_of(events):
                    self._take(series)
            except TooManySlots as error:
                raise refused(events[0].line, error.detail) from error

    def report(self, events: int) -> CalendarReport:
        closures = sorted(
            self._found.values(), key=lambda found: (found.closure.starts_at, found.closure.uid)
        )
        return CalendarReport(events, tuple(closures), self.left_out.build(), self.remarks.build())

    def _groups(self, components: Sequence[ComponentLines]) -> Iterable[list[CalendarEvent]]:
        """The events that matter, by UID; what closes nothing is left out before it is checked."""
        groups: dict[str, list[CalendarEvent]] = defaultdict(list)
        versions = Versions.of(components)
        for lines in components:
            if is_over(lines, self.window.first - ZONES_APART_MAX):
                self.left_out.add("over", lines.number)
            elif reason := versions.left_out(lines):
                self.left_out.add(reason, lines.number)
            else:
                event = read_event(lines)
                groups[event.uid].append(event)
        return groups.values()

    def _series_of(self, events: Sequence[CalendarEvent]) -> list[Series]:
        """The series of one UID, with what other events move or cancel taken out of them."""
        series = [self._series(event) for event in events if event.recurrence_id is None]
        changed = [event for event in events if event.recurrence_id is not None]
        # What changes all later times comes after single changes, and the last of them first
        changed.sort(key=_order_of_change)
        moved = [self._moved(event, series) for event in self._unambiguous(changed)]
        return [*series, *moved]

    def _series(self, event: CalendarEvent) -> Series:
        """An event on the wall of its own zone."""
        start, zones = event.start, self._zones[event.line]
        definition = VENUE_ZONE if start.whole_day else zones.find(start.zone, start.line)
        series = Series(
            event=event,
            uid=event.uid,
            zones=zones,
            definition=definition,
            starts_at=wall_in(start, definition, zones),
            length=length_of(event, zones),
        )
        self._add_dates(series)
        if event.rule is not None:
            text = event.rule.value
            series.follow(normal_rule(text, series.zone, whole_days=start.whole_day), event)
        self._except_dates(series)
        return series

    def _add_dates(self, series: Series) -> None:
        for period in series.event.rdates:
            wall, length = series.wall_of(period.start), series.length
            if period.start.whole_day:
                wall = datetime.combine(wall, series.starts_at.time())
            if period.end is not None:
                length = length_between(period.start, period.end, series.zones)
            if wall + length + ZONES_APART_MAX >= self.window.first:
                series.singles[wall] = length
        if len(series.singles) > CALENDAR_CLOSURES_MAX:
            raise _too_many(series.event)

    def _except_dates(self, series: Series) -> None:
        """Raises `CalendarInvalid` for too many; says when one has no effect."""
        since = series.since
        named = [each for each in series.event.exdates if each.wall >= since - ZONES_APART_MAX]
        if len(named) > CALENDAR_EXCEPTIONS_MAX:
            message = f"A recurring event has at most {CALENDAR_EXCEPTIONS_MAX} exceptions."
            raise refused(series.event.line, message)
        found = [series.times_at(each) for each in named]
        series.exceptions.update(wall for walls in found for wall in walls)
        if not all(found):
            self.remarks.add("exception_unmatched", series.event.line)

    def _unambiguous(self, changed: Sequence[CalendarEvent]) -> Iterable[CalendarEvent]:
        """Each change of one occurrence once. Raises `CalendarInvalid` for two that differ."""
        seen: dict[_Version, CalendarEvent] = {}
        for event in changed:
            key = _changed_uid(event), event.uid
            before = seen.setdefault(key, event)
            if before is event:
                yield event
            elif (before.start.wall, before.end) == (event.start.wall, event.end):
                self.left_out.add("duplicate", event.line)
            else:
                raise _ambiguous(event, before.line)

    def _moved(self, event: CalendarEvent, series: Sequence[Series]) -> Series:
        """An event that changes an occurrence, which the series loses; or all from there on."""
        assert event.recurrence_id is not None, "only such events are asked for"
        own: Series | None = None
        found = [(each, each.times_at(event.recurrence_id)) for each in series]
        if series and not any(walls for _, walls in found):
            self.remarks.add("exception_unmatched", event.line)
        for each, walls in found:
            for wall in walls:
                if event.and_future:
                    own = each.split(event, wall, _changed_uid(event))
                    each.end_before(wall)
                    break
                each.exceptions.add(wall)
        if own is None or event.rule is not None:
            own = self._series(event)
            own.uid = _changed_uid(event)
        return own

    def _take(self, series: Series) -> None:
        event, closures = series.event, list[Closure]()
        if reason := _left_out_by_mark(event):
            self.left_out.add(reason, event.line)
            return
        closures = series.closures()
        new = [closure for closure in closures if self._is_new(closure, event)]
        if not new:
            self.left_out.add("duplicate" if closures else _nothing_left(series), event.line)
            return
        for closure in new:
            self._count(closure, event)
            self._found[closure.key] = FileClosure(event.line, closure)
        if len(self._found) > CALENDAR_CLOSURES_MAX:
            raise _too_many(event)
        self._remark(series)

    def _is_new(self, closure: Closure, event: CalendarEvent) -> bool:
        """Raises `CalendarInvalid` for two events that cannot be told apart."""
        known = self._found.get(closure.key)
        if known is None:
            return True
        before = known.closure
        if (before.ends_at, before.recurrence) != (closure.ends_at, closure.recurrence):
            raise _ambiguous(event, known.line)
        return False

    def _count(self, closure: Closure, event: CalendarEvent) -> None:
        if closure.recurrence is None:
            return
        first, left = max(self.window.first, closure.starts_at), CALENDAR_TIMES_A_YEAR_MAX
        times = starts_of(closure, first, first + _YEAR, budget=self.window.budget)
        self._times_a_year += sum(1 for _ in islice(times, left + 1 - self._times_a_year))
        if self._times_a_year > left:
            message = f"The events of this file recur more than {left} times a year."
            raise refused(_rule_line(event), message)
        self._zone_changes += closure.recurrence.zone.changes
        if self._zone_changes > CALENDAR_ZONE_CHANGES_KEPT_MAX:
            message = "The time zones of this file's recurring events have too many changes."
            raise refused(_rule_line(event), f"{message} Name a zone without a VTIMEZONE.")

    def _remark(self, series: Series) -> None:
        event, say = series.event, self.remarks.add
        if not event.has_uid:
            say("no_uid", event.line)
        if not event.is_utf8:
            say("not_utf8", event.line)
        if event.is_free:
            say("free_day", event.line)
        if event.has_exrule:
            say("exrule", event.line)
        if series.definition in series.zones.by_name:
            say("zone_by_name", event.line)
        if event.and_future and series.checked is None:
            say("until", event.line)


def _left_out_by_mark(event: CalendarEvent) -> Omission | None:
    """Of a change: the occurrence is gone from its series all the same."""
    if event.is_cancelled:
        return "cancelled"
    return "free" if event.is_free and not event.start.whole_day else None


def _nothing_left(series: Series) -> Omission:
    if not any(length > timedelta(0) for length in (series.length, *series.singles.values())):
        return "no_length"
    return "excepted" if series.is_excepted() else "over"


@dataclass(frozen=True, slots=True)
class Versions:
    """The highest SEQUENCE of each event and of each change of an occurrence of it."""

    latest: Mapping[_Version, int]
    cancelled: frozenset[_Version]
    """UID and start of cancelled events; the UID alone where all that it names are cancelled."""

    @classmethod
    def of(cls, components: Sequence[ComponentLines]) -> "Versions":
        latest: dict[_Version, int] = {}
        for lines in components:
            version = _version_of(lines)
            latest[version] = max(latest.get(version, 0), _sequence(lines))
        starts: dict[str, set[str]] = defaultdict(set)
        cancelled: dict[str, set[str]] = defaultdict(set)
        for lines in components:
            uid, moved_from = version = _version_of(lines)
            if uid and not moved_from and _sequence(lines) == latest[version]:
                starts[uid].add(_start(lines))
                if _is(lines, "STATUS", "CANCELLED"):
                    cancelled[uid].add(_start(lines))
        for uid, those in cancelled.items():
            if starts[uid] == those:
                those.add("")
        return cls(latest, frozenset((uid, at) for uid in cancelled for at in cancelled[uid]))

    def left_out(self, lines: ComponentLines) -> Omission | None:
        """Why an event closes nothing, whatever else it says.

        A time that is marked as free is a note. A day is not: so holidays are published.
        """
        uid, moved_from = _version_of(lines)
        if uid and _sequence(lines) < self.latest[uid, moved_from]:
            return "replaced"
        if (uid, "") in self.cancelled:
            return "cancelled"
        if not moved_from and (
            _is(lines, "STATUS", "CANCELLED") or (uid, _start(lines)) in self.cancelled
        ):
            return "cancelled"
        if not moved_from and _is(lines, "TRANSP", "TRANSPARENT") and _has_time(lines):
            return "free"
        return None


def _version_of(lines: ComponentLines) -> _Version:
    return lines.text("UID"), lines.text("RECURRENCE-ID")


def _sequence(lines: ComponentLines) -> int:
    """A mistake there is told when the event is read, if it matters."""
    try:
        return sequence_of(lines)
    except CalendarInvalid:
        return 0


def _is(lines: ComponentLines, name: str, value: str) -> bool:
    return lines.text(name).upper() == value


def _start(lines: ComponentLines) -> str:
    line = lines.first("DTSTART")
    return "" if line is None else f"{line.zone}:{line.value}"


def _has_time(lines: ComponentLines) -> bool:
    return "T" in lines.text("DTSTART").upper()


def _order_of_change(event: CalendarEvent) -> tuple[bool, int]:
    assert event.recurrence_id is not None, "only such events are asked for"
    return event.and_future, -event.recurrence_id.wall.toordinal()


def _changed_uid(event: CalendarEvent) -> str:
    """What names the closure of a changed occurrence: the UID and which one it was."""
    assert event.recurrence_id is not None, "only such events are asked for"
    return f"{event.uid}/{event.recurrence_id.wall:%Y%m%dT%H%M%S}"


def _rule_line(event: CalendarEvent) -> int:
    return event.line if event.rule is None else event.rule.number


def _too_many(event: CalendarEvent) -> CalendarInvalid:
    message = f"More than {CALENDAR_CLOSURES_MAX} closures come of this file."
    return refused(_rule_line(event), message)


def _ambiguous(event: CalendarEvent, line: int) -> CalendarInvalid:
    message = (
        f"This event has the UID and the start of the one in line {line}, and other times."
        " Remove one of them, or give the one that counts a higher SEQUENCE."
    )
    return refused(event.line, message)

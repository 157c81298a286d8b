"""Closures out of an iCalendar file: whole days, spans of time and whatever recurs of them.

Times with a zone or in UTC are taken to the venue's wall; days and floating times are its wall time
already. Each occurrence becomes one closure under its event's UID, so a file that is imported again
names the same ones.

Rules are followed here, from near the window and with one budget a file, and handed on as single
dates: `recurring_ical_events` only has to put moved and cancelled occurrences in their place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]  # it ships no types
from icalendar import Calendar, Event

from fullhouse.scheduling.limits import (
    CALENDAR_CLOSURES_MAX,
    CALENDAR_UID_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX,
)
from fullhouse.scheduling.model.closures import Closure
from fullhouse.scheduling.model.ics_parser import (
    ContentLine,
    EventLines,
    read_events,
    refused,
    written_duration,
    written_time,
)
from fullhouse.scheduling.model.recurrence import RuleInvalid, recurrence
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.wall_time import wall_at

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:fullhouse\r\n"
_TAIL = "END:VCALENDAR\r\n"
_ZONES_APART_MAX: Final = timedelta(days=2)


def read_closures(
    data: bytes, zone: ZoneInfo, *, first: datetime, last: datetime, budget: StepBudget
) -> tuple[Closure, ...]:
    """The closures of a calendar file that touch `[first, last)` of wall time, in order.

    All its rules are followed on one `budget`.
    Cancelled events and those without any length close nothing. Raises `CalendarInvalid`, which
    says the line, for a file that cannot be read or has more than `CALENDAR_CLOSURES_MAX` closures.
    """
    events = read_events(data)
    for event in events:
        _check_event(event)
    _RuleExpander(zone, first, last, budget).expand(events)
    found = {
        (closure.uid, closure.starts_at): closure
        for event in _occurrences(events, zone, first=first, last=last)
        if (closure := _closure(event, zone)) is not None
        and closure.starts_at < last
        and first < closure.ends_at
    }
    return tuple(sorted(found.values(), key=lambda closure: (closure.starts_at, closure.uid)))


def _check_event(event: EventLines) -> None:
    """Raises `CalendarInvalid` for an event that cannot be meant."""
    uid, start = event.first("UID"), event.first("DTSTART")
    if uid is None or not uid.value.strip():
        raise refused(event.number, "This event has no UID, so it could not be found again.")
    if len(uid.value) > CALENDAR_UID_CHARACTERS_MAX or not uid.value.isprintable():
        message = f"A UID is plain text of at most {CALENDAR_UID_CHARACTERS_MAX} characters."
        raise refused(uid.number, message)
    if start is None:
        raise refused(event.number, "This event has no DTSTART.")
    _check_end(event, start)


@dataclass(frozen=True, slots=True)
class _RuleExpander:
    """Puts single dates in the place of rules, as far as these reach into `[first, last)`."""

    zone: ZoneInfo
    first: datetime
    last: datetime
    budget: StepBudget

    def expand(self, events: Sequence[EventLines]) -> None:
        """Raises `CalendarInvalid` for a bad rule, and for too many closures."""
        closures, reaches = 0, _reaches(events)
        for event in events:
            rule = event.first("RRULE")
            if rule is not None:
                event.replace_rule(self._dates(event.start, rule, reach=reaches[event.uid]))
            closures += 1 + sum(line.value.count(",") + 1 for line in event.lines.get("RDATE", ()))
            if closures > CALENDAR_CLOSURES_MAX:
                message = f"More than {CALENDAR_CLOSURES_MAX} closures come of this file."
                raise refused((rule or event).number, message)

    def _dates(self, start: ContentLine, rule: ContentLine, *, reach: timedelta) -> list[datetime]:
        began, zone = written_time(start.value), _zone_of(start, self.zone)
        try:
            checked = recurrence(rule.value, began, zone, budget=self.budget)
            days = checked.walk(self.first - reach, self.last + reach, self.budget)
            return list(islice(chain.from_iterable(days), CALENDAR_CLOSURES_MAX + 1))
        except (RuleInvalid, TooManySlots) as error:
            raise refused(rule.number, error.detail) from error


def _zone_of(start: ContentLine, venue: ZoneInfo) -> ZoneInfo:
    """Where an UNTIL in UTC is read: days have no zone, and take its date as it stands."""
    named = dict(start.parameters)
    if "VALUE" in named or start.value.endswith("Z"):
        return ZoneInfo("UTC")
    return ZoneInfo(named["TZID"]) if "TZID" in named else venue


def _reaches(events: Sequence[EventLines]) -> Mapping[str, timedelta]:
    """How far from the window an occurrence of each UID may begin and still touch it.

    One that began before may last into it, and one beside it may have been moved there.
    """
    reaches: dict[str, timedelta] = {}
    for event in events:
        start, moved_from = written_time(event.start.value), event.first("RECURRENCE-ID")
        end, duration = event.first("DTEND"), event.first("DURATION")
        reach = timedelta(days=1) if end is None else abs(written_time(end.value) - start)
        if duration is not None:
            reach = written_duration(duration.value)
        if moved_from is not None:
            reach += abs(written_time(moved_from.value) - start)
        reaches[event.uid] = max(reaches.get(event.uid, reach), reach + _ZONES_APART_MAX)
    return reaches


def _check_end(event: EventLines, start: ContentLine) -> None:
    end = event.first("DTEND")
    if end is None:
        return
    if event.first("DURATION") is not None:
        raise refused(end.number, "An event ends by DTEND or by DURATION, not by both.")
    if ("T" in start.value) != ("T" in end.value):
        raise refused(end.number, "DTSTART and DTEND are both days or both times.")
    same_zone = start.value.endswith("Z") == end.value.endswith("Z")
    comparable = start.parameters == end.parameters and same_zone
    if comparable and written_time(end.value) < written_time(start.value):
        raise refused(end.number, "This event ends before it starts.")


def _occurrences(
    events: list[EventLines], zone: ZoneInfo, *, first: datetime, last: datetime
) -> Iterator[Event]:
    text = _HEAD + "".join(event.text() for event in events) + _TAIL
    try:
        calendar = Calendar.from_ical(text)
        query = recurring_ical_events.of(calendar)
        yield from query.between(first.replace(tzinfo=zone), last.replace(tzinfo=zone))
    # Every line was checked, but two libraries of others stand between it and the closures, and
    # they answer the odd combination with whatever broke first
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise refused(0, f"This calendar cannot be worked out: {error}.") from error


def _closure(event: Event, zone: ZoneInfo) -> Closure | None:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    starts_at = _wall(event.start, zone)
    ends_at = _wall(event.end, zone)
    starts_at = starts_at.replace(second=0)
    if ends_at.second:
        ends_at = ends_at.replace(second=0) + timedelta(minutes=1)
    if ends_at <= starts_at:
        return None
    words = " ".join(str(event.get("SUMMARY", "")).split())
    reason = "".join(filter(str.isprintable, words))[:REASON_CHARACTERS_MAX].strip()
    uid = str(event["UID"]).strip()
    return Closure(starts_at, ends_at, reason or "Closed", "calendar", uid)


def _wall(value: date, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value if value.tzinfo is None else wall_at(value, zone)

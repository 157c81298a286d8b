"""An event of a calendar file with its rule, on the wall of its own zone, made into closures.

A rule is kept as a rule, so a pause of every day is one closure. Single times are kept on the
venue's wall. Exceptions are those times that EXDATE excludes and those that another event of the
same UID moves or cancels.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.scheduling.limits import (
    CALENDAR_DAYS_LISTED,
    CALENDAR_EXCEPTIONS_MAX,
    CALENDAR_YEAR_MAX,
)
from fullhouse.scheduling.model.calendar_events import (
    DAY,
    MINUTE,
    UTC_MARK,
    CalendarEvent,
    WrittenTime,
)
from fullhouse.scheduling.model.calendar_zone_reader import CalendarZones, FileWindow
from fullhouse.scheduling.model.calendar_zones import UTC_NAME, VENUE_ZONE, ZoneDefinition
from fullhouse.scheduling.model.closures import NEVER, Closure, ClosureRecurrence
from fullhouse.scheduling.model.ics_parser import refused
from fullhouse.scheduling.model.recurrence import Recurrence, RuleInvalid, recurrence
from fullhouse.scheduling.model.rule_expansion import TooManySlots
from fullhouse.scheduling.model.wall_time import wall_at

ZONES_APART_MAX: Final = timedelta(days=2)
_UTC: Final = ZoneInfo(UTC_NAME)
_END: Final = datetime(CALENDAR_YEAR_MAX, 12, 31, 23, 59)  # noqa: DTZ001 - wall time
_ENDS_BEFORE: Final = "This event ends before it starts."
_UNTIL_UTC: Final = re.compile(r"UNTIL=(\d{8}T\d{6})Z")
_UNTIL_WALL: Final = re.compile(r"UNTIL=(\d{8})(T\d{6})?")
_TIME_PARTS: Final = re.compile(r"BYHOUR=|BYMINUTE=|FREQ=HOURLY|FREQ=MINUTELY")


@dataclass(slots=True, kw_only=True)
class Series:
    """The times of one event, in wall time of its zone; `singles` have lengths of their own."""

    event: CalendarEvent
    uid: str
    zones: CalendarZones
    definition: ZoneDefinition
    starts_at: datetime
    length: timedelta
    rule: str = ""
    checked: Recurrence | None = None
    singles: dict[datetime, timedelta] = field(default_factory=dict)
    exceptions: set[datetime] = field(default_factory=set)

    @property
    def window(self) -> FileWindow:
        return self.zones.window

    @property
    def zone(self) -> tzinfo:
        return self.window.zones[self.definition]

    @property
    def since(self) -> datetime:
        """What begins before this is over, in its zone."""
        return self.window.first - max((self.length, *self.singles.values())) - ZONES_APART_MAX

    def wall_of(self, written: WrittenTime) -> datetime:
        """A time of the file on this series' wall; of whole days their midnight."""
        if not self.event.start.whole_day:
            return wall_in(written, self.definition, self.zones)
        at = written.wall
        if written.zone == UTC_MARK:
            at = wall_in(written, VENUE_ZONE, self.zones)
        return datetime.combine(at, time())

    def times_at(self, written: WrittenTime) -> list[datetime]:
        """Its times that an EXDATE or RECURRENCE-ID names: that one, or those of the day."""
        self.window.budget.spend(1)
        wall = self.wall_of(written)
        by_day = written.whole_day and not self.event.start.whole_day
        if by_day:
            return list(self.times(wall, wall + DAY))
        if wall == self.starts_at or wall in self.singles:
            return [wall]
        return list(self._of_rule(wall, wall + MINUTE))

    def times(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """All its times in `[first, last)`, exceptions among them."""
        self.window.budget.spend(len(self.singles))
        found = {wall for wall in (*self.singles, self.starts_at) if first <= wall < last}
        yield from sorted(found)
        yield from (wall for wall in self._of_rule(first, last) if wall not in found)

    def _of_rule(self, first: datetime, last: datetime) -> Iterator[datetime]:
        if self.checked is None:
            return iter(())
        return chain.from_iterable(self.checked.walk(first, last, self.window.budget))

    def end_before(self, wall: datetime) -> None:
        """Leave out its times from `wall` on."""
        self.singles = {at: length for at, length in self.singles.items() if at < wall}
        if wall <= self.starts_at:
            self.rule, self.checked = "", None
            self.exceptions.add(self.starts_at)
        elif self.checked is not None:
            self.follow(_ending(self.rule, wall - MINUTE), self.event)

    def follow(self, rule: str, event: CalendarEvent) -> None:
        """Take a rule, that of `event`; one with COUNT ends at its last time instead.

        So what lies before the window has to be counted only here. A rule that ends before it gives
        any time leaves the start alone. Raises `CalendarInvalid`.
        """
        try:
            checked = self._check(rule)
            parts = checked.rule
            if parts is not None and parts.count is not None:
                walls = parts.walk(self.starts_at, _END, self.window.budget)
                last = max(chain((self.starts_at,), chain.from_iterable(walls)))
                rule = _ending(rule, last)
                checked = self._check(rule)
        except (RuleInvalid, TooManySlots) as error:
            if isinstance(error, RuleInvalid) and self._ends_early(rule, error.part):
                self.rule, self.checked = "", None
                return
            line = event.line if event.rule is None else event.rule.number
            raise refused(line, error.detail) from error
        self.rule, self.checked = rule, checked

    def _ends_early(self, rule: str, part: str) -> bool:
        """Whether all that is wrong with a rule is that its UNTIL leaves it no time."""
        until = _UNTIL_WALL.search(rule)
        if until is None or part not in ("", "UNTIL"):
            return False
        return not part or until[1] + (until[2] or "T235959") < f"{self.starts_at:%Y%m%dT%H%M%S}"

    def _check(self, rule: str) -> Recurrence:
        return recurrence(rule, self.starts_at, _UTC, budget=self.window.budget)

    def closures(self) -> list[Closure]:
        """What is not over. Raises `CalendarInvalid` and `TooManySlots`."""
        singles = {self.starts_at: self.length, **self.singles}
        if self.checked is not None and singles[self.starts_at] == self.length:
            del singles[self.starts_at]
        found = [self._single(wall, length) for wall, length in singles.items()]
        if self.checked is not None and self.length > timedelta(0):
            found.append(self._recurring())
        return [closure for closure in found if closure is not None]

    def _single(self, wall: datetime, length: timedelta) -> Closure | None:
        if wall in self.exceptions or length <= timedelta(0):
            return None
        starts_at, ends_at = self._at_venue(wall, wall + length)
        if ends_at <= self.window.first:
            return None
        return Closure(starts_at, ends_at, self.event.reason, "calendar", self.uid)

    def _at_venue(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """A span on the venue's wall, in whole minutes; the order of a doubled hour is kept."""
        venue = self.window.venue
        if self.definition != VENUE_ZONE:
            start = wall_at(start.replace(tzinfo=self.zone), venue)
            end = wall_at(end.replace(tzinfo=self.zone), venue)
        first, last = floor_minute(min(start, end)), ceil_minute(max(start, end))
        return first, max(last, first + MINUTE)

    def _recurring(self) -> Closure | None:
        assert self.checked is not None, "only asked for rules"
        until = self._until()
        exceptions = sorted(wall for wall in self.exceptions if wall >= self.since)
        if len(exceptions) > CALENDAR_EXCEPTIONS_MAX:
            message = f"A recurring event has at most {CALENDAR_EXCEPTIONS_MAX} exceptions."
            raise refused(self.event.line, message)
        if until != NEVER and not self._touches():
            return None
        return Closure(
            self.starts_at,
            ceil_minute(self.starts_at + self.length),
            self.event.reason,
            "calendar",
            self.uid,
            ClosureRecurrence(self.rule, self.definition, tuple(exceptions), until),
        )

    def _until(self) -> datetime:
        """When the last occurrence of its rule has ended, or somewhat later."""
        assert self.checked is not None, "only asked for rules"
        assert self.checked.rule is not None, "only asked for rules"
        until = self.checked.rule.until
        return NEVER if until is None or until >= _END else until + self.length + DAY

    def _touches(self) -> bool:
        return any(
            self._at_venue(wall, wall + self.length)[1] > self.window.first
            for wall in self.times(self.since, _END)
            if wall not in self.exceptions and wall not in self.singles
        )

    def is_excepted(self) -> bool:
        """Whether times that are not over are among its exceptions."""
        first = self.window.first
        return any(self._at_venue(wall, wall + self.length)[1] > first for wall in self.exceptions)

    def split(self, event: CalendarEvent, wall: datetime, uid: str) -> "Series":
        """Its times from `wall` on become those of `event`, which moves them all alike.

        Where only the time of day changes, the rule stays one. Otherwise they are listed one by
        one. Raises `CalendarInvalid` and `TooManySlots`.
        """
        starts_at = wall_in(event.start, self.definition, self.zones)
        shift, length = starts_at - wall, length_of(event, self.zones)
        after = Series(
            event=event,
            uid=uid,
            zones=self.zones,
            definition=self.definition,
            starts_at=starts_at,
            length=length,
            singles={at + shift: length for at in self.singles if at >= wall},
            exceptions={at + shift for at in self.exceptions if at > wall},
        )
        if self.checked is not None:
            if starts_at.date() == wall.date() and not _TIME_PARTS.search(self.rule):
                after.follow(self._rule_later_by(shift), self.event)
            else:
                first = max(wall, self.since - abs(shift))
                last = self.window.first + timedelta(days=CALENDAR_DAYS_LISTED)
                after.singles |= {at + shift: length for at in self._of_rule(first, last)}
        return after

    def _rule_later_by(self, shift: timedelta) -> str:
        """Its rule with an end that is as much later as its times: it may end within a day."""
        assert self.checked is not None, "only asked for rules"
        assert self.checked.rule is not None, "only asked for rules"
        until = self.checked.rule.until
        return self.rule if until is None or until >= _END else _ending(self.rule, until + shift)


def wall_in(written: WrittenTime, definition: ZoneDefinition, zones: CalendarZones) -> datetime:
    """A time of the file on the wall of another zone. Raises `CalendarInvalid`."""
    own = VENUE_ZONE if written.whole_day else zones.find(written.zone, written.line)
    wall = floor_minute(written.wall)
    if own == definition or written.whole_day:
        return wall
    return wall_at(wall.replace(tzinfo=zones.window.zones[own]), zones.window.zones[definition])


def length_of(event: CalendarEvent, zones: CalendarZones) -> timedelta:
    """How long an event lasts on the wall of its zone, in whole minutes outwards.

    A day lasts a day, also where the file ends it on itself. Raises `CalendarInvalid`.
    """
    start = event.start
    if not start.whole_day:
        return length_between(start, event.end, zones)
    if event.end is None:
        return DAY
    length = event.end.wall - start.wall if isinstance(event.end, WrittenTime) else event.end
    if length < timedelta(0):
        assert isinstance(event.end, WrittenTime), "a length is never negative"
        raise refused(event.end.line, _ENDS_BEFORE)
    return length or DAY


def length_between(
    start: WrittenTime, end: WrittenTime | timedelta | None, zones: CalendarZones
) -> timedelta:
    """From a time to its end, on the wall of the start's zone. Raises `CalendarInvalid`."""
    if end is None:
        return timedelta(0)
    if isinstance(end, WrittenTime):
        own, other = zones.find(start.zone, start.line), zones.find(end.zone, end.line)
        first = start.wall.replace(tzinfo=zones.window.zones[own])
        last = end.wall.replace(tzinfo=zones.window.zones[other])
        elapsed = last.astimezone(_UTC) - first.astimezone(_UTC)
        if elapsed < timedelta(0):
            raise refused(end.line, _ENDS_BEFORE)
        nominal = wall_at(last, zones.window.zones[own]) - start.wall
        end = max(nominal, elapsed) if own != other or nominal <= timedelta(0) else nominal
    if end <= timedelta(0):
        return timedelta(0)
    return ceil_minute(start.wall + end) - floor_minute(start.wall)


def normal_rule(text: str, zone: tzinfo, *, whole_days: bool) -> str:
    """A rule with its UNTIL in wall time; one that is no date is left for `recurrence` to refuse.

    Days have no zone, and take the date of an UNTIL in UTC as it stands. Hours and minutes of a day
    are left out, as RFC 5545 §3.3.10 says.
    """

    def at_wall(found: re.Match[str]) -> str:
        try:
            until = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=_UTC)
            wall = until.replace(tzinfo=None) if whole_days else wall_at(until, zone)
        except (ValueError, OverflowError):
            return found[0]
        return f"UNTIL={wall:%Y%m%dT%H%M%S}"

    parts = "".join(text.upper().split()).split(";")
    if whole_days:
        parts = [part for part in parts if not part.startswith(("BYHOUR=", "BYMINUTE="))]
    return _UNTIL_UTC.sub(at_wall, ";".join(part for part in parts if part[-1:] not in ("", "=")))


def floor_minute(wall: datetime) -> datetime:
    return wall.replace(second=0, microsecond=0)


def ceil_minute(wall: datetime) -> datetime:
    floor = floor_minute(wall)
    return floor if floor == wall else floor + MINUTE


def _ending(rule: str, last: datetime) -> str:
    """A rule whose last time is `last`."""
    parts = [part for part in rule.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    return ";".join([*parts, f"UNTIL={last:%Y%m%dT%H%M%S}"])

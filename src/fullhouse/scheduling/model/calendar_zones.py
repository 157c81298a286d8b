"""Time zones of calendar files: what VTIMEZONE defines (RFC 5545 §3.6.5), as a `tzinfo`.

Programs write their own names and rules: `Customized Time Zone`, `GMT` with British summer time,
changes that start in 1601. So the definition in the file decides, and the IANA's zone of that name
only where the file has none, or where its list of single changes ends.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache, cached_property
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from babel.core import get_global
from typing_extensions import override

from fullhouse.scheduling.limits import (
    CALENDAR_YEAR_MAX,
    CALENDAR_ZONE_CHANGES_MAX,
    CALENDAR_ZONE_CHARACTERS_MAX,
    CALENDAR_ZONE_OBSERVANCES_MAX,
)
from fullhouse.scheduling.model.recurrence import RuleInvalid, recurrence
from fullhouse.scheduling.model.rule_expansion import RecurrenceRule, StepBudget

UTC_NAME: Final = "UTC"
_UTC: Final = ZoneInfo(UTC_NAME)
_NO_SAVING: Final = timedelta(0)
_MARGIN: Final = timedelta(days=400)
_END: Final = datetime(CALENDAR_YEAR_MAX + 1, 1, 1)  # noqa: DTZ001 - wall time
_FIXED: Final = re.compile(r"(?:UTC|GMT)?\s?([+-])(\d{1,2}):?([0-5]\d)?", re.ASCII | re.IGNORECASE)
_HOURS_MAX: Final = 14


class Observance(msgspec.Struct, frozen=True, omit_defaults=True):
    """When clocks change to `offset` (seconds east of UTC), each time from `offset_before`.

    Its times are wall time by the clock that is about to change.
    """

    starts_at: datetime
    offset_before: int
    offset: int
    rule: str = ""
    rdates: tuple[datetime, ...] = ()


class ZoneDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A zone by its definition in a file or, without one, by its IANA name; empty: the venue's."""

    name: str = ""
    observances: tuple[Observance, ...] = ()
    later: str = ""
    """The IANA zone after the last change, where the definition lists single changes only."""

    @property
    def changes(self) -> int:
        """How many single changes and rules it lists."""
        return sum(1 + len(observance.rdates) for observance in self.observances)


VENUE_ZONE: Final = ZoneDefinition()


class Zones:
    """The zones of a venue's closures, or of a calendar file, on one budget of steps."""

    def __init__(self, venue: ZoneInfo, budget: StepBudget) -> None:
        self._venue = venue
        self._budget = budget
        self._made: dict[ZoneDefinition, tzinfo] = {VENUE_ZONE: venue}

    def __getitem__(self, definition: ZoneDefinition) -> tzinfo:
        """Raises `RuleInvalid` and `TooManySlots` for a definition that was never checked."""
        if definition not in self._made:
            self._made[definition] = (
                FileZone(definition, self._budget)
                if definition.observances
                else ZoneInfo(definition.name)
            )
        return self._made[definition]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One change of the clocks: the wall time before it, and both offsets."""

    wall: datetime
    before: timedelta
    after: timedelta

    @property
    def utc(self) -> datetime:
        return self.wall - self.before


@dataclass(frozen=True, slots=True)
class _Changes:
    """Some consecutive changes, in order of time."""

    changes: tuple[Change, ...]
    walls: tuple[datetime, ...]
    utcs: tuple[datetime, ...]


@dataclass(slots=True)
class ObservanceRule:
    """The checked rule of an observance; `is_endless` when neither UNTIL nor COUNT ends it."""

    observance: Observance
    rule: RecurrenceRule | None
    budget: StepBudget

    @classmethod
    def of(cls, observance: Observance, budget: StepBudget) -> "ObservanceRule":
        """Raises `RuleInvalid` for a rule that does not go by years, as changes of clocks do."""
        made = recurrence(observance.rule, observance.starts_at, _UTC, budget=budget).rule
        if made is not None and (made.frequency != "YEARLY" or made.interval != 1):
            raise RuleInvalid("The clocks of a time zone change by the year.", part="FREQ")
        return cls(observance, made, budget)

    @property
    def is_endless(self) -> bool:
        return self.rule is not None and self.rule.until is None and self.rule.count is None

    def single_times(self) -> list[datetime]:
        """Its start, the single times, and all of its rule when that ends."""
        times = {self.observance.starts_at, *self.observance.rdates}
        if self.rule is not None and not self.is_endless:
            times.update(self.times(self.observance.starts_at, _END))
        return sorted(times)

    def times(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """What its rule gives in `[first, last)`."""
        assert self.rule is not None, "only asked for rules"
        return chain.from_iterable(self.rule.walk(first, last, self.budget))

    def change(self, wall: datetime) -> Change:
        before, after = self.observance.offset_before, self.observance.offset
        return Change(wall, timedelta(seconds=before), timedelta(seconds=after))


class FileZone(tzinfo):
    """The zone of a definition. Changes are worked out for the years that are asked for."""

    def __init__(self, definition: ZoneDefinition, budget: StepBudget) -> None:
        rules = [ObservanceRule.of(each, budget) for each in definition.observances]
        self._name = definition.name
        self._endless = [rule for rule in rules if rule.is_endless]
        self._single = sorted(rule.change(at) for rule in rules for at in rule.single_times())
        self._later = ZoneInfo(definition.later) if definition.later else None
        self._of_years: dict[int, _Changes] = {}

    @override
    def tzname(self, dt: datetime | None, /) -> str:
        return self._name

    @override
    def dst(self, dt: datetime | None, /) -> timedelta:
        return _NO_SAVING

    @override
    def utcoffset(self, dt: datetime | None, /) -> timedelta:
        """In a skipped or doubled hour, fold 0 is the offset before the change."""
        assert dt is not None, "a time of day has no offset"
        wall = dt.replace(tzinfo=None, fold=0)
        if self._later is not None and wall >= self._single[-1].wall:
            return self._later.utcoffset(dt.replace(tzinfo=self._later)) or _NO_SAVING
        near = self._near(wall.year)
        place = bisect_right(near.walls, wall)
        if place < len(near.changes) and dt.fold:
            following = near.changes[place]
            if wall >= following.wall + following.after - following.before:
                return following.after
        if place == 0:
            return self._before_all
        change = near.changes[place - 1]
        in_gap = wall < change.wall + change.after - change.before
        return change.before if in_gap and not dt.fold else change.after

    @override
    def fromutc(self, dt: datetime, /) -> datetime:
        utc = dt.replace(tzinfo=None)
        if self._later is not None and utc >= self._single[-1].utc:
            return self._later.fromutc(dt.replace(tzinfo=self._later)).replace(tzinfo=self)
        near = self._near(utc.year)
        place = bisect_right(near.utcs, utc)
        return dt + (near.changes[place - 1].after if place else self._before_all)

    @cached_property
    def _before_all(self) -> timedelta:
        return self._single[0].before

    def _near(self, year: int) -> _Changes:
        """The changes of the years beside `year`, and the last one before them."""
        if year not in self._of_years:
            first, last = datetime(year - 1, 1, 1), datetime(year + 2, 1, 1)  # noqa: DTZ001
            found = {
                rule.change(at) for rule in self._endless for at in rule.times(first, last)
            } | {change for change in self._single if first <= change.wall < last}
            earlier = [change for change in self._single if change.wall < first]
            changes = sorted((*earlier[-1:], *found), key=lambda change: change.utc)
            self._of_years[year] = _Changes(
                tuple(changes),
                tuple(change.wall for change in changes),
                tuple(change.utc for change in changes),
            )
        return self._of_years[year]


def trimmed(
    definition: ZoneDefinition, *, since: datetime, budget: StepBudget
) -> ZoneDefinition | None:
    """The definition without changes long before `since`; None if it is too long to be kept.

    Raises `RuleInvalid` and `TooManySlots`.
    """
    kept: list[Observance] = []
    changes = 0
    for observance in definition.observances:
        rule = ObservanceRule.of(observance, budget)
        if rule.is_endless:
            of_a_year = rule.times(since, since + _MARGIN)
            changes += sum(1 for _ in islice(of_a_year, CALENDAR_ZONE_CHANGES_MAX + 1))
            kept.append(observance)
            continue
        times = rule.single_times()
        place = max(0, bisect_right(times, since - _MARGIN) - 1)
        first, *others = times[place:]
        changes += len(times) - place
        kept.append(
            msgspec.structs.replace(observance, starts_at=first, rule="", rdates=tuple(others))
        )
    if len(kept) > CALENDAR_ZONE_OBSERVANCES_MAX or changes > CALENDAR_ZONE_CHANGES_MAX:
        return None
    return msgspec.structs.replace(definition, observances=tuple(kept))


def named_zone(name: str) -> ZoneDefinition | None:
    """The zone that a TZID names by itself: an IANA name, Windows's, or an offset like UTC+01:00.

    A vendor's prefix, as in `/example.org/America/Chicago`, is passed over.
    """
    plain = name.strip().strip("/")
    if len(plain) > CALENDAR_ZONE_CHARACTERS_MAX:
        return None  # looking up very many pieces would end the interpreter's stack
    windows: Mapping[str, str] = get_global("windows_zone_mapping")
    pieces = plain.split("/")
    for candidate in (windows.get(plain, plain), "/".join(pieces[-2:]), "/".join(pieces[-3:])):
        try:
            ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return ZoneDefinition(candidate)
    return _fixed_zone(plain) or _zone_in_any_case(plain)


def _zone_in_any_case(name: str) -> ZoneDefinition | None:
    found = _known_zones().get(name.casefold())
    return None if found is None else ZoneDefinition(found)


@cache
def _known_zones() -> Mapping[str, str]:
    return {known.casefold(): known for known in available_timezones()}


def _fixed_zone(name: str) -> ZoneDefinition | None:
    found = _FIXED.fullmatch(name)
    if found is None or int(found[2]) > _HOURS_MAX:
        return None
    seconds = int(found[2]) * 3600 + int(found[3] or 0) * 60
    offset = -seconds if found[1] == "-" else seconds
    always = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time
    return ZoneDefinition(name, (Observance(always, offset, offset),))

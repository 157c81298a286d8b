"""Recurrence rules of RFC 5545 §3.3.10, checked before they are trusted, expanded on wall time.

The expansion is python-dateutil's. It has one weakness: a rule that can never be true (30 February)
makes it search to the year 9999, and it offers no way to stop. So a rule is read here first: every
part in its range, no part where the standard forbids it, and at least one day of the calendar on
which it holds. Differences from the standard, all on the strict side: times are whole minutes
(no SECONDLY, BYSECOND only 0), BYSETPOS goes with MONTHLY and YEARLY, and a first start that the
rule itself does not name is not an occurrence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from fullhouse.kernel.errors import InvalidInput
from fullhouse.scheduling.limits import (
    OCCURRENCES_WALKED_MAX,
    RULE_CHARACTERS_MAX,
    RULE_INTERVAL_MAX,
    SLOTS_PER_SCHEDULE_MAX,
)


class RuleInvalid(InvalidInput):
    """The recurrence rule is invalid; `part` names the part of it to change."""

    code = "rule_invalid"
    message = "The recurrence rule is invalid."
    field: str = "rule"
    part: str


class TooManySlots(InvalidInput):
    """The rule gives more times than one schedule may have, which is `limit`."""

    code = "too_many_slots"
    message = "The rule gives too many times."
    field: str = "rule"
    limit: int


FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
_WEEKDAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,5}", re.ASCII)
_UNTIL: Final = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)
_RANGES: Final = {
    "INTERVAL": (1, RULE_INTERVAL_MAX),
    "COUNT": (1, SLOTS_PER_SCHEDULE_MAX),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 0),
    "BYSETPOS": (-366, 366),
}
_COUNTED_FROM_BOTH_ENDS: Final = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_DAYS: Final = frozenset({"BYDAY", "WKST"})
_ONE_VALUE: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_ONLY_WITH: Final = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY", "MINUTELY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", "DAILY", "HOURLY", "MINUTELY"),
    "BYSETPOS": ("YEARLY", "MONTHLY"),
}
_DAY_PARTS: Final = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY")
_LAST_28_YEARS: Final = datetime(9971, 1, 1)  # noqa: DTZ001 - wall time
"""Twenty-eight years without a skipped leap year hold every pairing of date and weekday."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that has been checked, with the wall time that it counts from.

    An empty rule is the start alone. Build it with `recurrence`.
    """

    starts_at: datetime
    rule: str

    def walk(self) -> Iterator[datetime]:
        """Every wall time of the rule, in order; a rule without an end goes on to the year 9999."""
        if not self.rule:
            return iter((self.starts_at,))
        return iter(_expansion(self.rule, self.starts_at))


def recurrence(rule: str, starts_at: datetime, zone: ZoneInfo) -> Recurrence:
    """Checks a rule and binds it to its first wall time.

    `zone` is where an UNTIL in UTC is read. Raises `RuleInvalid`.
    """
    text = rule.strip().upper().removeprefix("RRULE:")
    if not text:
        return Recurrence(starts_at, "")
    if len(text) > RULE_CHARACTERS_MAX:
        message = f"A rule has at most {RULE_CHARACTERS_MAX} characters, this one has {len(text)}."
        raise RuleInvalid(message, part="")
    parts = _parts(text)
    for name, value in parts.items():
        _check_part(name, value)
    _check_company(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = _wall_until(parts["UNTIL"], zone)
    checked = Recurrence(starts_at, ";".join(f"{name}={value}" for name, value in parts.items()))
    _check_possible(parts, checked)
    return checked


def times_between(rule: Recurrence, first: datetime, last: datetime) -> list[datetime]:
    """The wall times in `[first, last)`. Raises `TooManySlots` rather than going on for long."""
    found: list[datetime] = []
    for walked, wall in enumerate(rule.walk()):
        if wall >= last:
            break
        if walked >= OCCURRENCES_WALKED_MAX:
            message = "This rule has too many times since its start: let it start later."
            raise TooManySlots(message, limit=OCCURRENCES_WALKED_MAX)
        if wall < first:
            continue
        found.append(wall)
        if len(found) > SLOTS_PER_SCHEDULE_MAX:
            message = f"A schedule has at most {SLOTS_PER_SCHEDULE_MAX} times at once."
            raise TooManySlots(message, limit=SLOTS_PER_SCHEDULE_MAX)
    return found


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value:
            raise _refused(part=piece, why=f"“{piece}” is not of the form NAME=VALUE.")
        if name in parts:
            raise _refused(part=name, why=f"{name} stands twice in this rule.")
        parts[name] = value
    if "FREQ" not in parts:
        raise _refused(part="FREQ", why="A rule says how often: FREQ is missing.")
    return parts


def _check_part(name: str, value: str) -> None:
    values = value.split(",")
    if name in _ONE_VALUE and len(values) > 1:
        raise _refused(part=name, why=f"{name} has one value, not {len(values)}.")
    if name == "UNTIL" and not _UNTIL.fullmatch(value):
        raise _refused(part=name, why=f"UNTIL is a date like 20270630, not {value}.")
    if name == "FREQ" and value not in FREQUENCIES:
        raise _refused(part=name, why=f"FREQ is one of {', '.join(FREQUENCIES)}, not {value}.")
    if name in _DAYS or name in _RANGES:
        for each in values:
            (_check_weekday if name in _DAYS else _check_number)(name, each)
    elif name not in _ONE_VALUE:
        raise _refused(part=name, why=f"{name} is no part of a rule that Fullhouse knows.")


def _check_weekday(name: str, day: str) -> None:
    found = _WEEKDAY.fullmatch(day)
    if not found or (found[1] and (name == "WKST" or not 1 <= abs(int(found[1])) <= 53)):  # noqa: PLR2004 - weeks in a year
        raise _refused(part=name, why=f"{name} names days like MO or 1SA, not {day}.")


def _check_number(name: str, number: str) -> None:
    low, high = _RANGES[name]
    if not _NUMBER.fullmatch(number):
        raise _refused(part=name, why=f"{name} takes numbers, not {number}.")
    if not low <= int(number) <= high or (int(number) == 0 and name in _COUNTED_FROM_BOTH_ENDS):
        raise _refused(part=name, why=f"{name} goes from {low} to {high} here, not {number}.")


def _check_company(parts: dict[str, str]) -> None:
    frequency = parts["FREQ"]
    for name, allowed in _ONLY_WITH.items():
        if name in parts and frequency not in allowed:
            raise _refused(
                part=name, why=f"{name} goes with {' and '.join(allowed)}, not {frequency}."
            )
    if "COUNT" in parts and "UNTIL" in parts:
        raise _refused(part="UNTIL", why="A rule ends by COUNT or by UNTIL, not by both.")
    if "BYSETPOS" in parts and not any(name in parts for name in (*_DAY_PARTS, "BYHOUR")):
        raise _refused(
            part="BYSETPOS", why="BYSETPOS picks from another BY… part, and there is none."
        )
    numbered = any(not day.isalpha() for day in parts.get("BYDAY", "MO").split(","))
    if numbered and (frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        raise _refused(part="BYDAY", why="Numbered days like 1SA go with MONTHLY and YEARLY.")


def _wall_until(value: str, zone: ZoneInfo) -> str:
    """UNTIL as wall time: a date includes its whole day, one in UTC is taken to the venue."""
    pattern = "%Y%m%dT%H%M%S"
    try:
        until = datetime.strptime(value[:15] if "T" in value else f"{value}T235959", pattern)  # noqa: DTZ007 - wall time
        if value.endswith("Z"):
            utc = until.replace(tzinfo=ZoneInfo("UTC"))
            until = utc.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise _refused(part="UNTIL", why=f"{value} is no date of the calendar.") from error
    return f"{until.year:04d}{until:%m%dT%H%M%S}"


def _check_possible(parts: dict[str, str], checked: Recurrence) -> None:
    days = {name: parts[name] for name in _DAY_PARTS if name in parts}
    if days:
        probe = ";".join(["FREQ=YEARLY", *(f"{name}={value}" for name, value in days.items())])
        if next(iter(_expansion(probe, _LAST_28_YEARS)), None) is None:
            raise _refused(part=next(iter(days)), why="No day of any year fits this rule.")
    if next(checked.walk(), None) is None:
        raise _refused(part="", why="This rule gives no time at all after its start.")


def _expansion(rule: str, starts_at: datetime) -> rrule:
    try:
        expansion = rrulestr(rule, dtstart=starts_at)
    except (ValueError, OverflowError) as error:
        raise _refused(part="", why=f"This rule cannot be followed: {error}.") from error
    assert isinstance(expansion, rrule), "one rule is one rule, never a set of them"
    return expansion


def _refused(*, part: str, why: str) -> RuleInvalid:
    return RuleInvalid(why, part=part)


def whole_minutes(wall: datetime) -> bool:
    """Whether a wall time can start a slot: naive, on a whole minute."""
    return wall.tzinfo is None and wall == wall.replace(second=0, microsecond=0)

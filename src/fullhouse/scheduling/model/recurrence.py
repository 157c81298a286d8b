"""Recurrence rules of RFC 5545 §3.3.10, checked before they are trusted, followed on wall time.

A rule is read here first: every part in its range, no part where the standard forbids it, and a
first time that comes within `FIRST_TIME_YEARS_MAX` years of the start. Differences from the
standard, all on the strict side: times are whole minutes (no SECONDLY, BYSECOND only 0), BYSETPOS
goes with YEARLY, MONTHLY and DAILY, and a first start that the rule itself does not name is not an
occurrence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.kernel.errors import InvalidInput
from fullhouse.scheduling.limits import (
    FIRST_TIME_STEPS_MAX,
    FIRST_TIME_YEARS_MAX,
    RULE_CHARACTERS_MAX,
    RULE_INTERVAL_MAX,
    SLOTS_PER_SCHEDULE_MAX,
)
from fullhouse.scheduling.model.rule_expansion import (
    RecurrenceRule,
    StepBudget,
    TooManySlots,
)
from fullhouse.scheduling.model.wall_time import wall_at


class RuleInvalid(InvalidInput):
    """The recurrence rule is invalid; `part` names the part of it to change."""

    code = "rule_invalid"
    message = "The recurrence rule is not valid. Change the part that is named."
    field: str = "rule"
    part: str


FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
_WEEKDAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,5}", re.ASCII)
_UNTIL: Final = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)
POSITION_MAX: Final = 366
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
    "BYSETPOS": (-POSITION_MAX, POSITION_MAX),
}
_COUNTED_FROM_BOTH_ENDS: Final = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_DAYS: Final = frozenset({"BYDAY", "WKST"})
_ONE_VALUE: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_ONLY_WITH: Final = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY", "MINUTELY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", "DAILY", "HOURLY", "MINUTELY"),
    "BYSETPOS": ("YEARLY", "MONTHLY", "DAILY"),
}
_DAY_PARTS: Final = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY")
_SUB_DAILY: Final = ("HOURLY", "MINUTELY")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that has been checked, with the wall time that it counts from.

    Without a rule it is the start alone. Build it with `recurrence`.
    """

    starts_at: datetime
    rule: RecurrenceRule | None

    def walk(
        self, first: datetime, last: datetime, budget: StepBudget
    ) -> Iterator[Sequence[datetime]]:
        """The wall times in `[first, last)`, in order, for each day that is looked at.

        Raises `TooManySlots`.
        """
        if self.rule is None:
            return iter([[self.starts_at] if first <= self.starts_at < last else []])
        return self.rule.walk(first, last, budget)


def recurrence(rule: str, starts_at: datetime, zone: ZoneInfo, *, budget: StepBudget) -> Recurrence:
    """Checks a rule and binds it to its first wall time.

    `zone` is where an UNTIL in UTC is read. Raises `RuleInvalid`, and `TooManySlots` when the
    budget does not reach to the first time.
    """
    text = "".join(rule.upper().split()).removeprefix("RRULE:")
    if not text:
        return Recurrence(starts_at, None)
    if len(text) > RULE_CHARACTERS_MAX:
        message = f"A rule has at most {RULE_CHARACTERS_MAX} characters, this one has {len(text)}."
        raise RuleInvalid(message, part="")
    parts = _parts(text)
    for name, value in parts.items():
        _check_part(name, value)
    _check_company(parts)
    checked = _rule(parts, starts_at, zone)
    _check_possible(parts, checked, budget)
    return Recurrence(starts_at, checked)


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


def _rule(parts: Mapping[str, str], starts_at: datetime, zone: ZoneInfo) -> RecurrenceRule:
    """The values of checked parts, and what the standard takes from the start where one lacks."""
    frequency = parts["FREQ"]
    listed = {name: _numbers(parts, name) for name in _RANGES}
    plain, numbered = _weekdays(parts.get("BYDAY", ""))
    months, month_days = listed["BYMONTH"], listed["BYMONTHDAY"]
    if not any(name in parts for name in _DAY_PARTS if name != "BYMONTH"):
        if frequency == "WEEKLY":
            plain = frozenset({starts_at.weekday()})
        if frequency in ("YEARLY", "MONTHLY"):
            month_days = frozenset({starts_at.day})
        if frequency == "YEARLY":
            months = months or frozenset({starts_at.month})
    start_hour = range(24) if frequency in _SUB_DAILY else (starts_at.hour,)
    start_minute = range(60) if frequency == "MINUTELY" else (starts_at.minute,)
    return RecurrenceRule(
        frequency=frequency,
        starts_at=starts_at,
        interval=int(parts.get("INTERVAL", "1")),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=_wall_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
        week_start=_WEEKDAYS.index(parts.get("WKST", "MO")),
        months=months,
        month_days=month_days,
        year_days=listed["BYYEARDAY"],
        weeks=listed["BYWEEKNO"],
        weekdays=plain,
        numbered_weekdays=numbered,
        hours=tuple(sorted(listed["BYHOUR"] or start_hour)),
        minutes=tuple(sorted(listed["BYMINUTE"] or start_minute)),
        seconds=0 if "BYSECOND" in parts else starts_at.second,
        positions=listed["BYSETPOS"],
    )


def _numbers(parts: Mapping[str, str], name: str) -> frozenset[int]:
    return frozenset(map(int, parts[name].split(","))) if name in parts else frozenset()


def _weekdays(value: str) -> tuple[frozenset[int], frozenset[tuple[int, int]]]:
    """Weekdays without a number, and those with one, from Monday as 0."""
    found = [(number, _WEEKDAYS.index(day)) for number, day in _WEEKDAY.findall(value)]
    return (
        frozenset(day for number, day in found if not number),
        frozenset((int(number), day) for number, day in found if number),
    )


def _wall_until(value: str, zone: ZoneInfo) -> datetime:
    """UNTIL as wall time: a date includes its whole day, one in UTC is taken to the venue."""
    pattern = "%Y%m%dT%H%M%S"
    try:
        until = datetime.strptime(value[:15] if "T" in value else f"{value}T235959", pattern)  # noqa: DTZ007 - wall time
    except ValueError as error:
        raise _refused(part="UNTIL", why=f"{value} is no date of the calendar.") from error
    if value.endswith("Z"):
        # Programs write the last second of all for no end, which no clock in the east can show
        with suppress(OverflowError):
            return wall_at(until.replace(tzinfo=UTC), zone)
    return until


def _check_possible(parts: Mapping[str, str], rule: RecurrenceRule, budget: StepBudget) -> None:
    if rule.until is not None and rule.until < rule.starts_at:
        raise _refused(part="UNTIL", why="This rule ends before it starts.")
    if _has_a_time(rule, budget):
        return
    days = [name for name in _DAY_PARTS if name in parts]
    every_year = replace(
        rule, frequency="YEARLY", interval=1, until=None, positions=frozenset[int]()
    )
    if days and not _has_a_time(every_year, budget):
        raise _refused(part=days[0], why="No day of any year fits this rule.")
    why = f"This rule gives no time within {FIRST_TIME_YEARS_MAX} years of its start."
    raise _refused(part="", why=why)


def _has_a_time(rule: RecurrenceRule, budget: StepBudget) -> bool:
    """Whether a time comes soon enough; what is not found within its share of steps is not."""
    first = rule.starts_at
    last_year = min(first.year + FIRST_TIME_YEARS_MAX, date.max.year)
    last = first.replace(year=last_year, month=12, day=31, hour=23, minute=59)
    share = StepBudget(FIRST_TIME_STEPS_MAX)
    try:
        return any(rule.walk(first, last, share))
    except TooManySlots:
        return False
    finally:
        budget.spend(share.taken)


def _refused(*, part: str, why: str) -> RuleInvalid:
    return RuleInvalid(why, part=part)


def whole_minutes(wall: datetime) -> bool:
    """Whether a wall time can start a slot: naive, on a whole minute."""
    return wall.tzinfo is None and wall == wall.replace(second=0, microsecond=0)

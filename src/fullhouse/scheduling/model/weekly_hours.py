"""A schedule as people say it: weekdays, from the first time of a day to the last, every so often.

Such a schedule is a rule like any other; `weekly_hours_of` reads it back. A rule that says more
than this was made by a program, and is left to it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import product
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from fullhouse.booking.limits import CAPACITY_MAX
from fullhouse.scheduling.limits import DURATION_MINUTES_MAX, RULE_CHARACTERS_MAX
from fullhouse.scheduling.model.recurrence import POSITION_MAX
from fullhouse.scheduling.model.schedule import ScheduleInvalid, ScheduleSpec
from fullhouse.scheduling.model.wall_text import read_time, wall_text, wall_time

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HOUR: Final = 60
_DAY: Final = 24 * 60
_READ: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS", "UNTIL"})
_UNTIL: Final = "%Y%m%d"
_POSITIONS_CHARACTERS_MAX: Final = RULE_CHARACTERS_MAX // 2


class WeeklyHours(Struct, frozen=True, kw_only=True):
    """The times of a schedule; `last_time` is when the last slot of a day begins.

    `extra` and `except_` are single wall times, one a line.
    """

    weekdays: tuple[Weekday, ...] = WEEKDAYS
    first_time: time
    last_time: time
    every_minutes: Annotated[int, Meta(ge=1, le=_DAY)] = 30
    duration_minutes: Annotated[int, Meta(ge=1, le=DURATION_MINUTES_MAX)] = 30
    places: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    first_day: date
    last_day: date | None = None
    closed_on_holidays: bool = False
    extra: str = ""
    except_: str = ""

    def spec(self) -> ScheduleSpec:
        """The schedule. Raises `ScheduleInvalid` for times that no rule has, and `InvalidInput`.

        The last time of a day is `last_time`, or the step before it.
        """
        self._check_days()
        return self._spec_of(self._rule())

    def _check_days(self) -> None:
        if not self.weekdays:
            raise ScheduleInvalid("Choose at least one weekday.", field="weekdays")
        if self.last_day is not None and self.last_day < self.first_day:
            raise ScheduleInvalid("The last day comes after the first.", field="last_day")

    def _spec_of(self, rule: str) -> ScheduleSpec:
        return ScheduleSpec(
            starts_at=datetime.combine(self.first_day, self.first_time),
            rule=rule,
            duration_minutes=self.duration_minutes,
            capacity=self.places,
            rdates=_walls(self.extra, "extra"),
            exdates=_walls(self.except_, "except_"),
            closed_on_holidays=self.closed_on_holidays,
        )

    def _rule(self) -> str:
        minutes = times_between(self.first_time, self.last_time, self.every_minutes)
        hours, past = _parts_of(minutes)
        parts: dict[str, str] = {}
        if [hour * _HOUR + minute for hour in hours for minute in past] == minutes:
            parts |= {"BYHOUR": _listed(hours), "BYMINUTE": _listed(past)}
        elif _in_step(hours, minutes, self.every_minutes):
            parts |= {"FREQ": "MINUTELY", "INTERVAL": str(self.every_minutes)}
            parts |= {"BYHOUR": _listed(hours)}
        else:
            parts |= {"FREQ": "DAILY", "BYHOUR": _listed(hours), "BYMINUTE": _listed(past)}
            places = _places_of(minutes, hours, past)
            parts |= {"BYSETPOS": _listed(places)}
            if places[-1] > POSITION_MAX or len(parts["BYSETPOS"]) > _POSITIONS_CHARACTERS_MAX:
                message = "So many times of a day fit no rule. Choose a step like 10 or 15 minutes."
                raise ScheduleInvalid(message, field="every_minutes")
        return self._joined(parts)

    def _joined(self, times: Mapping[str, str]) -> str:
        """The rule of these times of the day, on the days of the schedule."""
        parts = {"FREQ": "WEEKLY", "BYDAY": ",".join(self.weekdays)}
        if len(self.weekdays) == len(WEEKDAYS):
            parts = {"FREQ": "DAILY"}
        parts |= times
        if self.last_day is not None:
            parts["UNTIL"] = self.last_day.strftime(_UNTIL)
        return ";".join(f"{name}={value}" for name, value in parts.items())


def weekly_hours_of(spec: ScheduleSpec) -> WeeklyHours | None:
    """What a schedule says in weekdays and hours; None for one that says more, or otherwise."""
    parts = _read(spec.rule)
    if not parts or not parts.keys() <= _READ:
        return None
    try:
        found = _hours_of(spec, parts)
        again = None if found is None else found.spec()
    except (ValueError, IndexError, ScheduleInvalid):
        return None
    if again is None or _sorted(_read(again.rule)) != _sorted(parts):
        return None
    # A rule that counts its steps from the start needs that start; another begins on its day
    begins_alike = again.starts_at == spec.starts_at or (
        parts["FREQ"] != "MINUTELY"
        and again.starts_at.date() == spec.starts_at.date()
        and again.starts_at >= spec.starts_at
    )
    return found if begins_alike else None


def times_between(first: time, last: time, every_minutes: int) -> list[int]:
    """The minutes of a day every so often, from the first time to the last or the step before."""
    begin, end = _minute_of(first), _minute_of(last)
    if end < begin:
        message = "The last time comes after the first, on the same day."
        raise ScheduleInvalid(message, field="last_time")
    return list(range(begin, end + 1, every_minutes))


def _hours_of(spec: ScheduleSpec, parts: Mapping[str, str]) -> WeeklyHours | None:
    hours = [int(hour) for hour in parts.get("BYHOUR", str(spec.starts_at.hour)).split(",")]
    if parts["FREQ"] == "MINUTELY":
        every, start = int(parts["INTERVAL"]), _minute_of(spec.starts_at.time())
        minutes = [m for m in range(start % every, _DAY, every) if m // _HOUR in hours]
    elif parts.get("INTERVAL", "1") == "1" and parts["FREQ"] in {"DAILY", "WEEKLY"}:
        past = parts.get("BYMINUTE", str(spec.starts_at.minute)).split(",")
        minutes = sorted(hour * _HOUR + int(minute) for hour in hours for minute in past)
        if "BYSETPOS" in parts:
            minutes = [minutes[int(place) - 1] for place in parts["BYSETPOS"].split(",")]
        every = minutes[1] - minutes[0] if len(minutes) > 1 else spec.duration_minutes
    else:
        return None
    until = parts.get("UNTIL", "")
    days = parts.get("BYDAY", ",".join(WEEKDAYS)).split(",")
    return WeeklyHours(
        weekdays=tuple(day for day in WEEKDAYS if day in days),
        first_time=_time_of(minutes[0]),
        last_time=_time_of(minutes[-1]),
        every_minutes=every,
        duration_minutes=spec.duration_minutes,
        places=spec.capacity,
        first_day=spec.starts_at.date(),
        last_day=datetime.strptime(until, _UNTIL).date() if until else None,  # noqa: DTZ007 - a day
        closed_on_holidays=spec.closed_on_holidays,
        extra="\n".join(_shown(wall) for wall in spec.rdates),
        except_="\n".join(_shown(wall) for wall in spec.exdates),
    )


def _read(rule: str) -> dict[str, str]:
    """The parts of a rule; none for a text that has other pieces."""
    pieces = [piece.partition("=") for piece in rule.upper().removeprefix("RRULE:").split(";")]
    return {name: value for name, _, value in pieces} if all(v for *_, v in pieces) else {}


def _sorted(parts: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: sorted(value.split(",")) for name, value in parts.items()}


def _walls(text: str, field: str) -> tuple[datetime, ...]:
    return tuple(_wall(line, field) for line in text.splitlines() if line.strip())


def _wall(line: str, field: str) -> datetime:
    """A day and a time as people write them."""
    day, _, at = line.strip().replace("T", " ").partition(" ")
    try:
        return datetime.combine(date.fromisoformat(day), read_time(at))
    except ValueError:
        return wall_time(line.strip(), field)  # which says what is wrong


def _shown(wall: datetime) -> str:
    return wall_text(wall).replace("T", " ")


def _parts_of(minutes: Sequence[int]) -> tuple[list[int], list[int]]:
    return sorted({m // _HOUR for m in minutes}), sorted({m % _HOUR for m in minutes})


def _places_of(minutes: Sequence[int], hours: Sequence[int], past: Sequence[int]) -> Sequence[int]:
    """Which of all these hours with all these minutes are meant, from 1."""
    places = {
        hour * _HOUR + minute: place
        for place, (hour, minute) in enumerate(product(hours, past), start=1)
    }
    return [places[minute] for minute in minutes]


def _in_step(hours: Sequence[int], minutes: Sequence[int], every: int) -> bool:
    """Whether a step that goes on around the clock has just these times in these hours."""
    if _DAY % every:
        return False
    steps = range(minutes[0] % every, _DAY, every)
    return [m for m in steps if m // _HOUR in hours] == list(minutes)


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _minute_of(at: time) -> int:
    return at.hour * _HOUR + at.minute


def _time_of(minute: int) -> time:
    return time(*divmod(minute, _HOUR))

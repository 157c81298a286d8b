"""What a month was like for guests: time lost and why, and what came of each objective. Pure.

Time is lost while an alert fires that stops guests from booking, and while nobody watched, because
then nothing ran. What overlaps counts once, for what began first. What an operator had announced by
the operating mode is no time lost: it is told apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Final, NamedTuple

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability.alerts import Alert
from fullhouse.observability.limits import ALERT_CALM_SECONDS, WATCH_GAP_MINUTES_MAX
from fullhouse.observability.objectives import Objective
from fullhouse.resilience.operating_mode import OperatingMode

NOT_WATCHED: Final = "not-watched"
"""Why time was lost while nobody watched: the installation was stopped, or its machine was."""
STOPPING_RULES: Final = ("database-down", "database-failing", "bookings-failing")
"""While one of these is critical most guests cannot book, the cause before what follows."""
PLANNED_MODES: Final = frozenset({OperatingMode.READ_ONLY, OperatingMode.MAINTENANCE})
"""In which nobody can book."""
_HOUR: Final = timedelta(hours=1)
_MINUTES: Final = 60


class LostTime(Struct, frozen=True):
    """Minutes lost from `since` to `until`: all of the time, or as many as nobody watched."""

    reason: str
    summary: str
    since: datetime
    until: datetime
    minutes: float


class ModeChange(Struct, frozen=True):
    """An operator set the operating mode then, for some seconds or until it is set again."""

    at: datetime
    mode: str
    reason: str
    seconds: float | None


class PlannedTime(Struct, frozen=True):
    """An operator had announced that guests cannot book."""

    since: datetime
    until: datetime
    mode: str
    reason: str

    @property
    def minutes(self) -> float:
        return minutes_between(self.since, self.until)


class AlertTime(Struct, frozen=True):
    """How often a rule fired in a month, and for how many minutes."""

    rule: str
    count: int
    minutes: float


class ObjectiveResult(Struct, frozen=True):
    """What came of an objective; None where nothing was measured."""

    objective: Objective
    value: float | None

    @property
    def is_met(self) -> bool | None:
        return None if self.value is None else self.objective.is_met(self.value)


class ServiceLevel(Struct, frozen=True, kw_only=True):
    """A month, known from `since` to `until`; nothing is known of it when these are the same."""

    month: date
    since: datetime
    until: datetime
    is_over: bool
    requests: int
    attempts: int
    attempts_failed: int
    results: Sequence[ObjectiveResult]
    lost: Sequence[LostTime]
    planned: Sequence[PlannedTime]
    alerts: Sequence[AlertTime]

    @property
    def minutes_planned(self) -> float:
        return sum(each.minutes for each in self.planned)

    @property
    def minutes(self) -> float:
        """All that are known."""
        return minutes_between(self.since, self.until)

    @property
    def minutes_lost(self) -> float:
        return sum(each.minutes for each in self.lost)


class WatchedHour(Struct, frozen=True):
    """How many minutes of the hour somebody watched."""

    starts_at: datetime
    observed: int


class TimeRange(NamedTuple):
    """A stretch of time."""

    since: datetime
    until: datetime

    @property
    def minutes(self) -> float:
        return minutes_between(self.since, self.until)


def minutes_between(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since) / timedelta(minutes=1))


def month_named(text: str) -> date:
    """The first day of `2026-11`; raises `InvalidInput`."""
    try:
        first = date.fromisoformat(f"{text}-01")
        span_of_month(first)
    except (ValueError, OverflowError):  # the last month of all has no end
        raise InvalidInput("Name a month as 2026-11.", field="month") from None
    return first


def span_of_month(month: date) -> TimeRange:
    """From its first moment to the first of the next, in UTC."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return TimeRange(begins, (begins + timedelta(days=31)).replace(day=1))


def alert_span(alert: Alert, known: TimeRange) -> TimeRange:
    """For how long it fired in a span: what ended it was over a little before it was told."""
    resolved = alert.resolved_at
    calm = timedelta(seconds=ALERT_CALM_SECONDS)
    until = known.until if resolved is None else max(alert.fired_at, resolved - calm)
    return TimeRange(max(alert.fired_at, known.since), min(until, known.until))


def planned_times(changes: Iterable[ModeChange], known: TimeRange) -> Sequence[PlannedTime]:
    """For how long modes without bookings were set in a span; `changes` in the order of time."""
    found = []
    ordered = list(changes)
    for change, following in zip_longest(ordered, ordered[1:]):
        until = known.until if following is None else following.at
        if change.seconds is not None:
            until = min(until, change.at + timedelta(seconds=change.seconds))
        since, until = max(change.at, known.since), min(until, known.until)
        if change.mode in PLANNED_MODES and since < until:
            found.append(PlannedTime(since, until, change.mode, change.reason))
    return found


def lost_by_alerts(
    alerts: Iterable[Alert], known: TimeRange, planned: Sequence[PlannedTime] = ()
) -> Sequence[LostTime]:
    """The time for which guests could not book, each moment once and none that was planned."""
    stopping = [one for one in alerts if one.rule in STOPPING_RULES and one.severity == "critical"]
    ordered = sorted(stopping, key=lambda one: (one.fired_at, STOPPING_RULES.index(one.rule)))
    covered = [TimeRange(each.since, each.until) for each in planned]
    lost = []
    for alert in ordered:
        span = alert_span(alert, known)
        left = _without(span, covered)
        covered.append(span)
        if minutes := sum(each.minutes for each in left):
            lost.append(LostTime(alert.rule, alert.summary, left[0].since, left[-1].until, minutes))
    return lost


def _without(span: TimeRange, covered: Iterable[TimeRange]) -> Sequence[TimeRange]:
    """What is left of a span beside others, in order."""
    left = [span] if span.minutes else []
    for other in covered:
        parts = [
            part
            for one in left
            for part in (
                TimeRange(one.since, min(one.until, other.since)),
                TimeRange(max(one.since, other.until), one.until),
            )
        ]
        left = [part for part in parts if part.minutes]
    return sorted(left)


def lost_unwatched(
    hours: Iterable[WatchedHour], told: Sequence[LostTime | PlannedTime], known: TimeRange
) -> Sequence[LostTime]:
    """Whole hours in which nobody watched for longer than another takes over; next ones as one.

    Without what is told already.
    """
    observed = {hour.starts_at: hour.observed for hour in hours}
    found: list[LostTime] = []
    at = known.since
    while at + _HOUR <= known.until:
        hour = TimeRange(at, at + _HOUR)
        known_of = sum(_shared(each, hour) for each in told)
        missing = _MINUTES - min(observed.get(at, 0), _MINUTES) - known_of
        if missing > WATCH_GAP_MINUTES_MAX:
            before = found.pop() if found and found[-1].until == at else None
            since, minutes = (before.since, before.minutes) if before else (at, 0.0)
            found.append(LostTime(NOT_WATCHED, "", since, hour.until, minutes + missing))
        at += _HOUR
    return found


def _shared(lost: LostTime | PlannedTime, span: TimeRange) -> float:
    """Minutes of a loss that lie in a span."""
    return minutes_between(max(lost.since, span.since), min(lost.until, span.until))


def times_of_alerts(alerts: Iterable[Alert], known: TimeRange) -> Sequence[AlertTime]:
    """By rule, the longest first."""
    found: dict[str, AlertTime] = {}
    for alert in alerts:
        before = found.get(alert.rule, AlertTime(alert.rule, 0, 0.0))
        minutes = alert_span(alert, known).minutes
        found[alert.rule] = AlertTime(alert.rule, before.count + 1, before.minutes + minutes)
    return sorted(found.values(), key=lambda each: (-each.minutes, each.rule))


def rows_of(level: ServiceLevel) -> Sequence[Sequence[str]]:
    """For spreadsheets: one line for each objective, loss and rule. Shares are numbers to 1."""
    month = f"{level.month:%Y-%m}"
    head = ("month", "kind", "name", "since", "minutes", "value", "promised", "met", "why")
    objectives = [
        (
            month,
            "objective",
            each.objective.name,
            "",
            "",
            "" if each.value is None else f"{each.value:.6g}",
            f"{each.objective.target:g}",
            _MET[each.is_met],
            "",
        )
        for each in level.results
    ]
    lost = [
        (month, "lost", each.reason, _time(each.since), _tenths(each), "", "", "", each.summary)
        for each in level.lost
    ]
    planned = [
        (
            month,
            "planned",
            each.mode,
            _time(each.since),
            f"{each.minutes:.1f}",
            "",
            "",
            "",
            each.reason,
        )
        for each in level.planned
    ]
    alerts = [
        (month, "alert", each.rule, "", f"{each.minutes:.1f}", str(each.count), "", "", "")
        for each in level.alerts
    ]
    return [head, *objectives, *lost, *planned, *alerts]


_MET: Final[Mapping[bool | None, str]] = {True: "yes", False: "no", None: ""}


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _tenths(lost: LostTime) -> str:
    return f"{lost.minutes:.1f}"

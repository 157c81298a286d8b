"""Reads what is known of a month, from rows of measurements, gauges and alerts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import convert

from fullhouse.kernel.ids import INSTALLATION, derived_id
from fullhouse.numerics.quantile_sketch import QuantileSketch, merged
from fullhouse.observability.alerts import Alert
from fullhouse.observability.gauges import HOUR, GaugeName
from fullhouse.observability.limits import ALERTS_OF_MONTH_MAX, MODE_CHANGES_READ_MAX
from fullhouse.observability.measurements import Labels, durations_of, is_error
from fullhouse.observability.objectives import (
    BOOKING_SUCCESS,
    OBJECTIVES_BY_NAME,
    UPTIME,
    MeasuredRoutes,
)
from fullhouse.observability.overview import RecordedChange
from fullhouse.observability.periods import period_start
from fullhouse.observability.service_level import (
    ModeChange,
    ObjectiveResult,
    ServiceLevel,
    TimeRange,
    WatchedHour,
    lost_by_alerts,
    lost_unwatched,
    planned_times,
    span_of_month,
    times_of_alerts,
)
from fullhouse.resilience.events import OPERATING_MODE
from fullhouse.storage.database import Session

_WATCHED = GaugeName.REQUESTS
"""A gauge that is seen in each minute that somebody watches."""
_Requests = Mapping[Labels, QuantileSketch]


async def service_level(
    session: Session, month: date, routes_of: Mapping[str, MeasuredRoutes], *, now: datetime
) -> ServiceLevel:
    """What came of a month until now; `routes_of` are the requests of objectives by name."""
    whole = span_of_month(month)
    known = await _known(session, whole, now)
    alerts = await _alerts(session, known)
    planned = planned_times(await _mode_changes(session), known)
    by_alerts = lost_by_alerts(alerts, known, planned)
    hours = await session.fetch(
        "observability.watched_hours",
        WatchedHour,
        name=_WATCHED,
        period_seconds=HOUR,
        since=known.since,
        until=known.until,
    )
    lost = [*by_alerts, *lost_unwatched(hours, [*by_alerts, *planned], known)]
    booking = routes_of[BOOKING_SUCCESS.name]
    requests = await _requests(session, "request_seconds", known)
    attempts, failed = _counted(requests, booking)
    # What an operator had announced refused these, and nothing else
    refused, _ = _counted(await _requests(session, "mode_refusals", known), booking)
    attempts, failed = max(0, attempts - refused), max(0, failed - refused)
    held_to = known.minutes - sum(each.minutes for each in planned)
    return ServiceLevel(
        month=month,
        since=known.since,
        until=known.until,
        is_over=now >= whole.until,
        requests=sum(sketch.count for sketch in requests.values()),
        attempts=attempts,
        attempts_failed=failed,
        results=[
            ObjectiveResult(UPTIME, _share(held_to, sum(each.minutes for each in lost))),
            ObjectiveResult(BOOKING_SUCCESS, _share(attempts, failed)),
            *_results(requests, routes_of),
        ],
        lost=sorted(lost, key=lambda each: each.since),
        planned=planned,
        alerts=times_of_alerts(alerts, known),
    )


async def _known(session: Session, whole: TimeRange, now: datetime) -> TimeRange:
    """The part of a month in which somebody can have watched: from the first whole hour until now.

    Of the first hour in which anybody watched nothing is said: it began somewhere in it.
    """
    first = await session.fetch_value(
        "observability.watched_since", datetime, name=_WATCHED, period_seconds=HOUR
    )
    until = max(whole.since, min(whole.until, now))
    if first is None:
        return TimeRange(whole.since, whole.since)
    since = first + timedelta(seconds=HOUR) if first >= whole.since else whole.since
    return TimeRange(min(since, until), until)


async def _alerts(session: Session, known: TimeRange) -> Sequence[Alert]:
    return await session.fetch(
        "observability.alerts_between",
        Alert,
        since=known.since,
        until=known.until,
        rows_max=ALERTS_OF_MONTH_MAX,
    )


async def _mode_changes(session: Session) -> Sequence[ModeChange]:
    """The latest, in the order of time."""
    changes = await session.fetch(
        "observability.installation_changes",
        RecordedChange,
        org_id=INSTALLATION,
        subjects=[derived_id(OPERATING_MODE, str(INSTALLATION))],
        rows_max=MODE_CHANGES_READ_MAX,
    )
    return [convert({**one.data, "at": one.at}, ModeChange) for one in reversed(changes)]


async def _requests(session: Session, metric: str, known: TimeRange) -> _Requests:
    if not known.minutes:
        return {}
    since = period_start(known.since, HOUR)
    return await durations_of(session, metric, since=since, until=known.until)


def _counted(requests: _Requests, routes: MeasuredRoutes) -> tuple[int, int]:
    """How many there were, and how many ended in an error of ours."""
    counts = {
        labels: sketch.count
        for labels, sketch in requests.items()
        if routes.match(labels[0], labels[1])
    }
    failed = sum(count for labels, count in counts.items() if is_error(labels))
    return sum(counts.values()), failed


def _share(count: float, failed: float) -> float | None:
    """The share that did not fail; None of nothing."""
    return 1 - failed / count if count else None


def _results(
    requests: _Requests, routes_of: Mapping[str, MeasuredRoutes]
) -> Sequence[ObjectiveResult]:
    """The p95 of each objective about durations."""
    found = []
    for name, routes in routes_of.items():
        objective = OBJECTIVES_BY_NAME[name]
        if objective.unit == "seconds":
            sketch = merged(
                sketch for labels, sketch in requests.items() if routes.match(labels[0], labels[1])
            )
            value = sketch.quantile(0.95) if sketch.counts else None
            found.append(ObjectiveResult(objective, value))
    return found

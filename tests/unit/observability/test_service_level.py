"""The time lost in a month: each moment once, and what nobody watched."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability.alerts import Alert
from fullhouse.observability.objectives import OBJECTIVES, Severity
from fullhouse.observability.service_level import (
    NOT_WATCHED,
    ModeChange,
    TimeRange,
    WatchedHour,
    lost_by_alerts,
    lost_unwatched,
    month_named,
    planned_times,
    span_of_month,
    times_of_alerts,
)

CRITICAL: Severity = "critical"
NOVEMBER = span_of_month(date(2026, 11, 1))


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def fired(
    rule: str,
    since: datetime,
    until: datetime | None,
    *,
    severity: Severity = CRITICAL,
) -> Alert:
    """It was over a minute before people were told so."""
    told = None if until is None else until + timedelta(minutes=1)
    return Alert(
        alert_id=UUID(int=1),
        rule=rule,
        subject="",
        severity=severity,
        summary="Something was wrong.",
        fired_at=since,
        resolved_at=told,
    )


def lost(*alerts: Alert) -> list[tuple[str, float]]:
    return [(each.reason, each.minutes) for each in lost_by_alerts(alerts, NOVEMBER)]


@pytest.mark.parametrize(
    ("month", "days"),
    [("2026-11", 30), ("2026-12", 31), ("2027-02", 28), ("2028-02", 29), ("2026-01", 31)],
)
def test_a_month_is_from_its_first_moment_to_that_of_the_next(month: str, days: int) -> None:
    span = span_of_month(month_named(month))
    assert span.since == datetime.fromisoformat(f"{month}-01T00:00Z")
    assert span.until - span.since == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-11-01", "november", "9999-12"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-11"):
        month_named(text)


def test_time_is_lost_once_for_what_began_first() -> None:
    database = fired("database-down", at(3, 9), at(3, 9, 10))
    failing = fired("bookings-failing", at(3, 9, 5), at(3, 9, 25))
    assert lost(failing, database) == [("database-down", 10.0), ("bookings-failing", 15.0)]
    within = fired("bookings-failing", at(3, 9, 2), at(3, 9, 4))
    assert lost(database, within) == [("database-down", 10.0)]
    around = fired("bookings-failing", at(3, 8, 55), at(3, 9, 20))
    assert lost(database, around) == [("bookings-failing", 25.0)]


def test_only_what_stops_guests_loses_time() -> None:
    assert lost(fired("jobs-failed", at(3), at(4))) == []
    assert lost(fired("bookings-failing", at(3), at(4), severity="warning")) == []


def test_an_alert_over_the_end_of_a_month_counts_in_each_for_its_part() -> None:
    before = fired("database-down", at(1) - timedelta(minutes=7), at(1, 0, 3))
    open_still = fired("database-down", at(30, 23, 50), None)
    assert lost(before, open_still) == [("database-down", 3.0), ("database-down", 10.0)]
    (whole,) = times_of_alerts([before, open_still], NOVEMBER)
    assert (whole.rule, whole.count, whole.minutes) == ("database-down", 2, 13.0)


def test_hours_that_nobody_watched_are_lost_but_for_a_hand_over_and_what_is_lost_already() -> None:
    known = TimeRange(at(3, 8), at(3, 14, 30))
    database = lost_by_alerts([fired("database-down", at(3, 9), at(3, 9, 20))], known)
    hours = [
        WatchedHour(at(3, 8), 58),
        WatchedHour(at(3, 9), 39),
        WatchedHour(at(3, 10), 61),
        WatchedHour(at(3, 11), 50),
        WatchedHour(at(3, 13), 30),
    ]
    (found,) = lost_unwatched(hours, database, known)
    assert found.reason == NOT_WATCHED
    assert (found.since, found.until) == (at(3, 11), at(3, 14))
    assert found.minutes == 10 + 60 + 30


def test_what_was_announced_is_planned_until_it_ends_or_is_set_again() -> None:
    changes = [
        ModeChange(datetime(2026, 10, 30, tzinfo=UTC), "maintenance", "Over the end", None),
        ModeChange(at(1, 1), "full", "", None),
        ModeChange(at(5, 10), "read-only", "Moving", 1_800),
        ModeChange(at(6, 10), "maintenance", "Disks", 7_200),
        ModeChange(at(6, 10, 20), "essential", "A rush", None),
    ]
    planned = planned_times(changes, NOVEMBER)
    assert [(each.since, each.minutes, each.reason) for each in planned] == [
        (at(1), 60, "Over the end"),
        (at(5, 10), 30, "Moving"),
        (at(6, 10), 20, "Disks"),
    ]
    down = fired("database-down", at(6, 10, 5), at(6, 10, 50))
    (left,) = lost_by_alerts([down], NOVEMBER, planned)
    assert (left.since, left.minutes) == (at(6, 10, 20), 30), "it took longer than announced"
    day = TimeRange(at(1), at(1, 3))
    hours = [WatchedHour(at(1, 1), 60), WatchedHour(at(1, 2), 60)]
    assert not lost_unwatched(hours, planned, day), "nobody watched what was announced"
    assert lost_unwatched(hours, (), day)


def test_every_objective_has_a_name_and_words_of_its_own() -> None:
    assert len({each.text for each in OBJECTIVES}) == len(OBJECTIVES)
    for each in OBJECTIVES:
        assert each.is_met(each.target)
        for bound in (each.warning, each.critical):
            worse = -1 if each.is_floor else 1
            assert bound is None or each.severity(bound) in {None, "warning"}
            assert bound is None or each.severity(bound + worse) is not None

"""A schedule as people say it is a rule, and is read back from it; what says more is left alone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.schedule import ScheduleInvalid, ScheduleSpec, occurrences
from fullhouse.scheduling.model.wall_text import read_time
from fullhouse.scheduling.model.weekly_hours import WeeklyHours, times_between, weekly_hours_of

ZONE = ZoneInfo("America/Chicago")
SEASON = WeeklyHours(
    weekdays=("SA", "SU"),
    first_time=time(8),
    last_time=time(13, 30),
    every_minutes=30,
    duration_minutes=30,
    places=60,
    first_day=date(2027, 6, 1),
    last_day=date(2027, 9, 15),
    closed_on_holidays=True,
)


def starts(hours: WeeklyHours, day: date) -> list[str]:
    """The times of a day."""
    return starts_of(hours.spec(), day)


def starts_of(spec: ScheduleSpec, day: date) -> list[str]:
    midnight = datetime.combine(day, time(), ZONE)
    window = Timespan(midnight, midnight + timedelta(days=1))
    found = occurrences(spec, window, ZONE, budget=StepBudget(100_000))
    return sorted(f"{one.wall:%H:%M}" for part in found for one in part.times)


def test_season_of_a_farm_is_a_rule_and_is_read_back() -> None:
    spec = SEASON.spec()
    assert spec.rule == (
        "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=8,9,10,11,12,13;BYMINUTE=0,30;UNTIL=20270915"
    )
    assert weekly_hours_of(spec) == SEASON
    assert starts(SEASON, date(2027, 6, 5))[::11] == ["08:00", "13:30"]
    assert len(starts(SEASON, date(2027, 6, 5))) == 12
    assert starts(SEASON, date(2027, 6, 7)) == []
    assert starts(SEASON, date(2027, 9, 12)) != []
    assert starts(SEASON, date(2027, 9, 18)) == []


@pytest.mark.parametrize(
    ("first", "last", "every"),
    [
        (time(9), time(9), 30),
        (time(9), time(18), 60),
        (time(8, 15), time(17, 15), 60),
        (time(9), time(15), 90),
        (time(9), time(12, 45), 45),
        (time(10), time(16), 120),
        (time(0), time(23, 30), 30),
        (time(8), time(12, 40), 20),
        (time(9), time(13), 30),
        (time(9), time(13, 20), 30),
        (time(8), time(13, 40), 30),
        (time(8, 30), time(13, 30), 30),
        (time(9, 30), time(12), 30),
        (time(9), time(16), 45),
        (time(10), time(10, 20), 30),
        (time(10), time(10, 30), 25),
        (time(9), time(12), 7),
        (time(9, 10), time(18, 10), 100),
    ],
)
def test_every_time_that_is_said_takes_place_and_no_other(
    first: time, last: time, every: int
) -> None:
    hours = structs.replace(SEASON, first_time=first, last_time=last, every_minutes=every)
    said = [f"{m // 60:02}:{m % 60:02}" for m in times_between(first, last, every)]
    assert starts(hours, date(2027, 6, 5)) == said
    back = weekly_hours_of(hours.spec())
    assert back is not None
    assert back.spec() == hours.spec()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekdays": ()}, "weekdays"),
        ({"last_day": date(2027, 5, 1)}, "last_day"),
        ({"last_time": time(7)}, "last_time"),
        ({"first_time": time(0), "every_minutes": 7}, "every_minutes"),
        ({"last_time": time(12), "every_minutes": 1}, "every_minutes"),
        ({"extra": "tomorrow"}, "extra"),
        ({"extra": "2027-07-04 25.00"}, "extra"),
        ({"except_": "2027-06-31 08:00"}, "except_"),
    ],
)
def test_what_no_rule_has_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        structs.replace(SEASON, **changes).spec()
    assert refused.value.field == field


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=MONTHLY;BYDAY=1SA;BYHOUR=8;BYMINUTE=0",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;BYHOUR=8;BYMINUTE=0",
        "FREQ=DAILY;COUNT=14;BYHOUR=10,11",
        "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=8,10,11;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=8;BYMINUTE=0;UNTIL=20270915T120000",
        "FREQ=WEEKLY;BYDAY=2SA;BYHOUR=8;BYMINUTE=0",
        "nonsense",
        "FREQ=;BYHOUR=8",
    ],
)
def test_rule_that_says_more_is_left_to_its_program(rule: str) -> None:
    assert weekly_hours_of(replace(SEASON.spec(), rule=rule)) is None


def test_rule_of_a_program_that_says_no_more_opens_in_the_form() -> None:
    spec = replace(
        SEASON.spec(),
        rule="FREQ=WEEKLY;BYMINUTE=30;BYHOUR=14,11;BYDAY=SU,FR",
        starts_at=datetime(2027, 6, 1),  # noqa: DTZ001 - wall time
    )
    hours = weekly_hours_of(spec)
    assert hours is not None
    assert (hours.weekdays, hours.every_minutes) == (("FR", "SU"), 180)
    assert starts(hours, date(2027, 6, 4)) == ["11:30", "14:30"]


def test_start_in_the_middle_of_the_first_day_is_left_to_its_program() -> None:
    spec = replace(SEASON.spec(), starts_at=datetime(2027, 6, 5, 10))  # noqa: DTZ001 - wall time
    assert weekly_hours_of(spec) is None


def test_single_times_and_exceptions_are_kept() -> None:
    hours = structs.replace(
        SEASON, extra="2027-07-02 10:00\n2027-07-03 18:30", except_="2027-06-05 08:00"
    )
    assert weekly_hours_of(hours.spec()) == hours


def test_refusal_is_of_the_schedule() -> None:
    with pytest.raises(ScheduleInvalid):
        structs.replace(SEASON, weekdays=()).spec()


def test_times_as_people_type_them_are_times() -> None:
    for typed, meant in (
        ("8", time(8)),
        ("08:30", time(8, 30)),
        ("8.30", time(8, 30)),
        ("13.30", time(13, 30)),
        ("13:30", time(13, 30)),
        ("13:30:00", time(13, 30)),
        ("8h30", time(8, 30)),
        ("8 h", time(8)),
        ("13.30 Uhr", time(13, 30)),
        (" 9 Uhr ", time(9)),
        ("1:30 pm", time(13, 30)),
        ("12 a.m.", time(0)),
        ("12PM", time(12)),
    ):
        assert read_time(typed) == meant, typed
    for typed in ("", "24:00", "8:3", "8:60", "13 pm", "0 am", "noon", "8:30:30", "٨", "8-30"):
        assert not is_time(typed), typed


def is_time(typed: str) -> bool:
    try:
        read_time(typed)
    except ValueError:
        return False
    return True


def test_single_times_are_read_as_they_are_typed() -> None:
    hours = structs.replace(SEASON, extra=" 2027-07-02 10.00 \n\n2027-07-03T9")
    assert [f"{at:%d %H:%M}" for at in hours.spec().rdates] == ["02 10:00", "03 09:00"]

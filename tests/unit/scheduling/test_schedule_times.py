"""When a schedule takes place, and what the change of the clocks does to it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.builders.business import an_offering
from tests.builders.recurrence import all_occurrences, target_slots

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import RULE_STEPS_MAX, SLOTS_PER_SCHEDULE_MAX
from fullhouse.scheduling.model.calendar_zones import Zones
from fullhouse.scheduling.model.closures import (
    ClosedSpanBuilder,
    Closure,
    ClosureInvalid,
    check_closure,
)
from fullhouse.scheduling.model.public_holidays import public_holidays
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.schedule import (
    OpenHours,
    Schedule,
    ScheduleInvalid,
    ScheduleSpec,
)
from fullhouse.scheduling.model.schedule_checks import check_spec
from fullhouse.scheduling.model.wall_time import instant_at, instant_from, instant_until, wall_at

CHICAGO = ZoneInfo("America/Chicago")
LONDON = ZoneInfo("Europe/London")
SYDNEY = ZoneInfo("Australia/Sydney")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
OFFERING = OfferingId(UUID(int=1))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shape(rule: str = "", starts_at: str = "2027-01-01 10:00", **more: object) -> ScheduleSpec:
    given: dict[str, object] = {"duration_minutes": 30, "capacity": 10, **more}
    return ScheduleSpec(starts_at=wall(starts_at), rule=rule, **given)  # type: ignore[arg-type]


def schedule(number: int, rule: str, starts_at: str, capacity: int = 10) -> Schedule:
    return Schedule(
        schedule_id=ScheduleId(UUID(int=number)),
        offering_id=OFFERING,
        starts_at=wall(starts_at),
        rule=rule,
        duration_minutes=30,
        capacity=capacity,
    )


def day(text: str, zone: ZoneInfo, days: int = 1) -> Timespan:
    first = wall(text)
    return Timespan(instant_from(first, zone), instant_from(first + timedelta(days=days), zone))


def walls_on(text: str, zone: ZoneInfo, rule: str) -> list[str]:
    found = all_occurrences(shape(rule), day(text, zone), zone)
    return [f"{time.wall:%H:%M}" for time in found.times]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "change", "before", "after"),
    [
        (CHICAGO, "2027-03-14", timedelta(hours=-6), timedelta(hours=-5)),
        (CHICAGO, "2027-11-07", timedelta(hours=-5), timedelta(hours=-6)),
        (LONDON, "2027-03-28", timedelta(0), timedelta(hours=1)),
        (LONDON, "2027-10-31", timedelta(hours=1), timedelta(0)),
        (SYDNEY, "2027-04-04", timedelta(hours=11), timedelta(hours=10)),
        (SYDNEY, "2027-10-03", timedelta(hours=10), timedelta(hours=11)),
        (LORD_HOWE, "2027-04-04", timedelta(hours=11), timedelta(hours=10, minutes=30)),
        (LORD_HOWE, "2027-10-03", timedelta(hours=10, minutes=30), timedelta(hours=11)),
    ],
)
def test_ten_in_the_morning_stays_ten_in_the_morning_across_the_change(
    zone: ZoneInfo, change: str, before: timedelta, after: timedelta
) -> None:
    window = Timespan(
        instant_from(wall(change) - timedelta(days=1), zone),
        instant_from(wall(change) + timedelta(days=1), zone),
    )
    eve, first_day = all_occurrences(shape("FREQ=DAILY"), window, zone).times
    assert [eve.wall.hour, first_day.wall.hour] == [10, 10]
    assert eve.wall - eve.starts_at.replace(tzinfo=None) == before
    assert first_day.wall - first_day.starts_at.replace(tzinfo=None) == after
    assert first_day.starts_at - eve.starts_at == timedelta(days=1) - (after - before)


@pytest.mark.parametrize(
    ("zone", "on", "rule", "happens", "skipped"),
    [
        (CHICAGO, "2027-03-14", "BYHOUR=1,2,3;BYMINUTE=0,30", "01:00 01:30 03:00 03:30", 2),
        (LONDON, "2027-03-28", "BYHOUR=0,1,2;BYMINUTE=0,30", "00:00 00:30 02:00 02:30", 2),
        (SYDNEY, "2027-10-03", "BYHOUR=1,2,3;BYMINUTE=0,30", "01:00 01:30 03:00 03:30", 2),
        (LORD_HOWE, "2027-10-03", "BYHOUR=1,2,3;BYMINUTE=0,30", "01:00 01:30 02:30 03:00 03:30", 1),
    ],
)
def test_a_time_that_the_clocks_skip_is_no_slot_and_is_reported(
    zone: ZoneInfo, on: str, rule: str, happens: str, skipped: int
) -> None:
    found = all_occurrences(shape(f"FREQ=DAILY;{rule}"), day(on, zone), zone)
    assert [f"{time.wall:%H:%M}" for time in found.times] == happens.split()
    assert len(found.skipped) == skipped
    assert all(instant_at(time, zone) is None for time in found.skipped)


@pytest.mark.parametrize(
    ("zone", "on", "doubled", "first"),
    [
        (CHICAGO, "2027-11-07", "01:30", "2027-11-07 06:30"),
        (LONDON, "2027-10-31", "01:30", "2027-10-31 00:30"),
        (SYDNEY, "2027-04-04", "02:30", "2027-04-03 15:30"),
        (LORD_HOWE, "2027-04-04", "01:45", "2027-04-03 14:45"),
    ],
)
def test_a_time_that_comes_twice_is_one_slot_the_first_time_round(
    zone: ZoneInfo, on: str, doubled: str, first: str
) -> None:
    found = all_occurrences(shape("FREQ=DAILY", f"2027-01-01 {doubled}"), day(on, zone), zone)
    assert [time.starts_at for time in found.times] == [utc(first)]


def test_a_slot_lasts_its_minutes_even_where_the_clocks_change() -> None:
    night = shape("FREQ=DAILY", "2027-01-01 01:30", duration_minutes=120)
    (spring,) = all_occurrences(night, day("2027-03-14", CHICAGO), CHICAGO).times
    (autumn,) = all_occurrences(night, day("2027-11-07", CHICAGO), CHICAGO).times
    assert f"{wall_at(spring.ends_at, CHICAGO):%H:%M}" == "04:30"
    assert f"{wall_at(autumn.ends_at, CHICAGO):%H:%M}" == "02:30"


def test_extra_times_are_added_and_exceptions_taken_away() -> None:
    season = shape(
        "FREQ=DAILY;COUNT=3",
        rdates=(wall("2027-01-02 18:00"),),
        exdates=(wall("2027-01-01 10:00"),),
    )
    found = all_occurrences(season, day("2027-01-01", CHICAGO, days=9), CHICAGO)
    starts = [f"{time.wall:%d %H}" for time in found.times]
    assert starts == ["02 10", "02 18", "03 10"]


def test_an_empty_rule_is_one_time() -> None:
    found = all_occurrences(shape(""), day("2026-12-30", CHICAGO, days=9), CHICAGO)
    assert [time.wall for time in found.times] == [wall("2027-01-01 10:00")]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20270103", "03"),
        ("20270103T100000", "03"),
        ("20270103T160000Z", "03"),
        ("20270103T155959Z", "02"),
    ],
)
def test_until_may_be_a_day_a_wall_time_or_an_instant(until: str, last: str) -> None:
    found = all_occurrences(
        shape(f"FREQ=DAILY;UNTIL={until}"), day("2027-01-01", CHICAGO, days=30), CHICAGO
    )
    assert f"{found.times[-1].wall:%d}" == last


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;UNTIL=99991231T235959Z", "RRULE: FREQ=DAILY; UNTIL=99991231"]
)
def test_rule_may_end_with_the_calendar_and_be_spaced(rule: str) -> None:
    found = all_occurrences(shape(rule), day("2027-01-01", SYDNEY, days=3), SYDNEY)
    assert len(found.times) == 3


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=SECONDLY", "FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ"),
        ("BYDAY=MO", "FREQ"),
        ("FREQ", "FREQ"),
        ("FREQ=", "FREQ="),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL"),
        ("FREQ=DAILY;COUNT=99999999", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20280101", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20271301", "UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYSECOND=30", "BYSECOND"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1st", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=99MO", "BYDAY"),
        ("FREQ=WEEKLY;WKST=1MO", "WKST"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=YEARLY;BYEASTER=0", "BYEASTER"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "BYMONTH"),
        ("FREQ=DAILY;UNTIL=20200101", "UNTIL"),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=3", ""),
        ("FREQ=MINUTELY;INTERVAL=720;BYHOUR=5", ""),
        ("FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1", ""),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SA", ""),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", ""),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "BYMONTH"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "BYMONTH"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", ""),
        ("FREQ=DAILY;BYHOUR=" + "1," * 300 + "1", ""),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_part(rule: str, part: str) -> None:
    with pytest.raises(RuleInvalid) as refused:
        check_spec(shape(rule), an_offering(), CHICAGO)
    assert refused.value.details["part"] == part
    assert refused.value.detail


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"capacity": 0}, "capacity"),
        ({"starts_at": "2027-01-01 10:00:30"}, "starts_at"),
        ({"starts_at": "2027-01-01 10:00+00:00"}, "starts_at"),
        ({"rdates": (datetime(2027, 1, 1, 10, 0, 1),)}, "rdates"),  # noqa: DTZ001 - wall time
        ({"exdates": (wall("2027-01-01"),) * 2000}, "exdates"),
    ],
)
def test_a_shape_that_cannot_be_meant_is_refused_by_its_field(
    wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(ScheduleInvalid) as refused:
        check_spec(shape(**{"rule": "FREQ=DAILY", **wrong}), an_offering(), CHICAGO)  # type: ignore[arg-type]
    assert refused.value.details["field"] == field


def test_a_schedule_of_every_minute_is_too_much() -> None:
    with pytest.raises(TooManySlots) as refused:
        all_occurrences(shape("FREQ=MINUTELY"), day("2027-01-01", CHICAGO, days=60), CHICAGO)
    assert refused.value.details["limit"] == SLOTS_PER_SCHEDULE_MAX


@pytest.mark.parametrize(
    ("rule", "starts_at", "times"),
    [
        ("FREQ=DAILY", "1000-01-01 10:00", 1),
        ("FREQ=DAILY;INTERVAL=1000", "0001-01-01 10:00", 0),
        ("FREQ=MINUTELY;INTERVAL=30", "1000-01-01 00:00", 48),
        ("FREQ=HOURLY;UNTIL=20251101T000000", "2004-01-01 00:00", 0),
        ("FREQ=YEARLY;BYYEARDAY=-365", "0004-01-01 10:00", 1),
        ("FREQ=MONTHLY;BYDAY=1FR", "1970-01-01 10:00", 1),
        ("FREQ=WEEKLY;INTERVAL=999", "1900-01-01 10:00", 0),
    ],
)
def test_a_rule_is_followed_from_near_the_window_however_long_ago_it_began(
    rule: str, starts_at: str, times: int
) -> None:
    budget = StepBudget(500)
    found = all_occurrences(shape(rule, starts_at), day("2027-01-01", CHICAGO), CHICAGO, budget)
    assert len(found.times) == times


def test_a_rule_that_must_be_counted_from_long_ago_is_refused() -> None:
    ancient = shape("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=20000", "0001-01-01 00:00")
    with pytest.raises(TooManySlots) as refused:
        all_occurrences(ancient, day("9900-01-01", CHICAGO), CHICAGO)
    assert "later" in refused.value.detail


def test_where_two_schedules_name_one_time_the_later_one_has_it() -> None:
    season = schedule(1, "FREQ=DAILY;BYHOUR=10,11", "2027-01-01 10:00", capacity=40)
    special = schedule(2, "", "2027-01-02 11:00", capacity=12)
    wanted = target_slots([special, season], day("2027-01-02", CHICAGO), OpenHours(CHICAGO))
    assert [(slot.capacity, slot.schedule_id.int) for slot in wanted.slots] == [(40, 1), (12, 2)]


def test_a_closure_closes_every_slot_that_it_touches() -> None:
    hours = open_hours(CHICAGO, ("2027-01-02 10:45", "2027-01-02 12:00", "A wedding"))
    daily = schedule(1, "FREQ=DAILY;BYHOUR=10,11,12;BYMINUTE=0,30", "2027-01-01 10:00")
    wanted = target_slots([daily], day("2027-01-02", CHICAGO), hours)
    assert [slot.reason for slot in wanted.slots] == ["", *["A wedding"] * 3, "", ""]
    assert [slot.state for slot in wanted.slots] == ["open", *["closed"] * 3, "open", "open"]


def test_of_closures_that_overlap_the_first_gives_the_reason() -> None:
    hours = open_hours(
        CHICAGO,
        ("2027-01-01 00:00", "2027-01-04 00:00", "Winter"),
        ("2027-01-02 10:00", "2027-01-02 11:00", "A wedding"),
        ("2027-01-05 10:00", "2027-01-05 11:00", "A funeral"),
    )
    daily = schedule(1, "FREQ=DAILY;BYHOUR=10,11", "2027-01-01 10:00")
    wanted = target_slots([daily], day("2027-01-02", CHICAGO, days=5), hours)
    assert [slot.reason for slot in wanted.slots] == [
        *["Winter"] * 4,
        "",
        "",
        "A funeral",
        *[""] * 3,
    ]


def open_hours(zone: ZoneInfo, *closed: tuple[str, str, str]) -> OpenHours:
    closures = [Closure(wall(a), wall(b), why, "owner", why) for a, b, why in closed]
    always, budget = Timespan(utc("2000-01-01"), utc("2100-01-01")), StepBudget(RULE_STEPS_MAX)
    builder = ClosedSpanBuilder(Zones(zone, budget), always, budget)
    list(builder.add(closures))
    return OpenHours(zone, builder.build())


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "reason", "field"),
    [
        ("2027-01-02 10:00", "2027-01-02 10:00", "Wedding", "ends_at"),
        ("2027-01-02 10:00:01", "2027-01-02 11:00", "Wedding", "starts_at"),
        ("0001-01-01 00:00", "2027-01-02 11:00", "Wedding", "starts_at"),
        ("2027-01-02 10:00", "9999-12-31 23:59", "Wedding", "ends_at"),
        ("2027-01-02 10:00", "2027-01-02 11:00", " ", "reason"),
        ("2027-01-02 10:00", "2027-01-02 11:00", "two\nlines", "reason"),
        ("2027-01-02 10:00", "2027-01-02 11:00", "nul\x00", "reason"),
        ("2027-01-02 10:00", "2027-01-02 11:00", "x" * 201, "reason"),
    ],
)
def test_a_closure_that_cannot_be_meant_is_refused_by_its_field(
    starts_at: str, ends_at: str, reason: str, field: str
) -> None:
    with pytest.raises(ClosureInvalid) as refused:
        check_closure(Closure(wall(starts_at), wall(ends_at), reason, "owner", "a"))
    assert refused.value.details["field"] == field


def test_what_is_closed_until_a_doubled_time_is_closed_through_both() -> None:
    assert instant_until(wall("2027-11-07 01:30"), CHICAGO) == utc("2027-11-07 07:30")
    assert instant_from(wall("2027-11-07 01:30"), CHICAGO) == utc("2027-11-07 06:30")


def test_what_is_closed_from_a_skipped_time_is_closed_from_the_change() -> None:
    change = utc("2027-03-14 08:00")
    assert instant_from(wall("2027-03-14 02:30"), CHICAGO) == change
    assert instant_until(wall("2027-03-14 02:30"), CHICAGO) == change
    hours = open_hours(CHICAGO, ("2027-03-14 02:15", "2027-03-14 02:45", "In the skipped hour"))
    assert hours.closed == ()


def test_slots_of_a_schedule_that_keeps_holidays_are_closed_on_them_by_name() -> None:
    holidays = public_holidays("US", "IL", [2027])
    fourth = Schedule(
        schedule_id=ScheduleId(UUID(int=1)),
        offering_id=OFFERING,
        starts_at=wall("2027-01-01 10:00"),
        rule="FREQ=DAILY",
        duration_minutes=30,
        capacity=10,
        closed_on_holidays=True,
    )
    wanted = target_slots(
        [fourth], day("2027-07-03", CHICAGO, days=2), OpenHours(CHICAGO, holidays=holidays)
    )
    assert [slot.reason for slot in wanted.slots] == ["", "Independence Day"]


def test_holidays_have_their_names_in_the_language_asked_for() -> None:
    assert public_holidays("DE", "BY", [2027])[date(2027, 12, 25)] == "Christmas Day"
    assert public_holidays("DE", "BY", [2027], locale="de")[date(2027, 12, 25)].startswith("Erster")
    assert public_holidays("JP", None, [2027], locale="fi")[date(2027, 1, 1)] == "元日"


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("US", "ZZ")])
def test_holidays_that_nobody_knows_are_an_error(country: str, subdivision: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        public_holidays(country, subdivision, [2027])
    assert refused.value.code == "holidays_unknown"

"""What holds of every schedule, in every zone, on every date; and of every file."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.recurrence import all_occurrences, target_slots

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.kernel.timespan import Timespan
from fullhouse.scheduling.limits import RULE_STEPS_MAX
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.calendar_report import CalendarReport
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import FREQUENCIES, RuleInvalid
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots
from fullhouse.scheduling.model.schedule import (
    OpenHours,
    Schedule,
    ScheduleSpec,
)
from fullhouse.scheduling.model.wall_time import instant_at, instant_from, instant_until, wall_at

calmly = settings(deadline=None, max_examples=80)
"""No deadline an example: machines that test are busy, and the suite has a time-out of its own."""

ZONES = ("America/Chicago", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe")
zones = st.sampled_from([*ZONES, "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "UTC"])
walls = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001 - wall time
    lambda wall: wall.replace(second=0, microsecond=0)
)


@st.composite
def shapes(draw: st.DrawFn) -> ScheduleSpec:
    """Daily and weekly schedules whose slots, by the wall, do not run into each other."""
    step = draw(st.sampled_from([15, 30, 45, 60]))
    hours = sorted(draw(st.sets(st.integers(0, 23), min_size=1, max_size=6)))
    minutes = [minute for minute in range(0, 60, step) if minute + step <= 60] or [0]
    rule = draw(st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;INTERVAL=2"]))
    listed = f"BYHOUR={','.join(map(str, hours))};BYMINUTE={','.join(map(str, minutes))}"
    return ScheduleSpec(
        starts_at=draw(walls),
        rule=f"{rule};{listed}",
        duration_minutes=draw(st.integers(1, step)),
        capacity=draw(st.integers(1, 100)),
        closed_on_holidays=False,
    )


@st.composite
def windows(draw: st.DrawFn) -> Timespan:
    """A few weeks, most of them around a change of the clocks."""
    near = draw(
        st.sampled_from(["2027-03-14", "2027-03-28", "2027-04-04", "2027-10-03", "2027-11-07"])
    )
    start = datetime.fromisoformat(near).replace(tzinfo=UTC) - timedelta(
        days=draw(st.integers(0, 9))
    )
    return Timespan(start, start + timedelta(days=draw(st.integers(1, 21))))


@calmly
@given(shapes(), windows(), zones)
def test_every_slot_shows_its_schedules_time_on_the_venues_wall(
    shape: ScheduleSpec, window: Timespan, name: str
) -> None:
    zone = ZoneInfo(name)
    found = all_occurrences(shape, window, zone)
    for time in found.times:
        assert wall_at(time.starts_at, zone) == time.wall
        assert time.starts_at in window
        assert time.ends_at - time.starts_at == timedelta(minutes=shape.duration_minutes)


@calmly
@given(shapes(), windows(), zones)
def test_every_time_of_the_rule_is_a_slot_or_is_reported_and_none_is_both(
    shape: ScheduleSpec, window: Timespan, name: str
) -> None:
    zone = ZoneInfo(name)
    found = all_occurrences(shape, window, zone)
    shown = [time.wall for time in found.times]
    assert len(set(shown)) == len(shown)
    assert not set(shown) & set(found.skipped)
    for wall in rrulestr(shape.rule, dtstart=shape.starts_at):
        if wall > window.end.replace(tzinfo=None) + timedelta(days=1):
            break
        instant = instant_at(wall, zone)
        assert (instant is not None and instant in window) == (wall in shown)


@calmly
@given(shapes(), windows(), zones)
def test_two_halves_of_a_window_have_the_slots_of_the_whole(
    shape: ScheduleSpec, window: Timespan, name: str
) -> None:
    zone = ZoneInfo(name)
    middle = window.start + window.duration / 2
    halves = (Timespan(window.start, middle), Timespan(middle, window.end))
    parts = [time for half in halves for time in all_occurrences(shape, half, zone).times]
    assert tuple(parts) == all_occurrences(shape, window, zone).times


@calmly
@given(shapes(), windows(), zones)
def test_no_change_of_the_clocks_makes_slots_overlap_but_one_that_runs_into_the_skipped_hour(
    shape: ScheduleSpec, window: Timespan, name: str
) -> None:
    zone = ZoneInfo(name)
    times = all_occurrences(shape, window, zone).times
    for one, other in pairwise(times):
        if one.ends_at > other.starts_at:
            end = one.wall + timedelta(minutes=shape.duration_minutes)
            # What the wall would show at its end is skipped, or lies just past what is skipped
            assert wall_at(one.ends_at, zone) > end


@calmly
@given(walls, zones)
def test_a_closure_never_ends_before_it_starts(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    assert instant_from(wall, zone) <= instant_until(wall, zone)
    later = wall + timedelta(minutes=1)
    assert instant_from(wall, zone) <= instant_from(later, zone)


@calmly
@given(shapes(), shapes(), windows(), zones)
def test_an_offering_never_has_two_slots_at_one_instant(
    first: ScheduleSpec, second: ScheduleSpec, window: Timespan, name: str
) -> None:
    schedules = [
        Schedule(
            schedule_id=ScheduleId(UUID(int=number)),
            offering_id=OfferingId(UUID(int=1)),
            starts_at=shape.starts_at,
            rule=shape.rule,
            duration_minutes=shape.duration_minutes,
            capacity=shape.capacity,
        )
        for number, shape in enumerate((first, second))
    ]
    slots = target_slots(schedules, window, OpenHours(ZoneInfo(name))).slots
    starts = [slot.starts_at for slot in slots]
    assert starts == sorted(set(starts))


PARTS = (
    "INTERVAL",
    "COUNT",
    "BYMONTH",
    "BYMONTHDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSETPOS",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYDAY",
    "WKST",
    "UNTIL",
    "BYSECOND",
    "X-ODD",
)
rule_texts = st.lists(
    st.one_of(
        st.sampled_from(FREQUENCIES).map("FREQ={}".format),
        st.tuples(
            st.sampled_from(PARTS),
            st.lists(
                st.one_of(
                    st.integers(-60, 400).map(str),
                    st.sampled_from(["MO", "1SA", "-1SU", "20280101", "20280101T000000Z", "", "٣"]),
                ),
                min_size=1,
                max_size=3,
            ).map(",".join),
        ).map("=".join),
        st.text(max_size=8),
    ),
    max_size=5,
).map(";".join)


@calmly
@given(rule_texts, walls)
def test_any_rule_is_followed_or_refused_and_never_anything_else(
    text: str, start: datetime
) -> None:
    window = Timespan(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(days=60))
    shape = ScheduleSpec(starts_at=start, rule=text, duration_minutes=30, capacity=1)
    with suppress(RuleInvalid, TooManySlots):
        all_occurrences(shape, window, ZoneInfo("America/Chicago"))


LINES = (
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "UID:one",
    "DTSTART:20270101T100000",
    "DTSTART;VALUE=DATE:20270101",
    "DTSTART;TZID=Europe/London:20270328T013000",
    "DTEND:20270101T120000Z",
    "DTEND;VALUE=DATE:20270103",
    "DURATION:PT1H30M",
    "RRULE:FREQ=DAILY;COUNT=3",
    "RRULE:FREQ=WEEKLY;UNTIL=20270301T000000Z",
    "RDATE;VALUE=DATE:20270201",
    "RDATE:20270201T100000Z,20270202T100000Z",
    "EXDATE:20270102T100000",
    "RECURRENCE-ID:20270102T100000",
    "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20270102",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20270103T100000",
    "RECURRENCE-ID:20270102T090000Z",
    "EXDATE;VALUE=DATE:20270102",
    "EXDATE;TZID=Ours:20270104T100000",
    "RDATE;VALUE=PERIOD:20270105T100000/PT2H,20270106T100000Z/20270106T120000Z",
    "DTSTART;TZID=Ours:20270101T100000",
    "DTSTART;TZID=Wrong:20270101T100000",
    "DTEND;TZID=Ours:20270101T093000",
    "DTSTART:20190101T100000",
    "DTSTART:99991231T235960Z",
    "DTEND;VALUE=DATE:20270101",
    "UID:two",
    "UID:",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=99991231T235959Z",
    "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z",
    "RRULE:FREQ=HOURLY;COUNT=300",
    "EXRULE:FREQ=DAILY",
    "TRANSP:TRANSPARENT",
    "SEQUENCE:2",
    "STATUS:CANCELLED",
    "SUMMARY:Shut\\, sorry",
)


ZONE_LINES = (
    "BEGIN:VTIMEZONE",
    "TZID:Ours",
    "BEGIN:STANDARD",
    "DTSTART:00010101T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
    "BEGIN:VTIMEZONE",
    "TZID:Wrong",
    "END:VTIMEZONE",
)


@st.composite
def calendar_files(draw: st.DrawFn) -> bytes:
    """Well-formed on the outside more often than not, and anything inside."""
    inside = draw(st.lists(st.lists(st.sampled_from(LINES[4:]), max_size=7), max_size=3))
    lines = ["BEGIN:VCALENDAR", *ZONE_LINES]
    for event in inside:
        own = draw(st.sampled_from([["UID:one", "DTSTART:20270101T100000"], ["UID:one"], []]))
        lines += ["BEGIN:VEVENT", *own, *event, "END:VEVENT"]
    lines.append("END:VCALENDAR")
    for _ in range(draw(st.integers(0, 2))):
        where = draw(st.integers(0, len(lines) - 1))
        lines[where] = draw(st.one_of(st.sampled_from(LINES), st.text(max_size=20)))
    text = "\r\n".join(lines)
    cut = draw(st.integers(0, len(text)))
    odd = draw(st.binary(max_size=2))
    return (
        text[:cut].encode("utf-8", "surrogatepass")
        + odd
        + text[cut:].encode("utf-8", "surrogatepass")
    )


@calmly
@given(calendar_files())
def test_any_file_is_read_or_refused_with_words_and_never_anything_else(file: bytes) -> None:
    found = outcome(file)
    assert outcome(file) == found
    if isinstance(found, str):
        assert found
    else:
        closures = [each.closure for each in found.closures]
        assert all(closure.starts_at < closure.ends_at and closure.reason for closure in closures)
        lines = {each.line for each in found.closures}
        assert found.events == len(lines) + sum(each.events for each in found.left_out)


def outcome(file: bytes) -> CalendarReport | str:
    """What comes of a file, or the words of the refusal."""
    first = datetime(2026, 12, 1)  # noqa: DTZ001 - wall time
    try:
        return read_closures(
            file,
            ZoneInfo("America/Chicago"),
            first=first,
            budget=StepBudget(RULE_STEPS_MAX),
        )
    except CalendarInvalid as refused:
        return refused.detail

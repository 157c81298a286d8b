"""Calendar files close what other programs say they mean: libraries of others are the oracle."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from tests.builders.calendars import FIRST, calendar_file, closed_times, report_of

from fullhouse.scheduling.limits import RULE_STEPS_MAX
from fullhouse.scheduling.model.calendar_zone_reader import CalendarZones, FileWindow
from fullhouse.scheduling.model.calendar_zones import Zones
from fullhouse.scheduling.model.ics_parser import CalendarInvalid, read_calendars
from fullhouse.scheduling.model.rule_expansion import StepBudget
from fullhouse.scheduling.model.wall_time import wall_at

VENUE: Final = ZoneInfo("Europe/Berlin")
DAYS: Final = 200
ZONES: Final = (
    "Africa/Casablanca",
    "America/Chicago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Auckland",
)
WALLS: Final = st.datetimes(
    datetime(2026, 1, 2),  # noqa: DTZ001 - wall time
    datetime(2030, 1, 1),  # noqa: DTZ001 - wall time
).map(lambda at: at.replace(second=0, microsecond=0))
HOURS: Final = st.integers(9, 17)
calmly = settings(deadline=None)


@st.composite
def series(draw: st.DrawFn) -> str:
    """An event in some zone with a rule, exceptions, and occurrences that are changed."""
    zone, hour = draw(st.sampled_from(ZONES)), draw(HOURS)
    first = date(2026, 11, 1) + timedelta(days=draw(st.integers(0, 120)))
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    interval = draw(st.integers(1, 3))
    end = draw(st.sampled_from(["", ";COUNT=9", ";UNTIL=20270320T120000Z"]))
    tzid = f";TZID={zone}:"
    lines = [
        f"DTSTART{tzid}{first:%Y%m%d}T{hour:02}0000",
        f"DURATION:PT{draw(st.integers(1, 6))}H",
        f"RRULE:FREQ={frequency};INTERVAL={interval}{end}",
    ]
    days = st.integers(0, 100).map(lambda count: first + timedelta(days=count))
    lines += [
        f"EXDATE{tzid}{day:%Y%m%d}T{hour:02}0000"
        for day in draw(st.lists(days, max_size=3, unique=True))
    ]
    # An extra date of a time that no rule gives
    lines += [
        f"RDATE{tzid}{day:%Y%m%d}T{hour:02}3000"
        for day in draw(st.lists(days, max_size=2, unique=True))
    ]
    event = "\n".join(["UID:a", *lines])
    if frequency == "MONTHLY" or end.startswith(";UNTIL"):
        return event
    step = interval * (1 if frequency == "DAILY" else 7)
    for count in draw(st.lists(st.integers(0, 8), max_size=2, unique=True)):
        moved = first + timedelta(days=step * count)
        if any(f"EXDATE{tzid}{moved:%Y%m%d}" in line for line in lines):
            continue
        reach = draw(st.sampled_from(["", ";RANGE=THISANDFUTURE"]))
        starts = moved + timedelta(days=draw(st.sampled_from([0, 0, 1, 3])))
        event += (
            "\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\n"
            f"RECURRENCE-ID{reach}{tzid}{moved:%Y%m%d}T{hour:02}0000\n"
            f"DTSTART{tzid}{starts:%Y%m%d}T{draw(HOURS):02}1500\nDURATION:PT45M"
        )
    return event


PROPERTIES: Final = (
    ("one", "two", "one", ""),
    (
        "DTSTART:20270101T100000",
        "DTSTART:20270102T100000",
        "DTSTART;TZID=Ours:20270102T100000",
        "DTSTART;TZID=Ours:20261231T233000",
        "DTSTART:20270101T090000Z",
        "DTSTART;VALUE=DATE:20270101",
        "DTSTART;VALUE=DATE:20270102",
        "DTSTART:20190101T100000",
        "DTSTART:21990101T100000",
    ),
    (None, "DTEND:20270102T120000", "DTEND:20270101T093000Z", "DTEND:20270103", "DURATION:PT90M"),
    (
        None,
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY;COUNT=3",
        "RRULE:FREQ=WEEKLY;UNTIL=20270201T100000Z",
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=99991231T235959Z",
        "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z",
        "RRULE:FREQ=HOURLY;COUNT=30",
        "RRULE:FREQ=YEARLY;UNTIL=20270101",
    ),
    (None, "RDATE:20270105T100000,20270102T100000", "RDATE;VALUE=DATE:20270104,20270101"),
    (None, "RDATE;VALUE=PERIOD:20270101T100000/PT3H,20270106T100000Z/20270106T120000Z"),
    (None, "EXDATE:20270101T100000", "EXDATE;VALUE=DATE:20270102", "EXDATE:20270102T090000Z"),
    (
        None,
        None,
        "RECURRENCE-ID:20270102T100000",
        "RECURRENCE-ID;VALUE=DATE:20270102",
        "RECURRENCE-ID;TZID=Ours:20270103T100000",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270102T100000",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270103T090000Z",
    ),
    (None, "SEQUENCE:0", "SEQUENCE:2"),
    (None, None, "STATUS:CANCELLED", "STATUS:TENTATIVE"),
    (None, None, "TRANSP:TRANSPARENT"),
    (None, "EXRULE:FREQ=DAILY"),
)
OURS: Final = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:00010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@st.composite
def events(draw: st.DrawFn) -> str:
    """An event of properties that may be together, however odd."""
    uid, *lines = (draw(st.sampled_from(choices)) for choices in PROPERTIES)
    return "\n".join([f"UID:{uid}", *(line for line in lines if line is not None)])


@settings(deadline=None, max_examples=300)
@given(st.lists(events(), min_size=1, max_size=5))
def test_each_event_of_a_file_closes_something_or_is_counted_as_left_out(given: list[str]) -> None:
    file = calendar_file(*given, zones=OURS)
    try:
        report = report_of(file, VENUE)
    except CalendarInvalid:
        return
    taken = {found.line for found in report.closures}
    assert report.events == len(given) == len(taken) + sum(each.events for each in report.left_out)
    assert len({found.closure.key for found in report.closures}) == len(report.closures)
    assert all(found.closure.until > FIRST for found in report.closures)
    closed = closed_times(report, VENUE, days=DAYS)
    assert all(start < end for start, end, _ in closed)


def instants_of(file: bytes) -> set[tuple[datetime, datetime]]:
    """What the oracle says of a file."""
    start = FIRST.replace(tzinfo=VENUE)
    events = recurring_ical_events.of(Calendar.from_ical(file)).between(
        start, start + timedelta(days=DAYS)
    )
    return {(event.start.astimezone(UTC), event.end.astimezone(UTC)) for event in events}


@settings(deadline=None, max_examples=300)
@given(series())
def test_recurring_events_close_what_another_library_finds(event: str) -> None:
    file = calendar_file(event)
    closed = {
        (start.replace(tzinfo=VENUE).astimezone(UTC), end.replace(tzinfo=VENUE).astimezone(UTC))
        for start, end, _ in closed_times(report_of(file, VENUE), VENUE, days=DAYS)
    }
    # Both cut the window in their own way at its ends
    ends = (
        FIRST.replace(tzinfo=UTC) + timedelta(days=2),
        FIRST.replace(tzinfo=UTC) + timedelta(days=DAYS - 2),
    )
    expected = instants_of(file)
    assert {span for span in closed if ends[0] <= span[0] < ends[1]} == {
        span for span in expected if ends[0] <= span[0] < ends[1]
    }


@calmly
@given(st.sampled_from(ZONES), WALLS, st.sampled_from([0, 1]))
def test_zone_of_a_file_has_the_offsets_of_the_zone_it_was_written_from(
    name: str, wall: datetime, fold: int
) -> None:
    zone, ours = ZoneInfo(name), read_zone(ZoneInfo(name))
    at = wall.replace(fold=fold)
    assert at.replace(tzinfo=ours).utcoffset() == at.replace(tzinfo=zone).utcoffset()
    assert wall_at(wall.replace(tzinfo=UTC), ours) == wall_at(wall.replace(tzinfo=UTC), zone)


@pytest.mark.parametrize("name", ZONES)
def test_zone_of_a_file_changes_its_clocks_at_the_same_minute(name: str) -> None:
    """In skipped and doubled hours too, the first and the second time round."""
    zone, ours, step = ZoneInfo(name), read_zone(ZoneInfo(name)), timedelta(minutes=15)
    for instant, before, _ in changes_of(zone):
        if instant.year not in (2027, 2028):
            continue
        for count in range(-12, 13):
            at = instant + count * step
            assert wall_at(at, ours) == wall_at(at, zone)
            for fold in (0, 1):
                wall = (at + before).replace(tzinfo=None, fold=fold)
                expected = wall.replace(tzinfo=zone).utcoffset()
                assert wall.replace(tzinfo=ours).utcoffset() == expected, wall


@cache
def changes_of(zone: ZoneInfo) -> list[tuple[datetime, timedelta, timedelta]]:
    """The instants at which the clocks of a zone change, with the offsets before and after."""
    step = timedelta(minutes=30)
    at, found = datetime(2025, 1, 1, tzinfo=UTC), []
    before = at.astimezone(zone).utcoffset()
    while at.year < 2031:
        at += step
        after = at.astimezone(zone).utcoffset()
        assert before is not None
        assert after is not None
        if after != before:
            found.append((at, before, after))
        before = after
    return found


@cache
def read_zone(zone: ZoneInfo) -> tzinfo:
    """The zone that is read from a definition with each of its changes."""
    lines = ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:Ours"]
    start = datetime(2025, 1, 1, tzinfo=UTC)
    offset = start.astimezone(zone).utcoffset() or timedelta(0)
    for at, before, after in [(start, offset, offset), *changes_of(zone)]:
        wall = (at + before).replace(tzinfo=None)
        lines += ["BEGIN:STANDARD", f"DTSTART:{wall:%Y%m%dT%H%M%S}"]
        lines += [f"TZOFFSETFROM:{written(before)}", f"TZOFFSETTO:{written(after)}", "END:STANDARD"]
    text = "\n".join([*lines, "END:VTIMEZONE", "END:VCALENDAR"])
    (calendar,) = read_calendars(text.encode())
    budget = StepBudget(RULE_STEPS_MAX)
    zones = Zones(VENUE, budget)
    return zones[CalendarZones(calendar, FileWindow(VENUE, FIRST, budget, zones)).find("Ours", 1)]


def written(offset: timedelta) -> str:
    minutes = int(abs(offset).total_seconds()) // 60
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}{minutes % 60:02}"

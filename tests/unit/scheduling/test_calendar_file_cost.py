"""What a calendar file may cost: its bytes, its closures, and the steps of its rules."""

import pytest
from tests.builders.calendars import CHICAGO, FIRST, calendar_file, report_of, spans

from fullhouse.scheduling.limits import CALENDAR_BYTES_MAX, CALENDAR_CLOSURES_MAX
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.rule_expansion import StepBudget


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(CalendarInvalid) as refused:
        report_of(b"X" * (CALENDAR_BYTES_MAX + 1))
    assert "KiB" in refused.value.detail


def test_a_file_that_comes_to_too_many_closures_is_refused_where_that_happens() -> None:
    days = [f"UID:{n}\nDTSTART;VALUE=DATE:20270101" for n in range(CALENDAR_CLOSURES_MAX)]
    assert len(report_of(calendar_file(*days)).closures) == CALENDAR_CLOSURES_MAX
    dates = ",".join(
        f"{year}0101T{hour:02}0000" for year in range(2027, 2111) for hour in range(24)
    )
    long = f"UID:a\nDTSTART:20270101T000000\nDURATION:PT1H\nRDATE:{dates}"
    for event in ("UID:more\nDTSTART:20270101", long):
        with pytest.raises(CalendarInvalid) as refused:
            report_of(calendar_file(*days, event))
        assert str(CALENDAR_CLOSURES_MAX) in refused.value.detail
        assert refused.value.line == 3 + 4 * CALENDAR_CLOSURES_MAX


HOURLY = "DTSTART:20040101T000000\nDTEND:20040101T010000\nRRULE:FREQ=HOURLY"


def test_rules_that_ended_before_the_window_cost_next_to_nothing() -> None:
    budget = StepBudget(2_000)
    file = calendar_file(*(f"UID:{n}\n{HOURLY};UNTIL=20251101T000000" for n in range(50)))
    assert read_closures(file, CHICAGO, first=FIRST, budget=budget).closures == ()


def test_the_rules_of_a_file_share_one_budget_and_the_line_that_exceeds_it_is_named() -> None:
    file = calendar_file(*(f"UID:{n}\n{HOURLY};COUNT=20000" for n in range(50)))
    with pytest.raises(CalendarInvalid) as refused:
        report_of(file)
    assert refused.value.line == 61, "the tenth event has the rule that is too much"
    assert "let them start later" in refused.value.detail


@pytest.mark.parametrize(
    ("event", "closed"),
    [
        # Three weeks from December 2026, so under way when the window begins
        ("DTSTART:20061220T120000\nDURATION:P21D\nRRULE:FREQ=YEARLY", "12-20 12:00"),
        ("DTSTART;VALUE=DATE:19000301\nRRULE:FREQ=YEARLY;COUNT=200", "03-01 00:00"),
        ("DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=DAILY;UNTIL=20270301T000000Z", "03-01 00:00"),
        (
            "DTSTART;TZID=Europe/London:19991231T010000\nDURATION:PT1H\nRRULE:FREQ=YEARLY",
            "12-30 19",
        ),
        ("DTSTART:19991231T010000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY", "12-30 19:00"),
    ],
)
def test_what_began_long_ago_closes_what_it_reaches(event: str, closed: str) -> None:
    assert spans(calendar_file(f"UID:a\n{event}"))[0][5:].startswith(closed)

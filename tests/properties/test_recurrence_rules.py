"""Recurrence rules against python-dateutil's, and what the most hostile rule may cost."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, islice, product, takewhile
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import dateutil.rrule
import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fullhouse.scheduling.limits import (
    CALENDAR_CLOSURES_MAX,
    FIRST_TIME_STEPS_MAX,
    RULE_STEPS_MAX,
    SLOTS_PER_SCHEDULE_MAX,
)
from fullhouse.scheduling.model.calendar_file import read_closures
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import FREQUENCIES, RuleInvalid, recurrence
from fullhouse.scheduling.model.rule_expansion import StepBudget, TooManySlots

calmly = settings(deadline=None, max_examples=100)
UTC = ZoneInfo("UTC")
STEP_OF_A_DAY_MAX = 24 * 60 + 1
"""What the last day that is looked at may take beyond the budget: its minutes."""

UNITS = {"HOURLY": 60, "MINUTELY": 1}
DAY_PARTS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def numbers(*values: int, most: int = 3) -> st.SearchStrategy[str]:
    listed = st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)
    return listed.map(lambda found: ",".join(map(str, found)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Any rule that Fullhouse takes, with the combinations that owners hardly write."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    monthly = frequency in ("YEARLY", "MONTHLY")
    parts = {
        "INTERVAL": st.sampled_from([1, 2, 3, 5, 7, 12, 24, 30, 90, 720, 1000]).map(str),
        "BYMONTH": numbers(*range(1, 13)),
        "BYHOUR": numbers(*range(24)),
        "BYMINUTE": numbers(0, 1, 15, 30, 59),
        "WKST": st.sampled_from(WEEKDAYS),
        "BYDAY": st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(
            ",".join
        ),
    }
    if frequency != "WEEKLY":
        parts["BYMONTHDAY"] = numbers(1, 2, 13, 28, 29, 30, 31, -1, -2, -30, -31)
    if frequency in ("YEARLY", "HOURLY", "MINUTELY"):
        parts["BYYEARDAY"] = numbers(1, 59, 60, 100, 365, 366, -1, -365, -366)
    if monthly or frequency == "DAILY":
        parts["BYSETPOS"] = numbers(1, 2, 5, 40, 366, -1, -2, -366)
    if monthly and draw(st.booleans()):
        day = st.tuples(st.sampled_from([1, 2, 4, 5, -1, -5]), st.sampled_from(WEEKDAYS))
        parts["BYDAY"] = st.lists(day, min_size=1, max_size=3).map(
            lambda days: ",".join(f"{number}{name}" for number, name in days)
        )
    if frequency == "YEARLY" and draw(st.booleans()):
        parts["BYWEEKNO"] = numbers(1, 2, 26, 51, 52, 53)
    chosen = draw(st.sets(st.sampled_from(sorted(parts)), max_size=4))
    ends = draw(st.sampled_from(["", ";COUNT=3", ";COUNT=40", ";UNTIL=20280229T100000"]))
    return f"FREQ={frequency}" + "".join(f";{name}={draw(parts[name])}" for name in chosen) + ends


def starts(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    between = st.datetimes(datetime(first_year, 1, 1), datetime(last_year, 12, 31))  # noqa: DTZ001 - wall time
    leap_days = st.sampled_from([datetime(2024, 2, 29, 3), datetime(2024, 12, 31, 23, 59)])  # noqa: DTZ001 - wall time
    return st.one_of(between, leap_days).map(lambda at: at.replace(second=0, microsecond=0))


def times(text: str, start: datetime, window: tuple[datetime, datetime]) -> list[datetime]:
    """The times of a rule in a window."""
    budget = StepBudget(10 * RULE_STEPS_MAX)
    rule = recurrence(text, start, UTC, budget=budget)
    return list(chain.from_iterable(rule.walk(*window, budget)))


def expected_times(text: str, start: datetime, window: tuple[datetime, datetime]) -> list[datetime]:
    """What dateutil makes of a rule; of one of hours or minutes, it gives the days.

    It walks to the last year there is, minute by minute, so here that year comes soon.
    """
    parts = dict(part.split("=") for part in text.split(";"))
    with pytest.MonkeyPatch.context() as patched:
        calendar = SimpleNamespace(**{**vars(dt), "MAXYEAR": window[1].year})
        patched.setattr(dateutil.rrule, "datetime", calendar)
        if parts["FREQ"] not in UNITS:
            found = list(rrulestr(text, dtstart=start))
        else:
            days = [f"{name}={parts[name]}" for name in DAY_PARTS if name in parts]
            midnight = start.replace(hour=0, minute=0)
            by_day = rrulestr(";".join(["FREQ=DAILY", *days]), dtstart=midnight)
            since = start if "COUNT" in parts else max(start, window[0])
            to_end = takewhile(lambda day: day < window[1], by_day)
            dates = [day for day in to_end if day >= since - timedelta(days=1)]
            found = list(
                islice(clock_times(parts, start, dates, since), int(parts.get("COUNT", 10**6)))
            )
    until = datetime.fromisoformat(parts.get("UNTIL", "99991231T000000"))
    return [at for at in found if window[0] <= at < window[1] and at <= until]


def clock_times(
    parts: Mapping[str, str], start: datetime, dates: Sequence[datetime], since: datetime
) -> Iterator[datetime]:
    """Every minute of the days that has its hour, its minute and its place in the interval."""
    unit, interval = UNITS[parts["FREQ"]], int(parts.get("INTERVAL", "1"))
    own_minute = range(60) if unit == 1 else [start.minute]
    hours = [int(n) for n in parts["BYHOUR"].split(",")] if "BYHOUR" in parts else range(24)
    minutes = [int(n) for n in parts["BYMINUTE"].split(",")] if "BYMINUTE" in parts else own_minute
    began = start - timedelta(minutes=start.minute % unit)
    for date, hour, minute in product(dates, sorted(hours), sorted(minutes)):
        at = date.replace(hour=hour, minute=minute)
        units = (at - timedelta(minutes=minute % unit) - began) // timedelta(minutes=unit)
        if at >= since and units % interval == 0:
            yield at


@calmly
@given(rules(), starts(2023, 2027), st.integers(0, 900), st.sampled_from([1, 8, 45]))
def test_a_window_has_the_times_that_a_walk_from_the_start_finds_there(
    text: str, start: datetime, days_later: int, days: int
) -> None:
    first = start + timedelta(days=days_later)
    window = (first, first + timedelta(days=days))
    try:
        found = times(text, start, window)
    except RuleInvalid:
        assume(False)  # noqa: FBT003 - it takes nothing else
    assert found == expected_times(text, start, window)


@calmly
@given(rules(), starts(1, 9990), starts(2026, 2027))
def test_no_rule_takes_more_steps_than_its_budget_wherever_it_began(
    text: str, start: datetime, now: datetime
) -> None:
    budget = StepBudget(RULE_STEPS_MAX)
    with suppress(RuleInvalid, TooManySlots):
        rule = recurrence(text, start, UTC, budget=budget)
        assert budget.taken <= 2 * (FIRST_TIME_STEPS_MAX + STEP_OF_A_DAY_MAX)
        found = list(chain.from_iterable(rule.walk(now, now + timedelta(days=91), budget)))
        assert found == sorted(set(found))
    assert budget.taken <= RULE_STEPS_MAX + STEP_OF_A_DAY_MAX


@calmly
@given(rules().filter(lambda text: "COUNT" not in text), starts(1, 2025), starts(2026, 2027))
def test_a_rule_without_a_count_costs_what_the_window_holds_and_not_what_lies_before_it(
    text: str, start: datetime, now: datetime
) -> None:
    budget, later = StepBudget(10**7), start.replace(year=start.year % 4 + 2020)
    assume(start.year < 2020)
    try:
        rule = recurrence(text, start, UTC, budget=StepBudget(10**7))
        list(rule.walk(now, now + timedelta(days=91), budget))
        near = StepBudget(10**7)
        again = recurrence(text, later, UTC, budget=StepBudget(10**7))
        list(again.walk(now, now + timedelta(days=91), near))
    except (RuleInvalid, ValueError):
        return
    assert budget.taken <= 3 * near.taken + 5_000


@st.composite
def hostile_files(draw: st.DrawFn) -> bytes:
    """Files of many events whose rules are as costly as they can be made."""
    events = draw(
        st.lists(st.tuples(rules(), starts(1601, 2190), st.booleans()), min_size=1, max_size=6)
    )
    copies = draw(st.sampled_from([1, 1, 40]))
    lines = ["BEGIN:VCALENDAR"]
    for number, (text, start, whole_days) in enumerate(events * copies):
        at = f";VALUE=DATE:{start:%Y%m%d}" if whole_days else f":{start:%Y%m%dT%H%M%S}"
        lines += ["BEGIN:VEVENT", f"UID:u{number}", f"DTSTART{at}", f"RRULE:{text}"]
        lines += ["DURATION:P1D", "END:VEVENT"]
    return "\n".join([*lines, "END:VCALENDAR"]).encode()


@settings(deadline=None, max_examples=40)
@given(hostile_files())
def test_no_file_takes_more_steps_than_its_budget(file: bytes) -> None:
    budget, first = StepBudget(RULE_STEPS_MAX), datetime(2026, 12, 1)  # noqa: DTZ001 - wall time
    with suppress(CalendarInvalid):
        found = read_closures(file, ZoneInfo("America/Chicago"), first=first, budget=budget)
        assert len(found.closures) <= CALENDAR_CLOSURES_MAX
    assert budget.taken <= RULE_STEPS_MAX + 2 * FIRST_TIME_STEPS_MAX + STEP_OF_A_DAY_MAX


def test_the_budget_is_refused_with_what_to_do() -> None:
    with pytest.raises(TooManySlots) as refused:
        StepBudget(SLOTS_PER_SCHEDULE_MAX).spend(SLOTS_PER_SCHEDULE_MAX + 1)
    assert "let them start later" in refused.value.detail

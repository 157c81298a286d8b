"""The slots of an offering as its page shows them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.builders.business import an_offering

from fullhouse.booking.model.slot import Slot, SlotId
from fullhouse.booking.party_availability import AvailabilityView, day_summary, is_few, weeks_of
from fullhouse.entrypoints.web.availability_view import slot_row
from fullhouse.localisation.formatter import formatter_for

OPENS = datetime(2027, 6, 12, 8, tzinfo=UTC)


def a_view(*, days: int, each: int) -> AvailabilityView:
    starts = [
        OPENS + timedelta(days=day, minutes=5 * n) for day in range(days) for n in range(each)
    ]
    slots = [
        Slot(SlotId(UUID(int=number)), at, at + timedelta(minutes=5), 40, 0, 0, "open", "", 0)
        for number, at in enumerate(starts)
    ]
    formatter = formatter_for("en", ZoneInfo("America/Chicago"))
    return AvailabilityView(formatter, an_offering(), slots, 2, OPENS - timedelta(days=1))


def test_slots_are_grouped_by_day_once_for_the_whole_page() -> None:
    view = a_view(days=45, each=144)
    assert view.by_day is view.by_day
    assert list(view.by_day) == sorted(view.by_day)
    assert [slot for slots in view.by_day.values() for slot in slots] == view.slots
    assert view.on(OPENS.date()) is view.by_day[OPENS.date()]
    assert view.on(OPENS.date() - timedelta(days=5)) == []


def test_state_of_a_day_counts_the_places_of_slots_with_room() -> None:
    view = a_view(days=1, each=3)
    day, slots = OPENS.date(), view.on(OPENS.date())
    assert day_summary(view, day, slots).state == "free"
    assert day_summary(view, day, []).state == "none"


@pytest.mark.parametrize(
    ("capacity", "few_at_most"), [(1, 3), (4, 3), (12, 3), (20, 4), (55, 9), (500, 9)]
)
def test_few_places_are_a_small_number_however_large_the_slot(
    capacity: int, few_at_most: int
) -> None:
    assert [n for n in range(capacity + 20) if is_few(n, capacity)] == [*range(few_at_most + 1)]


def test_row_has_the_price_of_the_whole_party() -> None:
    view = a_view(days=1, each=1)
    (slot,) = view.slots
    row = slot_row(view, slot, href="/")
    assert (row.price, row.price_for) == ("US$24.00", "for 2")
    alone = msgspec.structs.replace(view, party=1)
    assert (alone.price, alone.price_for) == ("US$12.00", "")
    group = msgspec.structs.replace(view, offering=replace(view.offering, price_unit="group"))
    assert (group.price, group.price_for) == ("US$12.00", "")


@pytest.mark.parametrize(
    ("today", "first", "last", "weeks"),
    [
        (date(2026, 11, 28), date(2026, 11, 23), date(2026, 12, 20), 4),
        (date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 27), 4),
        (date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 30), 6),
        (date(2026, 11, 9), date(2026, 11, 9), date(2026, 11, 30), 4),
        (date(2026, 11, 16), date(2026, 11, 16), date(2026, 12, 13), 4),
    ],
)
def test_calendar_shows_the_coming_weeks_when_its_month_is_nearly_over(
    today: date, first: date, last: date, weeks: int
) -> None:
    now = datetime.combine(today, time(18), UTC)
    view = msgspec.structs.replace(a_view(days=1, each=1), now=now)
    shown = weeks_of(view, date(2026, 11, 1))
    days = [day for week in shown for day in week if day]
    assert (days[0], days[-1], len(shown)) == (first, last, weeks)
    assert days == sorted(set(days))
    december = [day for week in weeks_of(view, date(2026, 12, 1)) for day in week if day]
    assert (december[0], december[-1]) == (date(2026, 12, 1), date(2026, 12, 31))

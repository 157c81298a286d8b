"""The slots of an offering as its page shows them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.builders.business import an_offering

from fullhouse.booking.model.slot import Slot, SlotId
from fullhouse.entrypoints.web.availability_view import AvailabilityView, day_state
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
    assert day_state(view, day, slots) == "free"
    assert day_state(view, day, []) == "none"

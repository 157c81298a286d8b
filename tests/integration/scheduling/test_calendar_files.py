"""Calendar files of strangers are read beside the event loop, a few at a time."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import holidays
import pytest
from holidays.registry import EntityLoader
from tests.builders.business import Business, a_business, commit
from tests.builders.loop import longest_turn, until
from tests.builders.schedules import ONE_WEEK, STAFF, added, imported, slots_of, wall

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.errors import Overloaded
from fullhouse.people.model import VenueId
from fullhouse.scheduling import materialisation
from fullhouse.scheduling.actions import read_calendar_file
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.errors import TooManyClosures, TooManySchedules
from fullhouse.scheduling.limits import CALENDAR_FILES_WAITING_MAX
from fullhouse.scheduling.model.ics_parser import CalendarInvalid

A_TURN_SECONDS: Final = 0.3
"""All that a turn does is a fraction of it: in one turn, each of these tests takes a second."""
HOURLY = "DTSTART:20040101T000000\nDTEND:20040101T010000\nRRULE:FREQ=HOURLY"


def hostile(events: int, rule: str = HOURLY) -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:u{n}\n{rule}\nEND:VEVENT\n" for n in range(events))
    return f"BEGIN:VCALENDAR\n{body}END:VCALENDAR\n".encode()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of the one that reads files; it goes on for a minute."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr(read_calendar_file, "_PROGRAM", "the_program")
    path = tmp_path / "the_program.py"
    path.write_text("import time\ntime.sleep(60)\n")
    return path


async def test_a_hostile_file_is_refused_while_the_loop_goes_on(
    app: Application, business: Business
) -> None:
    venue_id = VenueId(business.offering.venue_id)
    reading = app.read_calendar_file(business.org_id, venue_id, hostile(2_000))
    longest, task = await longest_turn(reading)
    with pytest.raises(CalendarInvalid) as refused:
        task.result()
    assert refused.value.line
    assert longest < A_TURN_SECONDS


@pytest.mark.usefixtures("program")
async def test_files_beyond_those_that_may_wait_are_refused_at_once(
    app: Application, business: Business
) -> None:
    venue_id = VenueId(business.offering.venue_id)

    async def read() -> None:
        await app.read_calendar_file(business.org_id, venue_id, b"")

    waiting = [asyncio.create_task(read()) for _ in range(CALENDAR_FILES_WAITING_MAX + 1)]
    await until(
        lambda: app.read_calendar_file.bulkhead.statistics.waiting == CALENDAR_FILES_WAITING_MAX
    )
    with pytest.raises(Overloaded):
        await read()
    another = await a_business(app.database, app.clock, app.ids, slug="orchard")
    venue = VenueId(another.offering.venue_id)

    async def read_another() -> None:
        await app.read_calendar_file(another.org_id, venue, b"")

    waiting.append(asyncio.create_task(read_another()))
    await until(lambda: any(task.done() for task in waiting))
    made_room = [task for task in waiting if task.done()]
    assert [type(task.exception()) for task in made_room] == [Overloaded]
    assert made_room != waiting[-1:], "one of the business that has the most"
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert app.read_calendar_file.bulkhead.statistics.busy == 0


async def test_a_file_that_takes_too_much_is_refused_with_what_to_do(
    app: Application, business: Business, program: Path
) -> None:
    program.write_text("raise MemoryError")  # noqa: ASYNC240 - a test may wait for a small file
    with pytest.raises(CalendarInvalid) as refused:
        await imported(app, business, b"")
    assert "split it" in refused.value.detail


async def test_thousands_of_slots_are_made_and_unmade_in_turns(
    app: Application, business: Business
) -> None:
    museum = replace(
        ONE_WEEK,
        starts_at=wall("2000-01-01 00:00"),
        rule="FREQ=MINUTELY;INTERVAL=10",
        duration_minutes=10,
    )
    longest, task = await longest_turn(added(app, business, museum))
    task.result()
    assert len(await slots_of(app)) > 12_000
    closed, task_of_closing = await longest_turn(
        imported(app, business, hostile(1, "DTSTART:20270612T000000\nDURATION:P300D"))
    )
    assert task_of_closing.result().offerings[0].closed > 12_000
    assert max(longest, closed) < A_TURN_SECONDS


async def test_recurring_closures_are_followed_in_turns_and_on_a_budget(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    await added(app, business)
    hourly = hostile(1, "DTSTART:20270101T000000\nDURATION:PT1H\nRRULE:FREQ=HOURLY")
    longest, task = await longest_turn(imported(app, business, hourly))
    assert task.result().offerings[0].closed == 14
    assert longest < A_TURN_SECONDS
    monkeypatch.setattr(materialisation, "CLOSURE_STEPS_MAX", 5_000)
    with pytest.raises(TooManyClosures) as refused:
        await imported(app, business, hourly, calendar="another")
    assert "recurring" in refused.value.detail
    assert len({reason for *_, reason in await slots_of(app)}) == 1, "nothing is half done"


async def test_the_holidays_of_all_countries_are_imported_beside_the_loop(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("holidays.countries")]:
        monkeypatch.delitem(sys.modules, name)
    for loader in vars(holidays).values():
        if isinstance(loader, EntityLoader):
            monkeypatch.setattr(loader, "entity", None)
    with_holidays = replace(ONE_WEEK, closed_on_holidays=True)
    longest, task = await longest_turn(added(app, business, with_holidays))
    task.result()
    assert longest < A_TURN_SECONDS


async def test_a_rule_that_is_counted_from_long_ago_is_followed_in_turns(
    app: Application, business: Business
) -> None:
    ancient = replace(
        ONE_WEEK,
        starts_at=wall("0001-01-01 00:00"),
        rule="FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=20000",
    )
    longest, task = await longest_turn(added(app, business, ancient))
    task.result()
    assert longest < A_TURN_SECONDS


async def test_an_offering_has_a_limit_of_schedules_and_a_venue_of_closures(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialisation, "SCHEDULES_PER_OFFERING_MAX", 2)
    monkeypatch.setattr(materialisation, "CLOSURES_PER_VENUE_MAX", 3)
    await added(app, business)
    await added(app, business)
    with pytest.raises(TooManySchedules):
        await added(app, business)
    day = "DTSTART:20270614T000000\nDURATION:P1D"
    await imported(app, business, hostile(3, day))
    with pytest.raises(TooManyClosures):
        await imported(app, business, hostile(1, day), calendar="another")
    venue_id = VenueId(business.offering.venue_id)
    new = NewClosure(wall("2027-06-15"), wall("2027-06-16"), "Wedding")
    with pytest.raises(TooManyClosures):
        await commit(app, app.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF)
    assert len({reason for *_, reason in await slots_of(app)}) == 2, "nothing is half done"

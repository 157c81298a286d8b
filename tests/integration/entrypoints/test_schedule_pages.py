"""Schedules by pages: said in a sentence, previewed, saved, and what is sold stays."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from tests.builders.api_client import Answer
from tests.builders.business import Business, a_business
from tests.builders.schedules import ONE_WEEK, added, book, slots_of
from tests.integration.entrypoints.test_closure_pages import Owner, signed_in

from fullhouse.bootstrap.application import Application

SEASON = {
    "offering": "sunflowers",
    "weekdays.SA": "yes",
    "weekdays.SU": "yes",
    "first_day": "2027-06-14",
    "last_day": "2027-09-15",
    "first_time": "08:00",
    "last_time": "13:30",
    "every_minutes": "30",
    "duration_minutes": "30",
    "places": "60",
    "closed_on_holidays": "yes",
}


@pytest.fixture
async def owner(app: Application, business: Business) -> AsyncIterator[Owner]:
    owner = await signed_in(app, business)
    async with owner.api.client:
        yield owner


def text(answer: Answer) -> str:
    return unescape(answer.body.decode())


def seen(answer: Answer) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text(answer))
    assert found is not None
    return found[1]


async def saved(owner: Owner, path: str, form: dict[str, str]) -> Answer:
    preview = await owner.post(path, **form, step="preview")
    assert preview.status == 200, text(preview)
    return await owner.post(path, **form, step="save", seen=seen(preview))


async def test_schedule_is_said_in_a_sentence_and_its_times_shown_before_it_is_saved(
    owner: Owner, app: Application
) -> None:
    preview = await owner.post("schedules/new", **SEASON, step="preview")
    page = text(preview)
    assert (
        "Every Saturday and Sunday, 08:00 \N{EN DASH} 13:30, each 30 minutes, 60 places, "
        "from Monday 14 June 2027 to Wednesday 15 September 2027, not on public holidays"
    ) in page
    assert "times are new." in page
    assert "Saturday 19 June" in page
    assert "08:00, 08:30, 09:00" in page
    assert await slots_of(app) == [], "nothing is saved"


async def test_saved_schedule_is_opened_as_it_was_typed(owner: Owner, app: Application) -> None:
    answer = await saved(owner, "schedules/new", SEASON)
    assert answer.status == 303, text(answer)
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    assert len(await slots_of(app)) > 0
    assert "Every Saturday and Sunday" in text(await owner.get(path))
    page = text(await owner.get(f"{path}/edit"))
    assert 'name="weekdays.SA" value="yes" checked' in page
    assert 'name="weekdays.MO" value="yes">' in page
    for name in ("first_time", "last_time", "first_day", "last_day", "places"):
        assert f'value="{SEASON[name]}"' in page


@pytest.mark.parametrize(
    ("hours", "said", "times"),
    [
        (("8", "13.30", "30"), "08:00 \N{EN DASH} 13:30", 12),
        (("9:00", "13:00", "30"), "09:00 \N{EN DASH} 13:00", 9),
        (("9.00", "13.00", "30"), "09:00 \N{EN DASH} 13:00", 9),
        (("8:30", "13:00", "45"), "08:30 \N{EN DASH} 13:00", 7),
        (("9 Uhr", "13:20", "30"), "09:00 \N{EN DASH} 13:00", 9),
        (("9", "1:30 pm", "90"), "09:00 \N{EN DASH} 13:30", 4),
    ],
)
async def test_hours_as_a_farmer_types_them_are_a_schedule(
    owner: Owner, app: Application, hours: tuple[str, str, str], *, said: str, times: int
) -> None:
    first, last, every = hours
    form = {**SEASON, "first_time": first, "last_time": last, "every_minutes": every}
    form |= {"first_day": "2027-06-19", "last_day": "2027-06-19"}
    preview = await owner.post("schedules/new", **form, step="preview")
    assert f"{said}, each {every} minutes, 60 places" in text(preview)
    answer = await owner.post("schedules/new", **form, step="save", seen=seen(preview))
    assert len(await slots_of(app)) == times
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    assert 'name="first_time"' in text(await owner.get(f"{path}/edit"))


async def test_change_says_what_becomes_of_times_that_are_sold(
    owner: Owner, app: Application, business: Business
) -> None:
    answer = await saved(owner, "schedules/new", SEASON)
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    first = (await slots_of(app))[0][0]
    await book(app, business, first)
    later = {**SEASON, "first_time": "09:00", "version": "1"}
    preview = text(await owner.post(f"{path}/edit", **later, step="preview"))
    assert "1 time with bookings no longer fits: Sat 19 June, 08:00." in preview
    assert "times that no one has booked are removed." in preview
    changed = await saved(owner, f"{path}/edit", later)
    assert changed.status == 303
    states = {slot: state for slot, _, _, state, _ in await slots_of(app)}
    assert states[first] == "closed", "it keeps its guests"


async def test_second_of_two_editors_is_told(owner: Owner) -> None:
    answer = await saved(owner, "schedules/new", SEASON)
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    first = {**SEASON, "places": "50", "version": "1"}
    assert (await saved(owner, f"{path}/edit", first)).status == 303
    second = await owner.post(f"{path}/edit", **{**first, "places": "40"}, step="preview")
    assert second.status == 409
    assert "Someone else changed this while you were editing." in text(second)


async def test_schedule_of_a_program_is_shown_and_never_overwritten(
    owner: Owner, app: Application, business: Business
) -> None:
    schedule_id = await added(app, business, ONE_WEEK)
    page = text(await owner.get(f"schedules/{schedule_id}"))
    assert "Made by a program: FREQ=DAILY; BYHOUR=10,11; COUNT=14" in page
    assert f"{schedule_id}/edit" not in page
    assert (await owner.get(f"schedules/{schedule_id}/edit")).status == 404
    assert (await owner.post(f"schedules/{schedule_id}/edit", **SEASON)).status == 404


async def test_ended_schedule_leaves_the_list_and_sold_times_stay(
    owner: Owner, app: Application, business: Business
) -> None:
    answer = await saved(owner, "schedules/new", SEASON)
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    await book(app, business, (await slots_of(app))[0][0])
    done = await owner.post(f"{path}/end")
    assert done.headers["location"] == "/admin/meadow/schedules?done=end&count=1"
    assert "Every Saturday" not in text(await owner.get("schedules"))
    assert len(await slots_of(app)) == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"last_time": "07:00"}, "Enter a last time that comes after the first"),
        ({"last_time": "noon"}, "Enter a time like 10:30."),
        ({"last_time": "12:00", "every_minutes": "1"}, "Choose a step like 10 or 15 minutes"),
        ({"weekdays.SA": None, "weekdays.SU": None}, "Choose days on which"),
        ({"last_day": "2027-06-01"}, "Choose a day after the first."),
        ({"first_day": "2026-01-01", "last_day": "2026-02-01"}, "Choose days on which"),
        ({"places": "0"}, "Enter a number from 1 to"),
        ({"extra": "tomorrow"}, "One a line"),
        ({"except_": "2027-06-21 08:00"}, "Each line must be a time that the schedule has."),
    ],
)
async def test_what_no_schedule_has_is_said_at_its_field(
    owner: Owner, changes: dict[str, str | None], problem: str
) -> None:
    given = {name: value for name, value in (SEASON | changes).items() if value is not None}
    answer = await owner.post("schedules/new", **given, step="preview")
    assert answer.status == 422
    assert problem in text(answer)


async def test_another_business_finds_no_schedule(owner: Owner, app: Application) -> None:
    answer = await saved(owner, "schedules/new", SEASON)
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    hill = await a_business(app.database, app.clock, app.ids, slug="hill")
    other = await signed_in(app, hill, org="hill")
    async with other.api.client:
        assert (await other.get(path)).status == 404
        assert (await other.get(f"{path}/edit")).status == 404
        assert (await other.post(f"{path}/end")).status == 404
    assert (await owner.get(path)).status == 200

"""Venues by pages: list, add, change; and the way to close from calendar and run sheet."""

import re

import pytest
from tests.builders.html_text import visible_text
from tests.builders.staff_browser import Staff, form_of, rows, text

from fullhouse.people.limits import VENUES_MAX

NEW = {
    "name": "North field",
    "address": "1 Sunflower Lane, Elgin",
    "directions": "Park at the barn.",
    "zone": "America/Chicago",
    "country": "US",
    "subdivision": "IL",
    "latitude": "42,0354",
    "longitude": "-88.2826",
}


async def test_venue_is_added_listed_and_changed(staff: Staff) -> None:
    added = await staff.post("venues/new", **NEW)
    assert added.status == 303, visible_text(text(added))
    path = added.headers["location"].removeprefix("/admin/meadow/")
    assert set(rows(await staff.get("venues"))) == {"The Barn", "North field"}
    shown = visible_text(text(await staff.get(path)))
    assert "America/Chicago" in shown
    assert "United States" in shown
    assert "42.0354" in shown
    assert "History Added" in shown
    form = form_of(await staff.get(f"{path}/edit"))
    assert "zone" not in form, "slots and tickets follow it"
    changed = await staff.post(f"{path}/edit", **{**form, "directions": "Behind the mill."})
    assert changed.status == 303
    assert "Behind the mill." in visible_text(text(await staff.get(path)))
    late = await staff.post(f"{path}/edit", **{**form, "directions": "Left of the mill."})
    assert late.status == 409
    assert "Stored now: Behind the mill." in visible_text(text(late))


async def test_a_venue_too_many_is_refused_beside_its_name(staff: Staff) -> None:
    async with staff.api.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO venue SELECT (jsonb_populate_record(venue, jsonb_build_object("
            " 'venue_id', gen_random_uuid()))).* FROM venue, generate_series(1, $1)",
            VENUES_MAX - 1,
        )
    refused = await staff.post("venues/new", **NEW)
    assert refused.status == 422
    assert "You have 200 venues" in visible_text(text(refused))
    assert form_of(refused)["name"] == "North field"


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "", "Fill this in."),
        ("zone", "", "Choose one of these."),
        ("zone", "Mars/Base", "Choose one of these."),
        ("country", "", "Fill this in."),
        ("latitude", "91", "Enter a number from -90"),
        ("longitude", "east", "Enter a number from -180"),
    ],
)
async def test_wrong_value_is_named_in_its_field(
    staff: Staff, field: str, value: str, problem: str
) -> None:
    refused = await staff.post("venues/new", **{**NEW, field: value})
    assert refused.status == 422
    assert f'id="{field}-problem"' in text(refused)
    assert problem in visible_text(text(refused))
    assert rows(await staff.get("venues")) == ["The Barn"]


async def test_countries_are_listed_by_their_names_in_the_language_of_the_page(
    staff: Staff,
) -> None:
    german = text(await staff.get("venues/new?lang=de"))
    countries = german.partition('<select id="country"')[2].partition("</select>")[0]
    names = re.findall(r'value="[A-Z]{2}">([^<]+)<', countries)
    assert names[:2] == ["Afghanistan", "Ägypten"]


async def test_day_is_closed_from_the_calendar_and_the_run_sheet(staff: Staff) -> None:
    for path in ("calendar?view=day&date=2027-06-19", "today?date=2027-06-19"):
        page = text(await staff.get(path))
        link = '/admin/meadow/closures/new?first_day=2027-06-19&amp;last_day=2027-06-19"'
        assert link in page
    form = text(await staff.get("closures/new?first_day=2027-06-19&last_day=2027-06-19"))
    assert 'name="first_day" type="date" value="2027-06-19"' in form
    gate = Staff(staff.api, await staff.api.staff_cookie("Sam", role="staff"))
    assert "closures/new" not in text(await gate.get("today"))

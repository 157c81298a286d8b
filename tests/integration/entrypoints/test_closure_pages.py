"""Closing for weather by pages: preview, close, progress, undo, and what is refused."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.closures import tell
from tests.builders.schedules import added, slots_of

from fullhouse.bootstrap.application import Application
from fullhouse.people.model.roles import Role


class Owner:
    """A person at work, in a browser without script."""

    def __init__(self, api: ApiClient, cookie: dict[str, str]) -> None:
        self.api, self.cookie = api, cookie

    async def get(self, path: str) -> Answer:
        return await self.api.ask("GET", f"//admin/{self.api.org}/{path}", headers=self.cookie)

    async def post(self, path: str, **form: str) -> Answer:
        return await self.api.ask(
            "POST",
            f"//admin/{self.api.org}/{path}",
            content=urlencode(form).encode(),
            headers={**self.cookie, "content-type": "application/x-www-form-urlencoded"},
        )


async def signed_in(
    app: Application, business: Business, role: Role = "admin", *, org: str = "meadow"
) -> Owner:
    api = await an_api_client(app, business, org=org)
    return Owner(api, await api.staff_cookie(role=role))


@pytest.fixture
async def owner(app: Application, business: Business) -> AsyncIterator[Owner]:
    await added(app, business)
    slots = await slots_of(app)
    owner = await signed_in(app, business)
    async with owner.api.client:
        await owner.api.book(slots[0][0], party=4)
        await owner.api.book(slots[1][0], party=3, name="Emmy Noether")
        await owner.api.book(slots[2][0], name="Grace Hopper")
        yield owner


def storm(business: Business, **changes: str) -> dict[str, str]:
    return {
        "venue": str(business.offering.venue_id),
        "first_day": "2027-06-14",
        "reason": "Thunderstorm",
        "tell": "move",
        "submission_id": "11111111-1111-7111-8111-111111111111",
        **changes,
    }


def text(answer: Answer) -> str:
    return unescape(answer.body.decode())


def seen(answer: Answer) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text(answer))
    assert found is not None
    return found[1]


async def closed(owner: Owner, form: dict[str, str]) -> Answer:
    """Preview, and close what was previewed."""
    preview = await owner.post("closures/new", **form, step="preview")
    return await owner.post("closures/new", **form, step="save", seen=seen(preview))


async def test_preview_names_guests_and_saves_nothing(
    owner: Owner, app: Application, business: Business
) -> None:
    page = text(await owner.post("closures/new", **storm(business), step="preview"))
    assert "2 bookings for 7 people are at this time" in page
    assert "Emmy Noether" in page
    assert "Grace Hopper" not in page
    assert "Close and tell 2 guests" in page
    assert {state for *_, state, _ in await slots_of(app)} == {"open"}


async def test_nothing_is_closed_that_was_not_previewed(
    owner: Owner, app: Application, business: Business
) -> None:
    preview = await owner.post("closures/new", **storm(business), step="preview")
    other = storm(business, first_day="2027-06-15")
    again = await owner.post("closures/new", **other, step="save", seen=seen(preview))
    assert again.status == 200
    assert "Grace Hopper" in text(again)
    assert {state for *_, state, _ in await slots_of(app)} == {"open"}


async def test_venue_that_is_gone_is_named_beside_its_field(
    owner: Owner, business: Business
) -> None:
    gone = storm(business, venue="22222222-2222-7222-8222-222222222222")
    answer = await owner.post("closures/new", **gone, step="preview")
    assert answer.status == 422
    assert 'id="venue-problem"' in text(answer)
    assert "Thunderstorm" in text(answer)


async def test_closure_shows_its_progress_and_whom_it_touches(
    owner: Owner, app: Application, business: Business
) -> None:
    answer = await closed(owner, storm(business))
    assert answer.status == 303
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    page = text(await owner.get(path))
    assert "The e-mails to 2 guests leave from" in page
    assert "0 of 2 told" in page
    assert "data-refresh" in page
    await tell(app)
    page = text(await owner.get(path))
    assert "2 of 2 told" in page
    assert "told, no answer yet" in page
    assert "data-refresh" not in page
    assert "Undo" not in page
    assert "2 of 2 told" in text(await owner.get("closures"))


async def test_form_that_is_sent_twice_closes_once(owner: Owner, business: Business) -> None:
    preview = await owner.post("closures/new", **storm(business), step="preview")
    form = {**storm(business), "step": "save", "seen": seen(preview)}
    first, again = (
        await owner.post("closures/new", **form),
        await owner.post("closures/new", **form),
    )
    assert first.headers["location"] == again.headers["location"]
    assert text(await owner.get("closures")).count("Thunderstorm") == 1


async def test_undo_opens_the_times_and_says_so(
    owner: Owner, app: Application, business: Business
) -> None:
    answer = await closed(owner, storm(business))
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    done = await owner.post(f"{path}/undo")
    assert done.headers["location"] == "/admin/meadow/closures?done=undo&count=1"
    assert "1 closure removed." in text(await owner.get("closures?done=undo&count=1"))
    assert {state for *_, state, _ in await slots_of(app)} == {"open"}
    assert (await owner.get(path)).status == 404


async def test_hours_and_one_offering_are_closed_alone(
    owner: Owner, app: Application, business: Business
) -> None:
    form = storm(business, from_time="10:30", until_time="11:30", tell="nobody")
    form[f"offerings.{business.offering.offering_id}"] = "yes"
    assert (await closed(owner, form)).status == 303
    assert [state for *_, state, _ in await slots_of(app)][:3] == ["closed", "closed", "open"]
    page = text(await owner.get("closures"))
    assert "Monday 14 June, 10:30 \N{EN DASH} 11:30" in page
    assert "Sunflower morning" in page
    assert "no one to tell" in page


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"first_day": ""}, "Fill this in."),
        ({"first_day": "2027-06-01"}, "Choose an end that comes after the beginning"),
        ({"last_day": "2027-06-13"}, "Choose an end that comes after the beginning"),
        ({"last_day": "9999-12-31"}, "Choose an end that comes after the beginning"),
        ({"from_time": "12:00", "until_time": "11:00"}, "Choose an end that comes after"),
        ({"reason": ""}, "Fill this in."),
        ({"reason": "x" * 201}, "Use at most 200 characters."),
        ({"tell": "shout"}, "Choose one of these."),
        ({"from_time": "25:99"}, "Enter a time like 10:30."),
        ({"from_time": "10:00+02:00"}, "Enter a time like 10:30."),
    ],
)
async def test_what_cannot_be_meant_is_said_at_its_field(
    owner: Owner, business: Business, changes: dict[str, str], problem: str
) -> None:
    answer = await owner.post("closures/new", **storm(business, **changes), step="preview")
    assert answer.status == 422
    assert problem in text(answer)
    assert "There is a problem" in text(answer)


async def test_another_business_finds_and_closes_nothing(
    owner: Owner, app: Application, business: Business
) -> None:
    answer = await closed(owner, storm(business))
    path = answer.headers["location"].removeprefix("/admin/meadow/")
    hill = await a_business(app.database, app.clock, app.ids, slug="hill")
    other = await signed_in(app, hill, org="hill")
    async with other.api.client:
        assert (await other.get(path)).status == 404
        assert (await other.post(f"{path}/undo")).status == 404
        refused = await other.post("closures/new", **storm(business), step="preview")
        assert refused.status in {404, 422}
        assert "Thunderstorm" not in text(await other.get("closures"))
    assert (await owner.get(path)).status == 200


@pytest.mark.parametrize(
    "path", ["closures", "closures/new", "closures/01977f6e-8a00-7000-8000-000000000015"]
)
async def test_staff_may_not_close(owner: Owner, app: Application, path: str) -> None:
    staff = await signed_in(app, owner.api.business, "staff")
    async with staff.api.client:
        assert (await staff.get(path)).status == 403


async def test_address_fills_the_form_in(owner: Owner) -> None:
    page = text(await owner.get("closures/new?first_day=2027-06-20"))
    assert 'value="2027-06-20"' in page


async def test_preview_calls_a_guest_by_one_tap_and_names_a_later_day_shortly(
    owner: Owner, app: Application, business: Business
) -> None:
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE booking SET customer_phone = '+442079460958'"
            " WHERE customer_name = 'Emmy Noether'"
        )
    form = storm(business, last_day="2027-06-15")
    page = text(await owner.post("closures/new", **form, step="preview"))
    rows = re.findall(r"<tr><td.*?</tr>", page)
    cells = {row.count("<td") for row in rows}
    assert cells == {5}, "also of guests without a number"
    (emmy,) = (row for row in rows if "Emmy Noether" in row)
    number = '<a href="tel:+442079460958">+44 20 7946 0958</a>'
    assert f'<td class="always">{number}</td>' in emmy, "on a phone as well"
    (grace,) = (row for row in rows if "Grace Hopper" in row)
    assert "Tue 15 Jun, " in grace

"""Columns that a reader chooses, and views of a list that a team saves."""

import html
import re
from collections.abc import AsyncIterator

import pytest
from tests.builders.api_client import Answer, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.staff_browser import Staff, rows, sell, text

from fullhouse.bootstrap.application import Application
from fullhouse.people.limits import SAVED_VIEWS_MAX

BIG = "party=6&show.time=1&show.phone=1"


@pytest.fixture
async def staff(app: Application, business: Business) -> AsyncIterator[Staff]:
    api = await an_api_client(app, business)
    async with api.client:
        yield Staff(api, await api.staff_cookie(role="staff"))


def headers(answer: Answer) -> list[str]:
    head = text(answer).partition("<thead>")[2].partition("</thead>")[0]
    return re.findall(r"<th[^>]*>(?:<a[^>]*>)?([^<]+)", head.replace('<span class="vi', "<"))


def views(answer: Answer) -> dict[str, str]:
    """The saved views by name, with the query of each."""
    listed = text(answer).partition('aria-label="Saved views"')[2].partition("</ul>")[0]
    found = re.findall(r'<a href="[^"?]*\?([^"]*)"[^>]*>([^<]*)</a>', listed)
    return {html.unescape(name): html.unescape(query) for query, name in found}


async def test_columns_are_those_that_the_reader_chooses(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace")
    default = headers(await staff.get("bookings"))
    assert {"Name", "Time", "Guests", "Status"} <= set(default)
    assert "Phone" not in default
    assert headers(await staff.get("bookings?show.phone=1&show.time=1")) == [
        "Name",
        "Time",
        "Phone",
    ]
    assert headers(await staff.get("bookings?show.nonsense=1")) == default


async def test_columns_that_go_without_saying_are_no_view(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace")
    page = text(await staff.get("bookings"))
    ticked = re.findall(r'name="(show\.\w+)" value="1" checked', page)
    assert len(ticked) > 3
    same = text(await staff.get("bookings?" + "&".join(f"{name}=1" for name in ticked)))
    assert "Save this view" not in page + same
    assert "Save this view" in text(await staff.get("bookings?party=6"))


async def test_view_is_saved_for_the_team_and_removed(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace")
    saved = await staff.post("bookings/saved-views", name=" Big  groups & co ", query=BIG)
    assert (saved.status, saved.headers["location"]) == (303, f"/admin/meadow/bookings?{BIG}")
    colleague = Staff(staff.api, await staff.api.staff_cookie("Grace", role="staff"))
    assert views(await colleague.get("bookings")) == {"Big groups & co": BIG}
    shown = await colleague.get(f"bookings?{BIG}")
    assert (rows(shown), 'aria-current="true"' in text(shown)) == ([], True)
    await staff.post("bookings/saved-views", name="Big groups & co", query="party=8")
    assert views(await staff.get("bookings")) == {"Big groups & co": "party=8"}
    for _ in range(2):
        removed = await staff.post(
            "bookings/saved-views/remove", name="Big groups & co", query="party=8"
        )
        assert removed.headers["location"] == "/admin/meadow/bookings?party=8"
    assert views(await staff.get("bookings")) == {}


@pytest.mark.parametrize(
    ("name", "query", "column"),
    [
        ("customers", "tag=regular&show.visits=1", "Visits"),
        ("waiting-list", "status=waiting&show.email=1", "E-mail"),
    ],
)
async def test_other_lists_have_columns_and_views_of_their_own(
    staff: Staff, name: str, query: str, column: str
) -> None:
    saved = await staff.post(f"{name}/saved-views", name="Mine", query=query)
    assert saved.headers["location"] == f"/admin/meadow/{name}?{query}"
    page = await staff.get(name)
    assert views(page) == {"Mine": query}
    assert f">{column}</" in text(page)
    assert 'name="show.' in text(page)
    assert views(await staff.get("bookings")) == {}
    await staff.post(f"{name}/saved-views/remove", name="Mine", query=query)
    assert views(await staff.get(name)) == {}


@pytest.mark.parametrize(
    ("name", "query"), [("", BIG), ("\x00\r\n", BIG), ("Big", ""), ("Big", "q=" + "a" * 2_000)]
)
async def test_view_without_a_name_or_a_query_is_not_saved(
    staff: Staff, name: str, query: str
) -> None:
    answer = await staff.post("bookings/saved-views", name=name, query=query)
    assert answer.status == 303
    assert views(await staff.get("bookings")) == {}


async def test_views_of_a_list_are_so_many(staff: Staff) -> None:
    answers = [
        await staff.post("bookings/saved-views", name=f"View {number:02}", query=f"party={number}")
        for number in range(SAVED_VIEWS_MAX + 1)
    ]
    page = await staff.get(answers[-1].headers["location"].removeprefix("/admin/meadow/"))
    assert "This list has as many saved views as it may." in text(page)
    assert list(views(page)) == [f"View {number:02}" for number in range(SAVED_VIEWS_MAX)]
    again = await staff.post("bookings/saved-views", name="View 03", query="party=99")
    assert "views=full" not in again.headers["location"], "one that is there may change"


async def test_views_are_the_own_businesss(app: Application, staff: Staff) -> None:
    await staff.post("bookings/saved-views", name="Big", query=BIG)
    rival = await an_api_client(
        app, await a_business(app.database, app.clock, app.ids, slug="rival"), org="rival"
    )
    async with rival.client:
        other = Staff(rival, await rival.staff_cookie("Eve"))
        assert views(await other.get("bookings")) == {}
        await other.post("bookings/saved-views/remove", name="Big", query="")
    assert views(await staff.get("bookings")) == {"Big": BIG}


async def test_query_of_a_view_leads_nowhere_else(staff: Staff) -> None:
    await staff.post("bookings/saved-views", name="Evil", query='"><script>&q=//evil.example')
    page = text(await staff.get("bookings"))
    assert "<script>&q" not in page
    assert all(
        link.startswith("/admin/meadow/bookings?")
        for link in re.findall(r'<li><a href="([^"]*\?[^"]*)"', page)
        if "evil" in link
    )

"""The page of the season: places, money, pace, who waits; its CSV file."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_customer, a_guest
from tests.builders.html_text import visible_text
from tests.builders.statement_counts import added, statements
from tests.integration.booking.test_sales_figures import count

from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.sales import span_of
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.limits import SEASON_DAYS_MAX
from fullhouse.kernel.clock import ManualClock
from fullhouse.scheduling.model.wall_text import read_date

STATEMENTS_MAX = 8
TODAY = date(2027, 6, 12)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def season(api: ApiClient, query: str = "") -> str:
    cookie = await api.staff_cookie(role="admin")
    answer = await api.ask("GET", f"//admin/{api.org}/season{query}", headers=cookie)
    assert answer.status == 200
    return answer.body.decode()


async def sell(app: Application, business: Business, party: int, name: str) -> None:
    slot = await business.a_slot(capacity=10)
    request = a_booking_of(slot, party=party, name=name)
    await app.booking.place_booking(business.org_id, request, context=a_guest())


async def test_days_without_slots_say_how_to_begin(api: ApiClient) -> None:
    assert "Nothing is on sale on these days" in await season(api)


async def test_figures_are_those_of_the_days(
    api: ApiClient, app: Application, business: Business
) -> None:
    await sell(app, business, 4, "Ada Lovelace")
    await count(app)
    text = visible_text(await season(api))
    assert "Places sold 4 of 10 Occupancy 40% 1 booking" in text
    assert "Revenue £48.00 and £0.00 in fees" in text
    assert "There is no season before." in text
    other = await season(api, "?offering=00000000-0000-0000-0000-000000000001")
    assert "Nothing is on sale on these days" in other


async def test_pace_is_compared_with_the_same_day_of_the_season_before(
    api: ApiClient, app: Application, business: Business, clock: ManualClock
) -> None:
    await sell(app, business, 4, "Ada Lovelace")
    clock.advance(timedelta(days=1))
    await sell(app, business, 3, "Emmy Noether")
    clock.advance(timedelta(weeks=52) - timedelta(days=1))
    await sell(app, business, 5, "Grace Hopper")
    await count(app)
    page = await season(api)
    text = visible_text(page)
    assert "5 places of these days are sold. A season before, it was 4 by then: 25% more" in text
    assert page.count("<polyline") == 2


async def test_csv_has_a_line_for_each_day_and_offering(
    api: ApiClient, app: Application, business: Business
) -> None:
    await sell(app, business, 10, "Ada Lovelace")
    full = await business.a_slot(capacity=2, starts_in=timedelta(days=8))
    request = a_booking_of(full, party=2, name="Emmy Noether")
    await app.booking.place_booking(business.org_id, request, context=a_guest())
    waiting = WaitingRequest(full, 2, a_customer("Grace Hopper"))
    await app.booking.join_waiting_list(business.org_id, waiting, context=a_guest())
    await count(app)
    cookie = await api.staff_cookie()
    answer = await api.ask("GET", f"//admin/{api.org}/season.csv", headers=cookie)
    table = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row[2:6] for row in table[1:]] == [["10", "10", "0", "1"], ["2", "2", "2", "1"]]
    assert table[1][6] == "120.00"


async def test_reports_are_not_for_everybody(api: ApiClient) -> None:
    cookie = await api.staff_cookie("Sam", role="staff")
    for end in ("season", "season.csv"):
        answer = await api.ask("GET", f"//admin/{api.org}/{end}", headers=cookie)
        assert answer.status == 403
    overview = await api.ask("GET", f"//admin/{api.org}/overview", headers=cookie)
    assert "/season" not in overview.body.decode()


async def test_season_takes_few_statements(
    api: ApiClient, app: Application, business: Business
) -> None:
    await sell(app, business, 1, "Ada Lovelace")
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/season"
    await api.ask("GET", path, headers=cookie)
    before = statements(api.app)
    await api.ask("GET", path, headers=cookie)
    run = added(before, statements(api.app))
    assert len(run) <= STATEMENTS_MAX, run


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, None),
        ("2027-06-01", None),
        (None, "2027-06-01"),
        ("2027-09-01", "2027-06-01"),
        ("0001-01-01", "9999-12-31"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-01"),
        (None, "0001-01-02"),
        ("9999-12-30", None),
        ("x", "2027-02-30"),
    ],
)
async def test_any_span_is_shown(api: ApiClient, first: str | None, last: str | None) -> None:
    span = span_of(read_date(first), read_date(last), today=TODAY, days_max=SEASON_DAYS_MAX)
    assert span.first <= span.last
    assert (span.last - span.first).days < SEASON_DAYS_MAX
    await season(api, f"?from={first or ''}&to={last or ''}")

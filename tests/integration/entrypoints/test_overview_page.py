"""The first page after signing in: today, what needs a decision, the week, what was before."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_customer, a_guest
from tests.builders.delivery import deliver
from tests.builders.html_text import visible_text
from tests.builders.statement_counts import added, statements

from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_message_sender
from fullhouse.kernel.clock import ManualClock

STATEMENTS_MAX = 9


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def overview(api: ApiClient) -> str:
    answer = await api.ask(
        "GET", f"//admin/{api.org}/overview", headers=await api.staff_cookie(role="staff")
    )
    assert answer.status == 200
    return visible_text(answer.body.decode())


async def test_admin_leads_to_the_overview(api: ApiClient) -> None:
    answer = await api.ask("GET", "//admin", headers=await api.staff_cookie())
    assert answer.status == 303
    assert answer.headers["location"] == f"/admin/{api.org}/overview"


async def test_empty_business_is_told_so(api: ApiClient) -> None:
    page = await overview(api)
    assert "no one is expected today or in the coming week" in page
    assert "Nothing. Closed times with guests" in page
    assert page.count("nothing on sale") == 7


async def test_sentence_and_bars_count_what_is_sold(api: ApiClient, business: Business) -> None:
    today = await business.a_slot(capacity=10, starts_in=timedelta(minutes=30))
    first = await api.book(today, party=3)
    await api.book(await business.a_slot(capacity=4, starts_in=timedelta(days=2)), name="Emmy N")
    page = await overview(api)
    assert "3 people are expected. 30% of the places are sold." in page
    assert "3 of 10 · 30%" in page
    assert "2 of 4 · 50%" in page
    path = f"//admin/{api.org}/bookings/{first.json['ref']}/check-in"
    assert (await api.ask("POST", path, headers=await api.staff_cookie())).status == 303
    assert "3 people are expected, 3 of them have arrived." in await overview(api)


async def test_next_guests_are_named_on_a_day_without_any(
    api: ApiClient, business: Business, clock: ManualClock
) -> None:
    await api.book(await business.a_slot(starts_in=timedelta(days=3)))
    day = (clock.now() + timedelta(days=3)).strftime("%A %-d %B")
    assert f"no one is expected. The next guests come on {day}." in await overview(api)


async def test_what_needs_a_decision_is_listed_with_its_page(
    api: ApiClient, app: Application, business: Business, clock: ManualClock
) -> None:
    slot, other = await business.slots(2, capacity=2, minutes=60 * 24)
    await api.book(slot)
    await api.book(other, name="Emmy Noether")
    await deliver(app, build_message_sender(app))
    waiting = WaitingRequest(slot, 2, a_customer("Grace Hopper"))
    await app.booking.join_waiting_list(business.org_id, waiting, context=a_guest())
    assert "Nothing." in await overview(api)
    async with app.database.session() as session:
        execute = session.connection.execute
        await execute("UPDATE slot SET capacity = 9 WHERE slot_id = $1", slot)
        await execute(
            "UPDATE slot SET state = 'closed', reason = 'Rain', off_schedule_since = $2"
            " WHERE slot_id = $1",
            other,
            clock.now(),
        )
        await execute("UPDATE message SET status = 'failed'")
    page = await overview(api)
    assert "1 party on the waiting list could have places." in page
    assert "1 closed time still has guests: 2 people, on" in page
    assert "2 e-mails of the last two weeks were not sent, or came back." in page
    async with app.database.session() as session:
        await session.connection.execute(
            "UPDATE slot SET reason = 'Not in the schedule any more' WHERE slot_id = $1", other
        )
    clock.advance(timedelta(days=15))
    assert "e-mails of the last two weeks" not in await overview(api)


async def test_overview_takes_few_statements(api: ApiClient, business: Business) -> None:
    await api.book(await business.a_slot())
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/overview"
    await api.ask("GET", path, headers=cookie)
    before = statements(api.app)
    await api.ask("GET", path, headers=cookie)
    run = added(before, statements(api.app))
    assert len(run) <= STATEMENTS_MAX, run


async def test_figures_are_compared_with_last_week_and_last_season(
    api: ApiClient, app: Application, business: Business, clock: ManualClock
) -> None:
    """Three guests a season ago, one a week ago, two today."""
    for party, name in ((3, "Ada Lovelace"), (1, "Emmy Noether"), (2, "Grace Hopper")):
        slot = await business.a_slot(starts_in=timedelta(hours=1))
        request = a_booking_of(slot, party=party, name=name)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
        clock.advance({3: timedelta(weeks=51), 1: timedelta(weeks=1), 2: timedelta(0)}[party])
    page = await overview(api)
    assert re.search(r"Guests of the day\s+2\s+1\s+3", page), page

"""The number of statements behind a page."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.builders import schedules
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.closures import close
from tests.builders.notifications import handle_notifications
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application

CHECK_IN_MAX = 4
RUN_SHEET_MAX = 6
SET_UP_MAX = 5


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def a_party(api: ApiClient, business: Business) -> tuple[str, str]:
    """A booking's reference and its day."""
    slot = await business.a_slot(starts_in=timedelta(minutes=30))
    request = a_booking_of(slot, party=2)
    result = await api.app.booking.place_booking(business.org_id, request, context=a_guest())
    view = await api.app.bookings.by_ref(business.org_id, result.outcome.ref)
    assert view is not None
    await handle_notifications(api.app)
    return result.outcome.ref, view.booking.starts_at.date().isoformat()


async def test_check_in_reads_the_booking_once_and_commits_once(
    api: ApiClient, business: Business
) -> None:
    ref, day = await a_party(api, business)
    cookie = await api.staff_cookie()
    await api.ask("GET", f"//{api.org}")  # the organisation is cached
    before = statements(api.app)
    answer = await api.ask(
        "POST",
        f"//admin/{api.org}/bookings/{ref}/check-in",
        content=urlencode({"date": day}).encode(),
        headers={**cookie, "content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 303
    run = added(before, statements(api.app))
    assert sorted(run) == [
        "booking.bookings_by_refs",
        "booking.ledger_commit",
        "people.account_session_by_token",
    ]
    assert len(run) <= CHECK_IN_MAX


async def test_run_sheet_with_its_undo_bar_takes_few_statements(
    api: ApiClient, business: Business
) -> None:
    ref, day = await a_party(api, business)
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/bookings/{ref}/check-in"
    await api.ask("POST", path, headers=cookie)
    await handle_notifications(api.app)
    path = f"//admin/{api.org}/today?date={day}&undo={ref}"
    await api.ask("GET", path, headers=cookie)  # the profile of who asks is cached
    before = statements(api.app)
    answer = await api.ask("GET", path, headers=cookie)
    assert answer.status == 200
    assert ref in answer.body.decode()
    assert "undo-bar" in answer.body.decode()
    run = added(before, statements(api.app))
    assert len(run) <= RUN_SHEET_MAX, run


async def test_offering_page_from_caches_takes_no_statement(
    api: ApiClient, business: Business
) -> None:
    await business.a_slot()
    await handle_notifications(api.app)
    path = f"//{api.org}/{business.offering.slug}"
    assert (await api.ask("GET", path)).status == 200
    before = statements(api.app)
    answer = await api.ask("GET", path)
    assert answer.status == 200
    assert "10 left" in answer.body.decode()
    assert added(before, statements(api.app)) == []


async def test_lists_take_few_statements_however_many_rows_they_have(
    api: ApiClient, business: Business
) -> None:
    _, day = await a_party(api, business)
    cookie = await api.staff_cookie()
    for path, most in (("bookings", 4), (f"bookings?day={day}", 5), ("offerings", 2)):
        await api.ask("GET", f"//admin/{api.org}/{path}", headers=cookie)
        before = statements(api.app)
        answer = await api.ask("GET", f"//admin/{api.org}/{path}", headers=cookie)
        assert answer.status == 200
        run = added(before, statements(api.app))
        assert len(run) <= most, run


async def test_parties_checked_in_together_share_one_read_and_one_commit(
    api: ApiClient, business: Business
) -> None:
    slot = await business.a_slot(starts_in=timedelta(minutes=30))
    refs = []
    for name in ("Ada Lovelace", "Emmy Noether", "Grace Hopper"):
        request = a_booking_of(slot, name=name)
        result = await api.app.booking.place_booking(business.org_id, request, context=a_guest())
        refs.append(result.outcome.ref)
    cookie = await api.staff_cookie()
    await api.ask("GET", f"//{api.org}")  # the organisation is cached
    before = statements(api.app)
    answer = await api.ask(
        "POST",
        f"//admin/{api.org}/bookings/check-in",
        content=urlencode({f"row.{ref}": "1" for ref in refs}).encode(),
        headers={**cookie, "content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 303
    assert sorted(added(before, statements(api.app))) == [
        "booking.bookings_by_refs",
        "booking.ledger_commit",
        "people.account_session_by_token",
    ]


async def test_closures_and_schedules_take_few_statements(
    api: ApiClient, app: Application, business: Business
) -> None:
    schedule_id = await schedules.added(app, business)
    await schedules.book(app, business, (await schedules.slots_of(app))[0][0])
    closed = await close(app, business, "move")
    cookie = await api.staff_cookie()
    for path in (
        "closures",
        "closures/new",
        f"closures/{closed.closure_id}",
        "schedules",
        "schedules/new",
        f"schedules/{schedule_id}",
    ):
        await api.ask("GET", f"//admin/{api.org}/{path}", headers=cookie)
        before = statements(api.app)
        answer = await api.ask("GET", f"//admin/{api.org}/{path}", headers=cookie)
        assert answer.status == 200
        run = added(before, statements(api.app))
        assert len(run) <= SET_UP_MAX, (path, run)

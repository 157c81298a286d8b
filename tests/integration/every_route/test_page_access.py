"""Access to pages: the permission of each route is checked before its handler runs."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest

from fullhouse.booking.actions.save_offering import ADDRESSES_OF_PAGES
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.dispatch import PageRoute
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.response import Response
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, Permission
from fullhouse.people.model import RESERVED_SLUGS, is_slug
from fullhouse.people.model.roles import Role

OTHER_SITE = {"sec-fetch-site": "cross-site"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


def routes_of(api: ApiClient) -> Sequence[PageRoute]:
    return page_routes(
        api.app,
        AccountSessions(api.app.database, api.app.clock),
        api.shutdown,
        health=api.health.reports.health,
    )


async def a_page(_: PageContext) -> Response:
    return Response(200)


def test_page_without_a_permission_cannot_be_built() -> None:
    with pytest.raises(TypeError, match="allow"):
        PageRoute(method="GET", path="/{org}/open", handler=a_page)  # type: ignore[call-arg]  # planted


def test_every_admin_page_needs_more_than_a_guest_may(api: ApiClient) -> None:
    routes = routes_of(api)
    admin = [route for route in routes if route.path.startswith("/admin/{org}/")]
    assert len(admin) >= 6
    assert not [route.path for route in admin if route.allow in GUEST.permissions]
    public = [route for route in routes if route not in admin]
    own = {Permission.USE_ACCOUNT, Permission.OPERATE} if public else set()
    assert {route.allow for route in public} == {Permission.BROWSE, Permission.BOOK, *own}


def test_no_offering_has_the_address_of_another_page(api: ApiClient) -> None:
    parts = [route.path.split("/") for route in routes_of(api)]
    fixed = {one[2] for one in parts if len(one) > 2 and one[1] == "{org}"}
    slugs = {one for one in fixed if is_slug(one)}
    assert "b" in slugs
    assert slugs <= ADDRESSES_OF_PAGES


async def test_every_form_refuses_other_sites_before_it_looks_at_anything(
    api: ApiClient, clock: ManualClock
) -> None:
    cookie = await api.staff_cookie()
    forms = [route for route in routes_of(api) if route.method == "POST"]
    assert len(forms) >= 12
    for route in forms:
        path = route.path.replace("{org}", api.org)
        clock.advance(timedelta(milliseconds=500))  # nobody meets the rate limit
        answer = await api.ask("POST", f"/{path}", headers={**cookie, **OTHER_SITE})
        assert answer.status == 403, path


async def test_every_admin_page_refuses_a_guest_and_a_customer(
    api: ApiClient, clock: ManualClock
) -> None:
    customer = await api.staff_cookie("Cleo", role="customer")
    for route in routes_of(api):
        if route.allow in GUEST.permissions:
            continue
        clock.advance(timedelta(milliseconds=500))  # within the rate limit
        path = route.path.replace("{org}", api.org)
        guest = await api.ask(route.method, f"/{path}")
        if route.method == "GET":
            assert guest.status == 303, path
            assert guest.headers["location"].startswith("/admin/sign-in?next=%2Fadmin%2F"), path
        else:
            assert guest.status == 401, path
        if route.has_organisation:  # her own account is hers
            assert (await api.ask(route.method, f"/{path}", headers=customer)).status == 403, path


def test_no_business_can_take_an_address_of_the_installation(api: ApiClient) -> None:
    segments = [route.path.split("/")[1:] for route in routes_of(api)]
    first = {path[0] for path in segments}
    below_admin = {path[1] for path in segments if path[0] == "admin" and len(path) > 1}
    names = {name for name in first | below_admin if is_slug(name)}
    assert {"admin", "sign-in", "set-up", "enter", "account", "accounts"} <= names
    assert names <= RESERVED_SLUGS


@pytest.mark.parametrize("role", ["staff", "admin", "owner"])
async def test_every_role_at_work_may_check_in(
    api: ApiClient, business: Business, role: Role
) -> None:
    slot = await business.a_slot(starts_in=timedelta(minutes=30))
    request = a_booking_of(slot, party=2)
    result = await api.app.booking.place_booking(business.org_id, request, context=a_guest())
    path = f"//admin/{api.org}/bookings/{result.outcome.ref}/check-in"
    answer = await api.ask("POST", path, headers=await api.staff_cookie(role=role))
    assert answer.status == 303


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("/meadow/nothing", "/meadow"),
        ("/meadow/w/nothing", "/meadow"),
        ("/meadow/far/below/nothing", "/"),
        ("/nothing", "/"),
        ("/nothing/sunflowers", "/"),
        ("/admin/meadow/bookings/NOBODY42", "/admin"),
    ],
)
async def test_page_that_is_not_there_leads_to_what_is(
    api: ApiClient, path: str, home: str
) -> None:
    answer = await api.ask("GET", f"/{path}", headers=await api.staff_cookie())
    assert answer.status == 404
    assert f'<a class="button" href="{home}">Home page</a>' in answer.body.decode()

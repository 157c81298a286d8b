"""Who may do what, in full: every page and operation, asked by every role and every scope.

The matrix is made from the tables of routes and roles, so that a new route is in it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple, get_args

import pytest
from tests.builders.api_client import Answer, ApiClient

from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, OPERATOR, Permission, RequestContext
from fullhouse.people.model.roles import ROLES, SCOPES, ApiKeyScope, Role

pytestmark = pytest.mark.timeout(240)

PARAMETER = re.compile(r"{\w+}")
NOBODY = "00000000-0000-7000-8000-000000000000"
REFUSED = frozenset({401, 403})


class Protected(NamedTuple):
    """A page or operation that a guest may not use."""

    method: str
    path: str
    allow: Permission


def protected_pages(api: ApiClient) -> Iterator[Protected]:
    sessions = AccountSessions(api.app.database, api.app.clock)
    for route in page_routes(api.app, sessions, ShutdownSignal(), health=api.health.reports.health):
        is_protected = route.has_organisation and route.allow not in GUEST.permissions
        if is_protected and not route.path.endswith("/live"):
            path = PARAMETER.sub(NOBODY, route.path.replace("{org}", api.org))
            yield Protected(route.method, path, route.allow)


def protected_operations(api: ApiClient) -> Iterator[Protected]:
    for operation in api.root.api.operations:
        if "{org}" in operation.path and operation.allow not in GUEST.permissions:
            path = PARAMETER.sub(NOBODY, operation.path.replace("{org}", api.org))
            yield Protected(operation.method, path, operation.allow)


async def ask(api: ApiClient, route: Protected, headers: dict[str, str]) -> Answer:
    clock = api.app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(milliseconds=500))  # nobody meets the rate limit
    sent = {**headers, "Sec-Fetch-Site": "same-origin"}
    return await api.ask(route.method, f"/{route.path}", headers=sent)


async def a_key(api: ApiClient, scope: ApiKeyScope) -> str:
    context = RequestContext(OPERATOR, api.app.ids.uuid())
    async with api.app.unit_of_work(context, api.business.org_id) as uow:
        return (await api.app.people.issue_api_key(uow, name=scope, scope=scope)).secret


@pytest.mark.parametrize("role", get_args(Role))
async def test_each_role_opens_the_pages_and_operations_that_its_permissions_name(
    api: ApiClient, role: Role
) -> None:
    cookie, wrong = await api.staff_cookie(f"The {role}", role=role), []
    for route in (*protected_pages(api), *protected_operations(api)):
        status = (await ask(api, route, cookie)).status
        if (status in REFUSED) != (route.allow not in ROLES[role]):
            wrong.append((route.method, route.path, status))
    assert wrong == []


@pytest.mark.parametrize("scope", get_args(ApiKeyScope))
async def test_each_scope_opens_the_operations_that_its_permissions_name_and_no_page(
    api: ApiClient, scope: ApiKeyScope
) -> None:
    headers, wrong = {"Authorization": f"Bearer {await a_key(api, scope)}"}, []
    for route in protected_operations(api):
        status = (await ask(api, route, headers)).status
        if (status in REFUSED) != (route.allow not in SCOPES[scope]):
            wrong.append((route.method, route.path, status))
    for route in protected_pages(api):
        status = (await ask(api, route, headers)).status
        if status not in {*REFUSED, 303}:
            wrong.append((route.method, route.path, status))
    assert wrong == []


async def test_the_matrix_has_every_permission_that_routes_need(api: ApiClient) -> None:
    needed = {route.allow for route in (*protected_pages(api), *protected_operations(api))}
    assert len(list(protected_pages(api))) > 20
    assert len(list(protected_operations(api))) > 20
    assert {Permission.VIEW_BOOKINGS, Permission.MANAGE_OFFERINGS} <= needed

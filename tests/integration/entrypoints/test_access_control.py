"""Access control: which principal a request has, and what is refused before any handler."""

from collections.abc import AsyncIterator, Mapping
from functools import partial

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_business

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.access import AccessControl, OrgContext, require
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.api_keys import RecentApiKeys
from fullhouse.entrypoints.security.caller_turns import CallerTurns
from fullhouse.entrypoints.security.errors import WrongOrganisation
from fullhouse.http.errors import CrossSiteRequest
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import NotPermitted, NotSignedIn, UnknownOrganisation

OTHER_SITE = {"sec-fetch-site": "cross-site"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
def access(app: Application) -> AccessControl:
    return AccessControl(
        directory=app.directory,
        database=app.database,
        sessions=AccountSessions(app.database, app.clock),
        clock=app.clock,
        ids=app.ids,
        recent_keys=RecentApiKeys(app.clock),
        turns=CallerTurns.by(app.clock),
    )


def a_request(
    headers: Mapping[str, str] | None = None, *, method: str = "POST", org: str = "meadow"
) -> Request:
    async def no_body(_: int) -> bytes:
        return b""

    return Request(
        method=method,
        path=f"/{org}",
        query_string=b"",
        headers={n.lower().encode(): v.encode() for n, v in (headers or {}).items()},
        client_address="127.0.0.1",
        is_https=False,
        read_body=no_body,
        path_params={"org": org},
    )


async def allowed(access: AccessControl, request: Request, permission: Permission) -> OrgContext:
    """The caller of the API, if it has the permission."""
    org = await access.for_api(request)
    require(org.context, permission)
    return org


async def test_request_without_credentials_is_a_guest(
    access: AccessControl, api: ApiClient
) -> None:
    org = await allowed(access, a_request(), Permission.BOOK)
    assert (org.slug, org.context.actor) == (api.org, "guest")
    with pytest.raises(NotSignedIn):
        await allowed(access, a_request(), Permission.VIEW_BOOKINGS)
    with pytest.raises(UnknownOrganisation):
        await allowed(access, a_request(org="nobody"), Permission.BROWSE)


async def test_api_key_opens_its_own_organisation_alone(
    access: AccessControl, api: ApiClient
) -> None:
    bearer = {"Authorization": f"Bearer {api.key}"}
    org = await allowed(access, a_request(bearer), Permission.MANAGE_ACCESS)
    assert org.context.principal.kind == "key"
    assert access.recent_keys.find(api.key) is not None
    await a_business(api.app.database, api.app.clock, api.app.ids, slug="rival")
    with pytest.raises(WrongOrganisation):
        await allowed(access, a_request(bearer, org="rival"), Permission.BROWSE)
    for header in ("Basic QTpC", "Bearer fh_wrong"):
        with pytest.raises(NotSignedIn):
            await allowed(access, a_request({"Authorization": header}), Permission.BROWSE)


async def test_session_cookie_needs_the_same_origin_for_changes(
    access: AccessControl, api: ApiClient
) -> None:
    cookie = await api.staff_cookie(role="staff")
    org = await allowed(access, a_request(cookie), Permission.CHANGE_BOOKINGS)
    assert org.context.principal.kind == "account"
    for attempt in (partial(allowed, access), access.for_staff_page):
        with pytest.raises(CrossSiteRequest):
            await attempt(a_request({**cookie, **OTHER_SITE}), Permission.CHANGE_BOOKINGS)
        with pytest.raises(NotPermitted):
            await attempt(a_request(cookie), Permission.MANAGE_OFFERINGS)
        seen = await attempt(
            a_request({**cookie, **OTHER_SITE}, method="GET"), Permission.VIEW_BOOKINGS
        )
        assert seen.context.actor == org.context.actor


async def test_session_of_another_organisation_is_a_guest_here(
    access: AccessControl, api: ApiClient
) -> None:
    app = api.app
    rival = await an_api_client(
        app, await a_business(app.database, app.clock, app.ids, slug="rival"), org="rival"
    )
    request = a_request(await rival.staff_cookie())
    assert (await access.for_api(request)).context.actor == "guest"
    with pytest.raises(NotSignedIn):
        await access.for_staff_page(request, Permission.VIEW_BOOKINGS)


async def test_public_page_takes_changes_from_its_own_origin_alone(
    access: AccessControl, api: ApiClient
) -> None:
    org = await access.for_guest_page(a_request(await api.staff_cookie()))
    assert org.context.actor == "guest", "public pages sell within the policy, to staff too"
    with pytest.raises(CrossSiteRequest):
        await access.for_guest_page(a_request(OTHER_SITE))


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256])
async def test_idempotency_key_is_visible_ascii(
    access: AccessControl, api: ApiClient, key: str
) -> None:
    assert api.org == "meadow"
    with pytest.raises(InvalidInput, match="visible ASCII"):
        await allowed(access, a_request({"Idempotency-Key": key}), Permission.BOOK)

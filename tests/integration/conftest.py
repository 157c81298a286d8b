"""The api of a app, for tests that come in by HTTP."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.guest_browser import GuestBrowser
from tests.builders.guest_visit import Visit, Visits
from tests.builders.mail_site import with_a_mail_server
from tests.builders.staff_browser import Staff

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    """The api of the business in that app, and its own key."""
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def staff(api: ApiClient) -> Staff:
    """An owner in a browser without script."""
    return Staff(api, await api.staff_cookie())


@pytest.fixture
def guest(api: ApiClient) -> GuestBrowser:
    """A guest in another one."""
    return GuestBrowser(api.client)


@pytest.fixture
def visits(api: ApiClient, clock: ManualClock) -> Visits:
    """Guests who book on the pages of the business."""
    return Visits(api, clock)


@pytest.fixture
async def visit(visits: Visits) -> Visit:
    """One of them."""
    return await visits.begin()


@pytest.fixture
async def mailing(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    """The same site with a mail server set."""
    api = await an_api_client(with_a_mail_server(app), business)
    async with api.client:
        yield api

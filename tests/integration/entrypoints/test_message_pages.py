"""The list of e-mails, and the preview of one."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.mail_site import MailSite, a_mail_site
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application

pytestmark = pytest.mark.timeout(120)

REFUSED = "nosuch.person@gmial.example"
STATEMENTS_MAX = 4


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@asynccontextmanager
async def a_site(api: ApiClient, business: Business) -> AsyncIterator[MailSite]:
    """A site that sent one e-mail, and could not send another."""
    async with a_mail_site(api, api.app) as site:
        site.postmaster.answers_to |= {REFUSED: "550 5.1.1 no such person"}
        first, second = await business.slots(2, minutes=240)
        await site.book(first, "ada@example.org")
        await site.book(second, REFUSED)
        await site.settle()
        yield site


@pytest.fixture
async def site(api: ApiClient, business: Business) -> AsyncIterator[MailSite]:
    async with a_site(api, business) as site:
        yield site


@pytest.fixture
async def sent(api: ApiClient, business: Business) -> None:
    """The e-mails of the site, whose worker has stopped and runs no statement any more."""
    async with a_site(api, business):
        pass


async def ask(api: ApiClient, path: str, method: str = "GET") -> Answer:
    cookie = await api.staff_cookie()
    return await api.ask(method, f"//admin/{api.org}/{path}", headers=cookie)


def recipients(answer: Answer) -> list[str]:
    return re.findall(r'<td class="always"><a href="[^"]*">([^<]*)</a>', answer.body.decode())


async def first_link(api: ApiClient, query: str = "") -> str:
    text = (await ask(api, f"messages{query}")).body.decode()
    found = re.search(r'<td class="always"><a href="/admin/meadow/([^"]*)"', text)
    assert found is not None
    return found.group(1)


@pytest.mark.usefixtures("site")
async def test_list_is_filtered_by_state_and_kind(api: ApiClient) -> None:
    assert set(recipients(await ask(api, "messages"))) == {"ada@example.org", REFUSED}
    assert recipients(await ask(api, "messages?status=undeliverable")) == [REFUSED]
    assert recipients(await ask(api, "messages?status=undeliverable&kind=waiting")) == []
    assert recipients(await ask(api, "messages?status=due")) == []
    assert len(recipients(await ask(api, "messages?kind=confirmation"))) == 2
    assert recipients(await ask(api, "messages?kind=cancellation")) == []


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("query", ["", "?status=undeliverable", "?kind=confirmation"])
async def test_list_takes_few_statements(api: ApiClient, query: str) -> None:
    cookie = await api.staff_cookie()
    path = f"//admin/{api.org}/messages{query}"
    await api.ask("GET", path, headers=cookie)
    before = statements(api.app)
    assert (await api.ask("GET", path, headers=cookie)).status == 200
    run = added(before, statements(api.app))
    assert len(run) <= STATEMENTS_MAX, run


@pytest.mark.usefixtures("site")
async def test_preview_shows_the_email_as_it_was_sent(api: ApiClient) -> None:
    link = await first_link(api, "?kind=confirmation")
    page = (await ask(api, link)).body.decode()
    assert "You&#39;re booked" in page
    assert "/bookings/" in page
    assert f'src="/admin/meadow/{link}/html"' in page
    assert "sandbox" in page
    html = await ask(api, f"{link}/html")
    body = html.body.decode()
    assert "Your booking is confirmed" in body
    assert "cid:" not in body
    assert 'src="data:image/png;base64,' in body
    policies = [value for name, value in html.headers.items() if "security-policy" in name]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "sandbox" in policies[0]
    assert "script-src" not in policies[0]


@pytest.mark.usefixtures("site")
async def test_only_what_was_not_sent_is_sent_again(api: ApiClient, site: MailSite) -> None:
    link = await first_link(api, "?status=undeliverable")
    assert "no such person" in (await ask(api, link)).body.decode()
    site.postmaster.answers_to.clear()
    assert (await ask(api, f"{link}/send-again", "POST")).status == 303
    assert await site.statuses() == {"sent": 2}
    again = await ask(api, f"{link}/send-again", "POST")
    assert again.status == 409
    assert "already sent" in again.body.decode()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("key", [str(UUID(int=7)), "x", "%00"])
@pytest.mark.parametrize("end", ["", "/html"])
async def test_unknown_message_is_not_found(api: ApiClient, key: str, end: str) -> None:
    assert (await ask(api, f"messages/{key}{end}")).status == 404

"""`/admin/domains`: the operator confirms domains by a page, and nobody else does."""

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from tests.builders.accounts import PASSWORD, WRONG, a_sign_in
from tests.builders.api_client import Answer, ApiClient
from tests.builders.business import a_business
from tests.builders.html_text import visible_text
from tests.builders.notifications import handle_notifications

from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION

DOMAIN, IDA = "book.meadow.example", "ida@example.org"
CHOSEN = f"meadow/{DOMAIN}"


@pytest.fixture
async def cookie(mailing: ApiClient) -> Mapping[str, str]:
    """The browser of Ida, who runs the installation and works for no business."""
    app, context = mailing.app, RequestContext(OPERATOR, mailing.app.ids.uuid())
    hashed = await app.accounts.hash_new_password(PASSWORD)
    async with app.unit_of_work(context, INSTALLATION) as uow:
        account_id = await app.people.add_account(uow, name="Ida", email=IDA)
        await app.people.set_operator(uow, account_id, is_operator=True)
        await app.accounts.set_password(uow, account_id, hashed)
    return {"Cookie": f"fullhouse_session={(await a_sign_in(app, IDA)).session.token}"}


async def name_domain(api: ApiClient, domain: str = DOMAIN) -> None:
    assert (await api.ask("PATCH", "", json={"domain": domain}, key=api.key)).status == 200


async def send(
    api: ApiClient, cookie: Mapping[str, str], *, password: str = PASSWORD, **fields: str
) -> Answer:
    content = urlencode({**fields, "domains_current": password}).encode()
    headers = {**cookie, "content-type": "application/x-www-form-urlencoded"}
    answer = await api.ask("POST", "//admin/domains", content=content, headers=headers)
    await handle_notifications(api.app)
    return answer


async def is_confirmed(api: ApiClient) -> bool:
    return (await api.get("")).json["domain_confirmed_at"] is not None


async def test_operator_confirms_and_withdraws_a_domain(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    page = await mailing.ask("GET", "//admin/domains", headers=cookie)
    assert "No business names a domain of its own." in visible_text(page.body.decode())
    await name_domain(mailing)
    listed = await mailing.ask("GET", "//admin", headers=cookie)
    assert 'href="/admin/domains"' in listed.body.decode()
    page = await mailing.ask("GET", "//admin/domains", headers=cookie)
    assert f"{DOMAIN} \N{MIDDLE DOT} meadow (not confirmed)" in visible_text(page.body.decode())
    done = await send(mailing, cookie, domain=CHOSEN, act="confirm")
    assert f"Meadow Farm is served at {DOMAIN}." in visible_text(done.body.decode())
    assert await is_confirmed(mailing)
    gone = await send(mailing, cookie, domain=CHOSEN, act="withdraw")
    assert f"Meadow Farm is no longer served at {DOMAIN}." in visible_text(gone.body.decode())
    assert (await mailing.get("")).json["domain"] == ""


@pytest.mark.parametrize(
    ("chosen", "act"),
    [
        *(("meadow/other.example.org", "confirm"), ("meadow/other.example.org", "withdraw")),
        *((f"nobody/{DOMAIN}", "confirm"), ("", "confirm"), ("meadow/", "confirm")),
    ],
)
async def test_other_domain_than_the_business_names_is_refused(
    mailing: ApiClient, cookie: Mapping[str, str], chosen: str, act: str
) -> None:
    """As one that was changed while the page was open."""
    await name_domain(mailing)
    refused = await send(mailing, cookie, domain=chosen, act=act)
    assert refused.status == 422
    assert 'id="domain-problem"' in refused.body.decode()
    assert not await is_confirmed(mailing)
    assert (await mailing.get("")).json["domain"] == DOMAIN


async def test_domain_that_another_business_has_is_refused(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    app = mailing.app
    await a_business(app.database.unrestricted, app.clock, app.ids, slug="hill")
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE organisation SET domain = $1", DOMAIN)
    assert (await send(mailing, cookie, domain=CHOSEN, act="confirm")).status == 200
    taken = await send(mailing, cookie, domain=f"hill/{DOMAIN}", act="confirm")
    assert taken.status == 422
    assert "Another business has this domain." in visible_text(taken.body.decode())


async def test_open_browser_alone_confirms_nothing(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    await name_domain(mailing)
    refused = await send(mailing, cookie, password=WRONG, domain=CHOSEN, act="confirm")
    assert refused.status == 422
    assert not await is_confirmed(mailing)


async def test_owner_does_not_confirm_her_own_domain(mailing: ApiClient) -> None:
    await name_domain(mailing)
    owner = await mailing.staff_cookie()
    assert (await mailing.ask("GET", "//admin/domains", headers=owner)).status == 403
    assert (await send(mailing, owner, domain=CHOSEN, act="confirm")).status == 403
    assert not await is_confirmed(mailing)

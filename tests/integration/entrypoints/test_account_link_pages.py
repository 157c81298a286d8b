"""Pages of links that e-mails carry: reset, invitation, change of address."""

from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import PASSWORD, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient

from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.reads.profiles import account_profile

NEW = "a lantern in the old barn"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def send(api: ApiClient, path: str, *, cookie: str = "", **fields: str) -> Answer:
    api.client.cookies.clear()
    headers = {**FORM, **({"Cookie": cookie} if cookie else {})}
    return await api.ask("POST", f"/{path}", content=urlencode(fields).encode(), headers=headers)


def page_of(answer: Answer) -> str:
    return unescape(answer.body.decode())


@pytest.fixture
async def rosa(mailing: ApiClient) -> ApiClient:
    await a_person(mailing.app, mailing.business.org_id)
    return mailing


async def a_reset_path(api: ApiClient) -> str:
    await send(api, "/admin/forgotten", login="rosa@example.org")
    (email,) = await sent_account_emails(api.app)
    return f"/admin/reset/{token_in(email)}"


async def test_forgotten_page_says_the_same_of_every_login(rosa: ApiClient) -> None:
    known = await send(rosa, "/admin/forgotten", login="rosa@example.org")
    unknown = await send(rosa, "/admin/forgotten", login="nina@example.org")
    assert known.status == unknown.status == 200
    assert page_of(known) == page_of(unknown).replace("nina@example.org", "rosa@example.org")
    assert [email.recipient for email in await sent_account_emails(rosa.app)] == [
        "rosa@example.org"
    ]


async def test_reset_page_spends_the_link_only_when_a_password_is_stored(rosa: ApiClient) -> None:
    path = await a_reset_path(rosa)
    assert (await rosa.ask("GET", f"/{path}")).status == 200
    form = await rosa.ask("GET", f"/{path}")
    assert form.status == 200
    assert form.headers["referrer-policy"] == "same-origin"
    assert form.headers["cache-control"] == "no-store"
    weak = await send(rosa, path, password="password2027")
    assert weak.status == 422
    assert "among the first that attackers try" in page_of(weak)
    assert "password2027" not in page_of(weak)
    personal = await send(rosa, path, password="Rosa@Example.org-27")
    assert personal.status == 422, "others know her address"
    done = await send(rosa, path, password=NEW)
    assert done.status == 200
    assert "Your password has changed" in page_of(done)
    for method in ("GET", "POST"):
        spent = await rosa.ask(method, f"/{path}")
        assert spent.status == 410
        assert "data-submit" not in page_of(spent), "nothing is sent by itself"
        assert "A sign-in link works once" in page_of(spent)
        assert 'href="/admin/sign-in"' in page_of(spent)
    await a_sign_in(rosa.app, password=NEW)


async def test_reset_of_another_site_and_of_a_guess_is_refused(rosa: ApiClient) -> None:
    path = await a_reset_path(rosa)
    headers = {**FORM, "Sec-Fetch-Site": "cross-site"}
    content = urlencode({"password": NEW}).encode()
    answer = await rosa.ask("POST", f"/{path}", content=content, headers=headers)
    assert answer.status == 403
    assert (await send(rosa, path[:-1] + "_", password=NEW)).status == 410
    await a_sign_in(rosa.app, password=PASSWORD)


async def invite(api: ApiClient, email: str) -> str:
    context = RequestContext(OPERATOR, api.app.ids.uuid())
    async with api.app.unit_of_work(context, api.business.org_id) as uow:
        await api.app.people.invite_member(uow, email=email, role="staff")
    (sent,) = await sent_account_emails(api.app)
    return f"/admin/invitation/{token_in(sent)}"


async def test_invited_person_chooses_a_password_and_is_in(mailing: ApiClient) -> None:
    path = await invite(mailing, "nina@example.org")
    form = await mailing.ask("GET", f"/{path}")
    assert "Work with Meadow Farm" in page_of(form)
    assert "nina@example.org" in page_of(form)
    refused = await send(mailing, path, name="", password="nina@example")
    assert refused.status == 422
    assert "Enter your name" in page_of(refused)
    accepted = await send(mailing, path, name="Nina", password=NEW)
    assert accepted.status == 303
    cookie = accepted.headers["set-cookie"].partition(";")[0]
    today = f"/{accepted.headers['location']}"
    assert (await mailing.ask("GET", today, headers={"Cookie": cookie})).status == 200
    assert (await mailing.ask("GET", f"/{path}")).status == 410


async def test_invited_person_with_an_account_signs_in_first(rosa: ApiClient) -> None:
    async with rosa.app.database.unrestricted.session() as session:
        await session.connection.execute("DELETE FROM membership")
    path = await invite(rosa, "rosa@example.org")
    form = await rosa.ask("GET", f"/{path}")
    assert "You have an account already" in page_of(form)
    stolen = await send(rosa, path, name="Mallory", password=NEW)
    assert "You have an account already" in page_of(stolen)
    token = (await a_sign_in(rosa.app)).session.token
    cookie = f"fullhouse_session={token}"
    assert (await send(rosa, path, cookie=cookie)).status == 303
    today = await rosa.ask("GET", f"//admin/{rosa.org}/today", headers={"Cookie": cookie})
    assert today.status == 200


async def test_address_changes_by_the_buttons_of_both_pages(rosa: ApiClient) -> None:
    app = rosa.app
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, INSTALLATION) as uow:
        found = await uow.session.connection.fetchval("SELECT account_id FROM account")
        account = await account_profile(uow.session, found)
        assert account is not None
        await app.accounts.request_email_change(
            uow, account, "rosa@new.example", network="198.51.100.7"
        )
    answers = []
    for email in await sent_account_emails(app):
        path = f"/admin/confirm-email/{token_in(email)}"
        assert (await rosa.ask("GET", f"/{path}")).status == 200
        answers.append(page_of(await send(rosa, path)))
        assert (await rosa.ask("GET", f"/{path}")).status == 410
    assert "Open the link in the e-mail to your other address" in answers[0]
    assert "Your e-mail address has changed" in answers[1]
    assert (await a_sign_in(app, "rosa@new.example")).session.token

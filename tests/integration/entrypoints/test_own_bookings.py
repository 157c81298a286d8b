"""A customer's account: made by a link in an e-mail, it lists her own bookings alone."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import PASSWORD, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient, a_booking_body, an_api_client
from tests.builders.business import a_business, a_member_of_staff, commit
from tests.builders.statement_counts import added, statements
from tests.builders.worker_steps import relay_all

from fullhouse.booking.model.requests import Customer
from fullhouse.customers.actions.erase_customer import EraseCustomer
from fullhouse.customers.limits import OWN_BOOKINGS_SHOWN_MAX
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.customers import customers_by_email
from fullhouse.customers.reads.own_bookings import bookings_of_account
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.people.limits import SIGN_UPS_FREE
from fullhouse.people.model import AccountId

FORM = {"content-type": "application/x-www-form-urlencoded"}
SOON = timedelta(days=3)
EMAIL = "ada.lovelace@example.org"


async def send(api: ApiClient, path: str, *, cookie: str = "", **fields: str) -> Answer:
    api.client.cookies.clear()
    headers = {**FORM, **({"Cookie": cookie} if cookie else {})}
    return await api.ask("POST", f"/{path}", content=urlencode(fields).encode(), headers=headers)


def text(answer: Answer) -> str:
    return unescape(answer.body.decode())


async def page(api: ApiClient, cookie: Mapping[str, str]) -> str:
    answer = await api.ask("GET", "//admin/account", headers=cookie)
    assert answer.status == 200
    return text(answer)


async def signed_in(api: ApiClient, email: str = EMAIL) -> Mapping[str, str]:
    return {"Cookie": f"fullhouse_session={(await a_sign_in(api.app, email)).session.token}"}


@pytest.fixture
async def ada(mailing: ApiClient) -> Mapping[str, str]:
    """The browser of somebody who books, and works nowhere."""
    await a_person(mailing.app, mailing.business.org_id, email=EMAIL, name="Ada", role="customer")
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute("DELETE FROM membership")
    return await signed_in(mailing)


async def rival(api: ApiClient) -> ApiClient:
    app = api.app
    business = await a_business(app.database, app.clock, app.ids, slug="rival")
    return await an_api_client(app, business, org="rival")


async def sign_up_link(api: ApiClient, email: str = EMAIL) -> str:
    await send(api, "/admin/sign-up", email=email)
    (sent,) = await sent_account_emails(api.app)
    assert (sent.recipient, sent.subject) == (email, "Make your account")
    return f"/admin/sign-up/{token_in(sent)}"


async def test_account_is_made_by_its_link_and_lists_what_was_booked_without_one(
    mailing: ApiClient,
) -> None:
    slot = await mailing.business.a_slot()
    ref = (await mailing.book(slot)).json["ref"]
    to_sign_in = await mailing.ask("GET", "//admin/account")
    form = await mailing.ask("GET", f"/{to_sign_in.headers['location']}")
    assert '<a href="/admin/sign-up">Make an account</a>' in text(form)
    path = await sign_up_link(mailing)
    for _ in range(2):
        assert f"You will sign in with {EMAIL}" in text(await mailing.ask("GET", f"/{path}"))
    weak = await send(mailing, path, name=" ", password="password2027")
    assert weak.status == 422
    assert "Enter your name" in text(weak)
    assert "among the first that attackers try" in text(weak)
    made = await send(mailing, path, name="Ada", password=PASSWORD)
    assert (made.status, made.headers["location"]) == (303, "/admin/account")
    cookie = {"Cookie": made.headers["set-cookie"].partition(";")[0]}
    shown = await page(mailing, cookie)
    assert "Upcoming bookings" in shown
    assert f'href="/meadow/b/{ref}?t=' in shown
    assert (await mailing.ask("GET", f"/{path}")).status == 410
    assert (await send(mailing, path, name="Eve", password=PASSWORD)).status == 410
    await a_sign_in(mailing.app, EMAIL)


async def test_sign_up_says_the_same_of_every_address_and_its_owner_hears_the_truth(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    assert ada
    known = await send(mailing, "/admin/sign-up", email="ADA.Lovelace@Example.org")
    unknown = await send(mailing, "/admin/sign-up", email="nina@example.org")
    assert known.status == unknown.status == 200
    assert text(known) == text(unknown).replace("nina@example.org", EMAIL)
    emails = {one.recipient: one for one in await sent_account_emails(mailing.app)}
    assert emails[EMAIL].subject == "You have an account already"
    assert "/admin/reset/" in emails[EMAIL].text
    assert emails["nina@example.org"].subject == "Make your account"


async def test_one_mailbox_and_one_network_get_few_of_these_emails(mailing: ApiClient) -> None:
    for email in ("ada@example.org", "ada@example.org", "ada+farm@example.org"):
        assert (await send(mailing, "/admin/sign-up", email=email)).status == 200
    assert len(await sent_account_emails(mailing.app)) == 1
    for number in range(SIGN_UPS_FREE - 3):
        await send(mailing, "/admin/sign-up", email=f"guest-{number}@example.org")
    refused = await send(mailing, "/admin/sign-up", email="one.more@example.org")
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "There were too many attempts" in text(refused)
    assert len(await sent_account_emails(mailing.app)) == SIGN_UPS_FREE - 3
    elsewhere = mailing.from_elsewhere()
    assert (await send(elsewhere, "/admin/sign-up", email="ben@example.org")).status == 200


async def test_wrong_address_is_named_and_without_a_mail_server_nobody_is_kept_waiting(
    api: ApiClient, mailing: ApiClient
) -> None:
    assert (await send(mailing, "/admin/sign-up", email="nobody")).status == 422
    for answer in (
        await api.ask("GET", "//admin/sign-up"),
        await send(api, "/admin/sign-up", email=EMAIL),
    ):
        assert answer.status == 200
        assert "This site sends no e-mail" in text(answer)
    assert await sent_account_emails(api.app) == []


async def test_link_of_an_address_that_has_an_account_by_now_sets_no_password(
    mailing: ApiClient,
) -> None:
    path = await sign_up_link(mailing)
    await a_person(mailing.app, mailing.business.org_id, email=EMAIL)
    stolen = await send(mailing, path, name="Mallory", password="a lantern in the old barn")
    assert stolen.status == 409
    assert "You have an account already" in text(stolen)
    assert "set-cookie" not in stolen.headers
    await a_sign_in(mailing.app, EMAIL)


async def test_of_two_links_for_one_address_that_are_used_at_once_one_sets_the_password(
    mailing: ApiClient,
) -> None:
    app, other = mailing.app, "a lantern in the old barn"
    path = await sign_up_link(mailing)
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, mailing.business.org_id) as uow:
        await app.people.invite_member(uow, email=EMAIL, role="staff")
    (sent,) = await sent_account_emails(app)
    invitation = f"/admin/invitation/{token_in(sent)}"
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(send(mailing, link, name="Ada", password=password))
            for link, password in ((path, PASSWORD), (invitation, other))
        ]
    made, joined = (task.result().status for task in tasks)
    assert sorted((made, joined)) in ([303, 409], [200, 303])
    await a_sign_in(app, EMAIL, PASSWORD if made == HTTPStatus.SEE_OTHER else other)


async def test_bookings_of_every_business_are_listed_each_with_the_right_to_change_it(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    other = await rival(mailing)
    await mailing.book(await mailing.business.a_slot())
    await other.book(await other.business.a_slot(starts_in=timedelta(days=2)))
    await mailing.book(await mailing.business.a_slot(starts_in=SOON), name="Emmy Noether")
    before = statements(mailing.app)
    shown = await page(mailing, ada)
    assert len(added(before, statements(mailing.app))) < 10
    links = [part.partition('"')[0] for part in shown.split('href="')[1:] if "/b/" in part[:20]]
    assert [link.split("/")[1] for link in links] == ["rival", "meadow"], "the next one first"
    for link in links:
        ticket = text(await mailing.ask("GET", f"/{link}"))
        assert "Cancel booking" in ticket
        assert 'href="/admin/account"' in ticket
    assert "Emmy" not in shown


async def test_bookings_are_named_in_the_language_of_the_person(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    german = {"language": "de", "name": "Sonnenblumen am Morgen"}
    for path, body in (
        ("", {"languages": ["de"]}),
        ("/offerings/sunflowers", {"translations": [german]}),
    ):
        saved = await mailing.ask("PATCH", path, json=body, key=mailing.key)
        assert saved.status == 200
    await mailing.book(await mailing.business.a_slot())
    assert "Sunflower morning" in await page(mailing, ada)
    cookie = {"Cookie": f"{ada['Cookie']}; lang=de"}
    shown = await page(mailing, cookie)
    assert "Sonnenblumen am Morgen" in shown
    assert "Sunflower morning" not in shown
    await mailing.ask("PATCH", "", json={"languages": []}, key=mailing.key)
    assert "Sunflower morning" in await page(mailing, cookie)


async def test_past_and_cancelled_bookings_are_listed_apart(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    app = mailing.app
    await mailing.book(await mailing.business.a_slot(starts_in=timedelta(hours=2)))
    cancelled = await mailing.book(await mailing.business.a_slot(starts_in=timedelta(days=30)))
    token = str(cancelled.json["manage_url"]).partition("?t=")[2]
    ref = cancelled.json["ref"]
    await mailing.ask(
        "POST", f"//meadow/b/{ref}/cancel", content=f"t={token}".encode(), headers=FORM
    )
    await relay_all(app, (customers_subscriber(),))
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(hours=4))
    shown = await page(mailing, ada)
    assert "Upcoming bookings" not in shown
    assert shown.count("/meadow/b/") == 2
    assert "Cancelled" in shown.partition("Past and cancelled")[2]


async def test_unverified_address_shows_nothing_and_says_how_to_verify_it(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    await mailing.book(await mailing.business.a_slot())
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET email_verified_at = NULL")
    shown = await page(mailing, ada)
    assert "/b/" not in shown
    assert "show that it is your address" in shown


async def test_changed_address_of_the_account_and_of_the_booking_end_the_list(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    app = mailing.app
    kept = await mailing.book(await mailing.business.a_slot())
    given = await mailing.book(await mailing.business.a_slot(starts_in=timedelta(days=9)))
    await relay_all(app, (customers_subscriber(),))
    refs = [str(one.json["ref"]) for one in (kept, given)]
    both = await page(mailing, ada)
    assert all(ref in both for ref in refs)
    found = await app.bookings.by_ref(mailing.business.org_id, refs[1])
    assert found is not None
    await commit(
        app,
        app.booking.change_contact,
        mailing.business.org_id,
        found.booking.booking_id,
        Customer("Emmy", "emmy@example.org"),
        expected_version=found.booking.version,
        context=a_member_of_staff(),
    )
    shown = await page(mailing, ada)
    assert refs[0] in shown
    assert refs[1] not in shown, "before and after customers are projected"
    await relay_all(app, (customers_subscriber(),))
    assert refs[1] not in await page(mailing, ada)
    async with app.unit_of_work(RequestContext(OPERATOR, app.ids.uuid()), found.booking.org_id) as (
        uow
    ):
        account = await uow.session.connection.fetchval("SELECT account_id FROM account")
        await app.accounts.set_email(uow, account, "ada@new.example")
    assert "/b/" not in await page(mailing, ada)


async def test_address_is_compared_as_it_is_kept_and_another_one_is_another(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    slots = iter(await mailing.business.slots(5))
    for email, is_hers in (
        ("Ada.LOVELACE@EXAMPLE.org", True),
        ("ａda.lovelace@example.org", True),  # noqa: RUF001 - NFKC makes it an a
        ("ada.lovelace+farm@example.org", False),
        ("ada.lovelace@example.org.evil.example", False),
        ("adalovelace@example.org", False),
    ):
        body = a_booking_body(next(slots))
        body["customer"] = {"name": "Somebody", "email": email}
        answer = await mailing.post("/bookings", {**body, "allow_duplicate": True})
        assert answer.status == 201, answer.body
        await relay_all(mailing.app, (customers_subscriber(),))
        assert (str(answer.json["ref"]) in await page(mailing, ada)) is is_hers, email


async def test_merged_and_erased_customers_show_only_what_has_the_address(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    app, org_id = mailing.app, mailing.business.org_id
    own = await mailing.book(await mailing.business.a_slot(starts_in=timedelta(hours=2)))
    await mailing.book(await mailing.business.a_slot(starts_in=SOON), name="Emmy Noether")
    await relay_all(app, (customers_subscriber(),))
    async with app.database.session() as session:
        (person,) = await customers_by_email(session, org_id, EMAIL)
        (other,) = await customers_by_email(session, org_id, "emmy.noether@example.org")
    staff = a_member_of_staff()
    await commit(
        app,
        app.customers.merge_customers,
        org_id,
        person.customer_id,
        [other.customer_id],
        context=staff,
    )
    shown = await page(mailing, ada)
    assert str(own.json["ref"]) in shown
    assert shown.count("/meadow/b/") == 1
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=30))
    await commit(app, EraseCustomer(), org_id, person.customer_id, context=staff)
    again = await signed_in(mailing)
    assert "/meadow/b/" not in await page(mailing, again)


async def test_staff_of_a_business_see_their_own_bookings_alone(mailing: ApiClient) -> None:
    await a_person(mailing.app, mailing.business.org_id, email="rosa@example.org")
    await mailing.book(await mailing.business.a_slot())
    shown = await page(mailing, await signed_in(mailing, "rosa@example.org"))
    assert "/b/" not in shown
    assert "what you book with rosa@example.org" in shown


async def test_so_many_bookings_are_listed_and_no_more(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    assert ada
    app = mailing.app
    booked = await mailing.book(await mailing.business.a_slot())
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object("
            "'booking_id', gen_random_uuid(), 'ref', 'R' || n))).* FROM booking b,"
            " generate_series(1, $1) AS n WHERE b.ref = $2",
            OWN_BOOKINGS_SHOWN_MAX,
            booked.json["ref"],
        )
        account = await session.connection.fetchval("SELECT account_id FROM account")
        found = await bookings_of_account(session, AccountId(account))
    assert len(found) == OWN_BOOKINGS_SHOWN_MAX


async def test_whoever_used_the_browser_before_is_signed_out(mailing: ApiClient) -> None:
    await a_person(mailing.app, mailing.business.org_id, email="rosa@example.org")
    rosa = await signed_in(mailing, "rosa@example.org")
    path = await sign_up_link(mailing)
    await send(mailing, path, cookie=rosa["Cookie"], name="Ada", password=PASSWORD)
    assert (await mailing.ask("GET", "//admin/account", headers=rosa)).status == 303

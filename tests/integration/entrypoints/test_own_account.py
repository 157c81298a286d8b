"""What a customer's account lists beside bookings, its short address, and its end."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from tests.builders.accounts import PASSWORD, a_person
from tests.builders.api_client import Answer, ApiClient, a_booking_body
from tests.builders.business import a_member_of_staff, commit
from tests.builders.guest_bookings import free_and_offer
from tests.builders.statement_counts import added, statements
from tests.builders.worker_steps import relay_all
from tests.integration.entrypoints.test_own_bookings import EMAIL, page, send, signed_in, text

from fullhouse.booking.model.slot import SlotId
from fullhouse.customers.actions.erase_customer import EraseCustomer
from fullhouse.customers.limits import OWN_WAITING_SHOWN_MAX
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.customers import customers_by_email
from fullhouse.customers.reads.own_bookings import waiting_of_account
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.model import AccountId

REF = '"/meadow/w/'


@pytest.fixture
async def ada(mailing: ApiClient) -> Mapping[str, str]:
    """The browser of somebody who books, and works nowhere."""
    await a_person(mailing.app, mailing.business.org_id, email=EMAIL, name="Ada", role="customer")
    return await signed_in(mailing)


@pytest.fixture
async def sold_out(mailing: ApiClient) -> SlotId:
    slot = await mailing.business.a_slot(capacity=2, starts_in=timedelta(days=5))
    await mailing.book(slot, name="Emmy Noether")
    return slot


async def waits(api: ApiClient, slot: SlotId, name: str = "Ada Lovelace", **more: object) -> None:
    body = {**a_booking_body(slot, name=name), **more}
    joined = await api.post("/waiting-list", body, key=api.key)
    assert joined.status == 201, joined.body
    await relay_all(api.app, (customers_subscriber(),))


async def stored(api: ApiClient, table: str) -> int:
    async with api.app.database.unrestricted.session() as session:
        return int(await session.connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a table of this file


def leave_form(shown: str) -> str:
    return shown.partition(f"action={REF}")[2].partition('"')[0]


async def delete(api: ApiClient, cookie: Mapping[str, str], **typed: str) -> Answer:
    return await send(api, "/admin/account/delete", cookie=cookie["Cookie"], **typed)


async def test_waiting_list_is_beside_the_bookings_and_left_from_there(
    mailing: ApiClient, ada: Mapping[str, str], sold_out: SlotId
) -> None:
    await waits(mailing, sold_out)
    await waits(mailing, sold_out, "Grace Hopper")
    before = statements(mailing.app)
    shown = await page(mailing, ada)
    assert len(added(before, statements(mailing.app))) < 10
    assert shown.count(f"href={REF}") == 1
    assert "Sunflower morning, Thu 17 June, 09:00" in shown
    assert "Meadow Farm · 2 people" in shown
    path = f"//meadow/w/{leave_form(shown)}"
    left = await mailing.ask("POST", path)
    assert left.status == 303
    assert REF not in await page(mailing, ada)


async def test_any_time_of_a_day_is_said_and_an_offer_leads_to_its_page(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    app, business = mailing.app, mailing.business
    slot = await business.a_slot(capacity=2, starts_in=timedelta(days=5))
    await mailing.book(slot, name="Emmy Noether")
    await waits(mailing, slot, any_time=True)
    assert "any time on Thursday 17 June 2027" in await page(mailing, ada)
    await free_and_offer(app, business.org_id, slot)
    shown = await page(mailing, ada)
    assert "Places are available for you" in shown
    assert "No, thanks" in shown
    entry = shown.partition(f"href={REF}")[2].partition('"')[0]
    assert "Book these places" in text(await mailing.ask("GET", f"//meadow/w/{entry}"))


async def test_time_that_is_over_and_an_address_that_is_not_verified_show_nothing(
    mailing: ApiClient, ada: Mapping[str, str], sold_out: SlotId
) -> None:
    await waits(mailing, sold_out)
    async with mailing.app.database.unrestricted.session() as session:
        verified = await session.connection.fetchval("SELECT email_verified_at FROM account")
        await session.connection.execute("UPDATE account SET email_verified_at = NULL")
    assert REF not in await page(mailing, ada)
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET email_verified_at = $1", verified)
    assert REF in await page(mailing, ada)
    assert isinstance(mailing.app.clock, ManualClock)
    mailing.app.clock.advance(timedelta(days=6))
    assert REF not in await page(mailing, await signed_in(mailing))


async def test_merged_and_erased_customers_wait_for_nobody_else(
    mailing: ApiClient, ada: Mapping[str, str], sold_out: SlotId
) -> None:
    app, org_id = mailing.app, mailing.business.org_id
    await waits(mailing, sold_out)
    await waits(mailing, sold_out, "Grace Hopper")
    async with app.database.session() as session:
        (person,) = await customers_by_email(session, org_id, EMAIL)
        (other,) = await customers_by_email(session, org_id, "grace.hopper@example.org")
    staff = a_member_of_staff()
    merged = [other.customer_id]
    merge = app.customers.merge_customers
    await commit(app, merge, org_id, person.customer_id, merged, context=staff)
    shown = await page(mailing, ada)
    assert shown.count(f"href={REF}") == 1
    await mailing.ask("POST", f"//meadow/w/{leave_form(shown)}")
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE waiting_list_entry SET status = 'left'")
    await commit(app, EraseCustomer(), org_id, person.customer_id, context=staff)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE waiting_list_entry SET status = 'waiting'")
    assert REF not in await page(mailing, ada)


async def test_entry_that_has_another_address_by_now_is_shown_no_more(
    mailing: ApiClient, ada: Mapping[str, str], sold_out: SlotId
) -> None:
    await waits(mailing, sold_out)
    assert REF in await page(mailing, ada)
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE waiting_list_entry SET customer_email = 'emmy@example.org'"
        )
    assert REF not in await page(mailing, ada), "before customers are projected"


async def test_so_many_waiting_lists_are_listed_and_no_more(
    mailing: ApiClient, ada: Mapping[str, str], sold_out: SlotId
) -> None:
    assert ada
    await waits(mailing, sold_out)
    async with mailing.app.database.unrestricted.session() as session:
        connection = session.connection
        await connection.execute(
            "WITH made AS (INSERT INTO waiting_list_entry (org_id, entry_id, slot_id, offering_id,"
            " status, party, customer_name, customer_email, customer_phone, locale, created_at)"
            " SELECT org_id, gen_random_uuid(), slot_id, offering_id, status, party, customer_name,"
            " customer_email, customer_phone, locale, created_at FROM waiting_list_entry,"
            " generate_series(1, $1) RETURNING org_id, entry_id)"
            " INSERT INTO customer_subject (org_id, customer_id, subject) SELECT made.org_id,"
            " customer_id, entry_id FROM made, (SELECT customer_id FROM customer_contact"
            " WHERE contact = 'email:' || $2) c",
            OWN_WAITING_SHOWN_MAX,
            EMAIL,
        )
        account = AccountId(await connection.fetchval("SELECT account_id FROM account"))
        found = await waiting_of_account(session, account, now=mailing.app.clock.now())
    assert len(found) == OWN_WAITING_SHOWN_MAX


async def test_short_address_leads_to_the_account(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    answer = await mailing.ask("GET", "//account", headers=ada)
    assert (answer.status, answer.headers["location"]) == (303, "/admin/account")


async def test_account_is_deleted_by_password_and_bookings_stay(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    booked = await mailing.book(await mailing.business.a_slot())
    elsewhere = await signed_in(mailing)
    shown = await page(mailing, ada)
    assert "Your bookings and places on waiting lists stay with the businesses" in shown
    wrong = await delete(mailing, ada, delete_current="a guess that is wrong")
    assert wrong.status == 422
    assert "This is not your current password." in text(wrong)
    assert await stored(mailing, "account") == 1
    done = await delete(mailing, ada, delete_current=PASSWORD)
    assert done.status == 200
    assert "Your account is deleted" in text(done)
    assert "clear-site-data" in done.headers
    for table in ("account", "account_session", "membership", "account_link", "second_factor"):
        assert await stored(mailing, table) == 0, table
    for cookie in (ada, elsewhere):
        again = await mailing.ask("GET", "//admin/account", headers=cookie)
        assert again.headers["location"].startswith("/admin/sign-in")
    view = await mailing.app.bookings.by_ref(mailing.business.org_id, str(booked.json["ref"]))
    assert view is not None
    assert (view.booking.customer_email, view.booking.status) == (EMAIL, "confirmed")
    async with mailing.app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT data FROM event WHERE kind = 'AccountDeleted'"
        )
    assert len(rows) == 1
    assert EMAIL not in str(rows[0]["data"])


async def test_who_works_for_a_business_is_told_to_leave_it_first(mailing: ApiClient) -> None:
    await a_person(mailing.app, mailing.business.org_id, email="rosa@example.org")
    rosa = await signed_in(mailing, "rosa@example.org")
    refused = await delete(mailing, rosa, delete_current=PASSWORD)
    assert refused.status == 422
    assert "You work for Meadow Farm. Ask an owner to remove you" in text(refused)
    assert await stored(mailing, "account") == 1
    assert await stored(mailing, "account_session") == 1


async def test_who_runs_the_installation_hands_it_over_first(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET is_operator = true")
    refused = await delete(mailing, ada, delete_current=PASSWORD)
    assert refused.status == 422
    assert "This account runs the installation." in text(refused)
    assert await stored(mailing, "account") == 1


async def test_deleted_account_can_be_made_again(
    mailing: ApiClient, ada: Mapping[str, str]
) -> None:
    await delete(mailing, ada, delete_current=PASSWORD)
    await a_person(mailing.app, mailing.business.org_id, email=EMAIL, role="customer")
    assert "Your account" in await page(mailing, await signed_in(mailing))

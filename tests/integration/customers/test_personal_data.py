"""Personal data: export, erasure that keeps the books, retention, and who looked at whom."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest
from tests.builders.business import (
    Business,
    a_business,
    a_guest,
    a_member_of_staff,
    commit,
)
from tests.builders.worker_steps import relay_all, send_emails

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import BookingRequest, WaitingRequest
from fullhouse.booking.model.requests import Customer as Guest
from fullhouse.bootstrap.application import Application
from fullhouse.customers.errors import CustomerExpected, UnknownCustomer
from fullhouse.customers.limits import ACCESSES_WAITING_MAX
from fullhouse.customers.model import CustomerId, CustomerRecord, RetentionRule
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.access_log import AccessSearch, accesses
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.customers.reads.privacy import (
    personal_data,
    retention_preview,
    retention_rule,
)
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.kernel.ids import OrgId

NAME, EMAIL, PHONE = "Zebulon Quartermain", "zebulon@example.org", "+442079460958"
TRACES = ("zebulon", "quartermain", "79460958")
NO_TRACE: dict[str, dict[str, int]] = {trace: {} for trace in TRACES}


async def book(app: Application, business: Business, guest: Guest, *, days: int = 7) -> BookingId:
    slot = await business.a_slot(starts_in=timedelta(days=days), capacity=50)
    source = {"utm_campaign": f"for {guest.name}"}
    request = BookingRequest((slot,), 2, guest, source=source, allow_duplicate=True)
    answer = await app.booking.place_booking(business.org_id, request, context=a_guest())
    advance(app, timedelta(seconds=1))
    return answer.outcome.booking_id


def advance(app: Application, span: timedelta) -> None:
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(span)


async def project(app: Application) -> None:
    await relay_all(app, (customers_subscriber(),))
    await send_emails(app)


async def customers(app: Application, business: Business) -> Sequence[CustomerRecord]:
    async with app.database.session() as session:
        return await find_customers(session, business.org_id, CustomerSearch())


async def erase(app: Application, org_id: OrgId, customer_id: CustomerId) -> None:
    await commit(
        app, app.customers.erase_customer, org_id, customer_id, context=a_member_of_staff()
    )


async def a_life(app: Application, business: Business) -> tuple[CustomerRecord, BookingId]:
    """Somebody who waited, booked, was moved to another name, had a note, mails and consent."""
    org_id, staff = business.org_id, a_member_of_staff()
    guest = Guest(NAME, EMAIL, PHONE)
    booking = await book(app, business, guest)
    given_away = await book(app, business, guest, days=8)
    full = await business.a_slot(capacity=1, starts_in=timedelta(days=9))
    other = BookingRequest((full,), 1, Guest("Bob", "bob@example.org"))
    await app.booking.place_booking(org_id, other, context=a_guest())
    joined = await app.booking.join_waiting_list(
        org_id, WaitingRequest(full, 1, guest), context=a_guest()
    )
    await project(app)
    await app.booking.leave_waiting_list(org_id, joined.outcome.entry_id, context=staff)
    view = await app.bookings.by_id(org_id, booking)
    assert view is not None
    await commit(
        app,
        app.booking.write_note,
        org_id,
        view.booking,
        f"{NAME} is allergic",
        expected_version=0,
        context=staff,
    )
    heir = Guest("Grace Hopper", "grace@example.org")
    await commit(app, app.booking.change_contact, org_id, given_away, heir, context=staff)
    await project(app)
    person = next(one for one in await customers(app, business) if one.email == EMAIL)
    await commit(
        app,
        app.customers.change_customer,
        org_id,
        person.customer_id,
        note=f"Call {PHONE}",
        tags=("quartermain",),
        context=staff,
    )
    return person, booking


async def tables_with(app: Application, trace: str) -> dict[str, int]:
    """Each table that has this text anywhere in a row."""
    async with app.database.unrestricted.session() as session:
        names = await session.connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        found = {
            row["relname"]: await session.connection.fetchval(
                f"SELECT count(*) FROM {row['relname']} AS t"  # noqa: S608 - of the catalogue
                " WHERE t::text ILIKE '%' || $1 || '%'",
                trace,
            )
            for row in names
        }
    return {name: count for name, count in found.items() if count}


async def test_no_table_has_a_trace_of_an_erased_person_and_the_books_are_kept(
    app: Application, business: Business
) -> None:
    person, booking = await a_life(app, business)
    for trace in TRACES:
        before = await tables_with(app, trace)
        assert {"booking", "waiting_list_entry", "customer"} <= set(before)
        assert trace == TRACES[2] or "message" in before
        assert "event" not in before
    with pytest.raises(CustomerExpected) as refused:
        await erase(app, business.org_id, person.customer_id)
    assert refused.value.coming == 1
    advance(app, timedelta(days=30))
    await erase(app, business.org_id, person.customer_id)
    assert {trace: await tables_with(app, trace) for trace in TRACES} == NO_TRACE
    view = await app.bookings.by_id(business.org_id, booking)
    assert view is not None
    assert (view.booking.status, view.booking.price_amount) == ("confirmed", 2400)
    assert {one.email for one in await customers(app, business)} == {
        "grace@example.org",
        "bob@example.org",
    }
    assert await app.customers_by_phone(business.org_id, PHONE) == []
    await project(app)
    assert {trace: await tables_with(app, trace) for trace in TRACES} == NO_TRACE


async def test_events_relayed_again_bring_no_erased_person_back(
    app: Application, business: Business
) -> None:
    person, _ = await a_life(app, business)
    advance(app, timedelta(days=30))
    await erase(app, business.org_id, person.customer_id)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("DELETE FROM relay_cursor")
        await session.connection.execute("DELETE FROM effect")
        await session.connection.execute("DELETE FROM message")
    await project(app)
    assert {trace: await tables_with(app, trace) for trace in TRACES} == NO_TRACE


async def test_links_of_an_erased_person_open_nothing(app: Application, business: Business) -> None:
    person, booking = await a_life(app, business)
    before = await app.bookings.by_id(business.org_id, booking)
    advance(app, timedelta(days=30))
    await erase(app, business.org_id, person.customer_id)
    after = await app.bookings.by_id(business.org_id, booking)
    assert before is not None
    assert after is not None
    assert after.booking.link_version == before.booking.link_version + 1


def an_account(number: int) -> str:
    """The actor of somebody at work."""
    return f"account:{UUID(int=number)}"


async def test_export_of_a_part_is_that_of_the_whole_person(
    app: Application, business: Business
) -> None:
    await book(app, business, Guest(NAME, EMAIL, PHONE))
    await book(app, business, Guest("Zeb", "zeb@example.org"), days=8)
    await project(app)
    person, part = sorted(await customers(app, business), key=lambda one: one.email, reverse=True)
    await commit(
        app,
        app.customers.merge_customers,
        business.org_id,
        person.customer_id,
        [part.customer_id],
        context=a_member_of_staff(),
    )
    async with app.database.session() as session:
        for asked in (person, part):
            found = await personal_data(session, business.org_id, asked.customer_id)
            assert [one.customer_id for one in found.customers] == [
                person.customer_id,
                part.customer_id,
            ]
            assert len(found.bookings) == 2
            assert found.contacts == ["email:zeb@example.org", f"email:{EMAIL}", f"phone:{PHONE}"]
        with pytest.raises(UnknownCustomer):
            await personal_data(session, business.org_id, CustomerId(UUID(int=1)))


async def test_export_has_everything_that_is_held(app: Application, business: Business) -> None:
    person, booking = await a_life(app, business)
    app.access_log.note(business.org_id, an_account(1), subject=person.customer_id, kind="customer")
    await app.access_log.write()
    async with app.database.session() as session:
        found = await personal_data(session, business.org_id, person.customer_id)
    assert [one.booking_id for one in found.bookings] == [booking]
    assert found.bookings[0].note == f"{NAME} is allergic"
    assert [one.status for one in found.waiting_list] == ["left"]
    assert found.contacts == [f"email:{EMAIL}", f"phone:{PHONE}"]
    assert {one.kind for one in found.messages} >= {"confirmation", "waiting"}
    assert {one.recipient for one in found.messages} == {EMAIL}, "also of the booking given away"
    assert len([one for one in found.messages if one.kind == "confirmation"]) == 2
    assert [one.kind for one in found.accesses] == ["customer"]
    assert EMAIL in msgspec.json.encode(found).decode()


async def test_merged_person_is_erased_whole(app: Application, business: Business) -> None:
    await book(app, business, Guest(NAME, EMAIL))
    await book(app, business, Guest("Z. Quartermain", "zebulon@example.net"))
    await project(app)
    kept, other = [one.customer_id for one in await customers(app, business)]
    staff = a_member_of_staff()
    await commit(app, app.customers.merge_customers, business.org_id, kept, (other,), context=staff)
    advance(app, timedelta(days=30))
    await erase(app, business.org_id, other)
    assert {trace: await tables_with(app, trace) for trace in TRACES} == NO_TRACE


async def test_two_erasures_at_once_erase_once(app: Application, business: Business) -> None:
    await book(app, business, Guest(NAME, EMAIL))
    await project(app)
    (person,) = await customers(app, business)
    advance(app, timedelta(days=30))

    async def outcome() -> type[Exception] | None:
        try:
            await erase(app, business.org_id, person.customer_id)
        except UnknownCustomer as error:
            return type(error)
        return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome()) for _ in range(2)]
    outcomes = [task.result() for task in tasks]
    assert sorted(outcomes, key=str) == sorted([None, UnknownCustomer], key=str)


async def test_person_of_another_organisation_is_not_erased(
    app: Application, business: Business
) -> None:
    await book(app, business, Guest(NAME, EMAIL))
    await project(app)
    (person,) = await customers(app, business)
    advance(app, timedelta(days=30))
    elsewhere = await a_business(app.database, app.clock, app.ids, slug="orchard")
    with pytest.raises(UnknownCustomer):
        await erase(app, elsewhere.org_id, person.customer_id)
    assert [one.email for one in await customers(app, business)] == [EMAIL]


async def set_retention(
    app: Application, business: Business, months: int | None, version: int
) -> None:
    await commit(
        app,
        app.customers.set_retention,
        business.org_id,
        months,
        expected_version=version,
        context=a_member_of_staff(),
    )


async def test_retention_erases_whom_its_preview_names_and_nobody_else(
    app: Application, business: Business
) -> None:
    await book(app, business, Guest(NAME, EMAIL))
    await book(app, business, Guest("Charles", "charles@example.org"))
    await project(app)
    charles = next(one for one in await customers(app, business) if one.name == "Charles")
    await commit(
        app,
        app.customers.record_consent,
        business.org_id,
        charles.customer_id,
        "given",
        context=a_member_of_staff(),
    )
    advance(app, timedelta(days=400))
    await book(app, business, Guest("Emmy", "emmy@example.org"))
    await project(app)
    assert await app.customers.apply_retention() == 0, "without a rule nobody is erased"
    await set_retention(app, business, 12, 0)
    rule = RetentionRule(business.org_id, 12, 1)
    async with app.database.session() as session:
        assert await retention_rule(session, business.org_id) == rule
        preview = await retention_preview(session, business.org_id, rule.ends(app.clock.now()))
    assert (preview.count, [one.name for one in preview.first]) == (1, [NAME])
    assert await app.customers.apply_retention() == 1
    assert {one.name for one in await customers(app, business)} == {"Charles", "Emmy"}
    assert await app.customers.apply_retention() == 0
    await set_retention(app, business, None, 1)
    async with app.database.session() as session:
        assert await retention_rule(session, business.org_id) is None


async def test_a_person_who_cannot_be_erased_keeps_nobody_else(
    app: Application, business: Business
) -> None:
    last_version = 2**31 - 1
    lasting = await book(app, business, Guest("Lasting", "lasting@example.org"))
    await book(app, business, Guest(NAME, EMAIL), days=8)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE booking SET version = $2 WHERE booking_id = $1", lasting, last_version
        )
    await project(app)
    await set_retention(app, business, 12, 0)
    advance(app, timedelta(days=400))
    with pytest.RaisesGroup(pytest.RaisesGroup(asyncpg.NumericValueOutOfRangeError)):
        await app.customers.apply_retention()
    assert [one.name for one in await customers(app, business)] == ["Lasting"]


async def test_rule_of_retention_has_bounds_and_a_version(
    app: Application, business: Business
) -> None:
    await set_retention(app, business, None, 0)
    await set_retention(app, business, 24, 0)
    for months, version in ((12, 0), (None, 7)):
        with pytest.raises(VersionConflict):
            await set_retention(app, business, months, version)
    for months in (0, 121):
        with pytest.raises(InvalidInput):
            await set_retention(app, business, months, 1)


@pytest.mark.parametrize(
    ("now", "months", "ends"),
    [
        (datetime(2027, 3, 31, 8, tzinfo=UTC), 1, datetime(2027, 2, 28, 8, tzinfo=UTC)),
        (datetime(2028, 2, 29, 8, tzinfo=UTC), 12, datetime(2027, 2, 28, 8, tzinfo=UTC)),
        (datetime(2027, 1, 5, tzinfo=UTC), 24, datetime(2025, 1, 5, tzinfo=UTC)),
        (datetime(2027, 12, 31, tzinfo=UTC), 6, datetime(2027, 6, 30, tzinfo=UTC)),
    ],
)
def test_months_of_retention_end_on_the_same_day(
    now: datetime, months: int, ends: datetime, business: Business
) -> None:
    assert RetentionRule(business.org_id, months, 1).ends(now) == ends


async def test_accesses_are_written_later_and_listed_by_page(
    app: Application, business: Business
) -> None:
    for number in range(3):
        app.access_log.note(
            business.org_id, an_account(number), subject=app.ids.uuid(), kind="booking"
        )
        advance(app, timedelta(seconds=1))
    await app.access_log.write()
    async with app.database.session() as session:
        first = await accesses(session, business.org_id, AccessSearch(limit=2))
        rest = await accesses(session, business.org_id, AccessSearch(after=first[-1].access_id))
    assert [one.actor for one in (*first, *rest)] == [an_account(2), an_account(1), an_account(0)]
    elsewhere = await a_business(app.database, app.clock, app.ids, slug="orchard")
    async with app.database.session() as session:
        assert await accesses(session, elsewhere.org_id, AccessSearch()) == []


async def test_waiting_accesses_are_bounded(app: Application, business: Business) -> None:
    subject = app.ids.uuid()
    for _ in range(ACCESSES_WAITING_MAX + 5):
        app.access_log.note(business.org_id, an_account(1), subject=subject, kind="booking")
    await app.access_log.write()
    async with app.database.unrestricted.session() as session:
        count = await session.connection.fetchval("SELECT count(*) FROM person_access")
    assert count <= ACCESSES_WAITING_MAX

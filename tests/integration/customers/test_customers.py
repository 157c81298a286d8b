"""Customers by their contacts: projection of bookings, merging, consent, the cache by phone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.builders.business import (
    ADA,
    Business,
    a_business,
    a_guest,
    a_member_of_staff,
    commit,
)
from tests.builders.worker_steps import relay_all

from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import BookingRequest, WaitingRequest
from fullhouse.booking.model.requests import Customer as Guest
from fullhouse.bootstrap.application import Application
from fullhouse.customers.errors import AlreadyMerged, NothingMerged, UnknownCustomer
from fullhouse.customers.model import CustomerId, CustomerRecord, engagement
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.customers import (
    CustomerSearch,
    bookings_of,
    customers_by_email,
    find_customers,
)
from fullhouse.customers.updates import customer_by_id
from fullhouse.kernel.errors import VersionConflict

PHONE = "+442079460958"


async def book(
    app: Application, business: Business, name: str, email: str, phone: str = "", *, days: int = 7
) -> BookingId:
    slot = await business.a_slot(starts_in=timedelta(days=days), capacity=50)
    request = BookingRequest((slot,), 2, Guest(name, email, phone), allow_duplicate=True)
    answer = await app.booking.place_booking(business.org_id, request, context=a_guest())
    assert hasattr(app.clock, "advance")
    app.clock.advance(timedelta(seconds=1))
    return answer.outcome.booking_id


async def project(app: Application) -> None:
    await relay_all(app, (customers_subscriber(),))


async def listed(app: Application, business: Business, text: str = "") -> Sequence[CustomerRecord]:
    async with app.database.session() as session:
        return await find_customers(session, business.org_id, CustomerSearch(text=text))


async def the_one(app: Application, business: Business, text: str = "") -> CustomerRecord:
    (found,) = await listed(app, business, text)
    return found


async def test_bookings_of_one_address_are_one_customer_with_the_latest_details(
    app: Application, business: Business
) -> None:
    await book(app, business, "Ada L.", "ada@example.org", PHONE)
    await book(app, business, "Ada Lovelace", "ada@example.org")
    await book(app, business, "Emmy Noether", "emmy@example.org")
    await project(app)
    ada = await the_one(app, business, "ada@")
    assert (ada.name, ada.phone, ada.bookings) == ("Ada Lovelace", PHONE, 2)
    assert {one.name for one in await listed(app, business)} == {"Ada Lovelace", "Emmy Noether"}
    async with app.database.session() as session:
        assert len(await bookings_of(session, ada)) == 2


async def test_what_customers_did_is_counted(app: Application, business: Business) -> None:
    org_id, staff = business.org_id, a_member_of_staff()
    came, missed, gone = [
        await book(app, business, "Ada", "ada@example.org", days=days) for days in (1, 2, 3)
    ]
    await app.booking.check_in(org_id, came, context=staff, any_time=True)
    await app.booking.mark_no_show(org_id, missed, context=staff, any_time=True)
    await app.booking.cancel_booking(org_id, gone, context=staff)
    await project(app)
    ada = await the_one(app, business)
    assert (ada.bookings, ada.visits, ada.no_shows, ada.cancellations) == (2, 1, 1, 1)
    assert ada.spent == {"GBP": 2400}
    assert engagement(ada, now=app.clock.now()) == 2 * 12 + 40 - 15
    await app.booking.undo_check_in(org_id, missed, context=staff)
    await project(app)
    assert (await the_one(app, business)).no_shows == 0


async def test_events_that_are_relayed_again_change_nothing(
    app: Application, business: Business
) -> None:
    for name in ("Ada", "Emmy", "Grace"):
        await book(app, business, name, f"{name.lower()}@example.org", PHONE)
    await project(app)
    before = await listed(app, business)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("DELETE FROM relay_cursor WHERE subscriber = 'customers'")
    await project(app)
    assert await listed(app, business) == before
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("DELETE FROM customer")
        await session.connection.execute("DELETE FROM relay_cursor WHERE subscriber = 'customers'")
    await project(app)
    again = await listed(app, business)
    assert {one.customer_id for one in again} == {one.customer_id for one in before}
    assert [one.bookings for one in again] == [1, 1, 1]


async def test_caller_without_an_address_is_found_by_the_number(
    app: Application, business: Business
) -> None:
    await book(app, business, "Ada", "ada@example.org", PHONE)
    await book(app, business, "Ada by phone", "", PHONE)
    await book(app, business, "Charles", "", "020 7946 0123")
    await project(app)
    assert (await the_one(app, business, "7946 0958")).bookings == 2
    await book(app, business, "Charles", "", "020 7946 0123")
    await project(app)
    found = await listed(app, business, "charles")
    assert [one.bookings for one in found] == [1, 1], "a number as typed is no contact"
    assert await listed(app, business, "79460123") == found


async def test_address_comes_to_a_customer_who_had_only_a_number(
    app: Application, business: Business
) -> None:
    await book(app, business, "Ada", "", PHONE)
    await project(app)
    await book(app, business, "Ada Lovelace", "ada@example.org", PHONE)
    await book(app, business, "Byron", "byron@example.org", PHONE)
    await project(app)
    assert (await the_one(app, business, "ada")).bookings == 2
    assert (await the_one(app, business, "byron")).bookings == 1, "a family has one telephone"
    assert len(await app.customers_by_phone(business.org_id, PHONE)) == 2


async def test_booking_with_another_address_is_another_customers(
    app: Application, business: Business
) -> None:
    first = await book(app, business, "Ada", "ada@exmaple.org")
    second = await book(app, business, "Emmy", "emmy@example.org")
    await book(app, business, "Emmy", "emmy@example.org")
    await project(app)
    for booking, guest in (
        (first, Guest("Ada", "ada@example.org")),
        (second, Guest("Grace", "grace@example.org")),
    ):
        await commit(
            app,
            app.booking.change_contact,
            business.org_id,
            booking,
            guest,
            context=a_member_of_staff(),
        )
    await project(app)
    found = {one.email: one.bookings for one in await listed(app, business)}
    assert found == {"ada@example.org": 1, "emmy@example.org": 1, "grace@example.org": 1}


async def test_who_waits_is_a_customer_too(app: Application, business: Business) -> None:
    slot = await business.a_slot(capacity=1)
    request = WaitingRequest(slot, 1, Guest("Wanda", "wanda@example.org", PHONE))
    full = BookingRequest((slot,), 1, Guest("Ada", "ada@example.org"))
    await app.booking.place_booking(business.org_id, full, context=a_guest())
    await app.booking.join_waiting_list(business.org_id, request, context=a_guest())
    await project(app)
    wanda = await the_one(app, business, "wanda")
    assert (wanda.bookings, wanda.phone) == (0, PHONE)
    assert engagement(wanda, now=app.clock.now()) == 0


async def two(app: Application, business: Business) -> tuple[CustomerId, CustomerId]:
    await book(app, business, "Ada", "ada@example.org", PHONE)
    await book(app, business, "Ada L.", "ada@example.net")
    await project(app)
    kept = await the_one(app, business, "example.org")
    other = await the_one(app, business, "example.net")
    return kept.customer_id, other.customer_id


async def merge(
    app: Application, business: Business, kept: CustomerId, *others: CustomerId
) -> None:
    await commit(
        app,
        app.customers.merge_customers,
        business.org_id,
        kept,
        others,
        context=a_member_of_staff(),
    )


async def separate(app: Application, business: Business, customer_id: CustomerId) -> None:
    await commit(
        app,
        app.customers.separate_customer,
        business.org_id,
        customer_id,
        context=a_member_of_staff(),
    )


async def test_merging_loses_nothing_and_separating_restores_both(
    app: Application, business: Business
) -> None:
    kept, other = await two(app, business)
    before = await listed(app, business)
    await merge(app, business, kept, other)
    person = await the_one(app, business)
    assert (person.customer_id, person.bookings) == (kept, 2)
    assert (await the_one(app, business, "example.net")).customer_id == kept
    await book(app, business, "Ada L.", "ada@example.net")
    await project(app)
    assert (await the_one(app, business)).bookings == 3, "what comes later is counted too"
    await separate(app, business, other)
    after = {one.email: one.bookings for one in await listed(app, business)}
    assert after == {"ada@example.org": 1, "ada@example.net": 2}
    assert {one.customer_id for one in before} == {kept, other}


async def test_person_of_several_merges_comes_apart_as_it_was_made(
    app: Application, business: Business
) -> None:
    kept, other = await two(app, business)
    await book(app, business, "Augusta", "augusta@example.org")
    await project(app)
    third = (await the_one(app, business, "augusta")).customer_id
    await merge(app, business, kept, other)
    await merge(app, business, third, kept)
    assert (await the_one(app, business)).bookings == 3
    with pytest.raises(AlreadyMerged):
        await merge(app, business, third, kept)
    await separate(app, business, kept)
    found = {one.customer_id: one.bookings for one in await listed(app, business)}
    assert found == {third: 1, kept: 2}
    await separate(app, business, other)
    with pytest.raises(NothingMerged):
        await separate(app, business, other)


async def test_two_who_merge_each_other_at_once_make_one_person(
    app: Application, business: Business
) -> None:
    kept, other = await two(app, business)
    outcomes = await asyncio.wait_for(
        _both(merge(app, business, kept, other), merge(app, business, other, kept)), 10
    )
    assert sorted(outcomes, key=str) == sorted([None, AlreadyMerged], key=str)
    assert (await the_one(app, business)).bookings == 2


async def _both(*actions: object) -> list[type[Exception] | None]:
    async def outcome(action: object) -> type[Exception] | None:
        try:
            await action  # type: ignore[misc]  # a coroutine
        except (AlreadyMerged, VersionConflict) as error:
            return type(error)
        return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome(action)) for action in actions]
    return [task.result() for task in tasks]


async def test_two_editors_of_a_customer_are_told(app: Application, business: Business) -> None:
    kept, _ = await two(app, business)

    async def change(note: str) -> None:
        await commit(
            app,
            app.customers.change_customer,
            business.org_id,
            kept,
            note=note,
            tags=("regular",),
            expected_version=1,
            context=a_member_of_staff(),
        )

    outcomes = await _both(change("Vegan"), change("Allergic"))
    assert sorted(outcomes, key=str) == sorted([None, VersionConflict], key=str)
    async with app.database.session() as session:
        found = await customer_by_id(session, business.org_id, kept)
    assert (found.note in {"Vegan", "Allergic"}, list(found.tags)) == (True, ["regular"])


async def test_consent_has_a_time_and_who_recorded_it(app: Application, business: Business) -> None:
    kept, _ = await two(app, business)
    for consent in ("given", "given", "withdrawn"):
        await commit(
            app,
            app.customers.record_consent,
            business.org_id,
            kept,
            consent,
            context=a_member_of_staff(),
        )
    async with app.database.session() as session:
        found = await customer_by_id(session, business.org_id, kept)
    assert (found.consent, found.consent_at) == ("withdrawn", app.clock.now())
    assert found.consent_by == ADA.actor
    history = await app.bookings.history(business.org_id, kept)
    assert [entry.kind for entry in history] == ["ConsentGiven", "ConsentWithdrawn"]


async def test_no_act_reaches_a_customer_of_another_organisation(
    app: Application, business: Business
) -> None:
    kept, other = await two(app, business)
    elsewhere = await a_business(app.database, app.clock, app.ids, slug="orchard")
    context = a_member_of_staff()
    actions = app.customers
    for action, args in (
        (actions.merge_customers, (kept, (other,))),
        (actions.separate_customer, (other,)),
        (actions.record_consent, (kept, "given")),
    ):
        with pytest.raises(UnknownCustomer):
            await commit(app, action, elsewhere.org_id, *args, context=context)
    with pytest.raises(UnknownCustomer):
        await commit(
            app,
            actions.change_customer,
            elsewhere.org_id,
            kept,
            note="",
            tags=(),
            context=context,
        )
    assert await listed(app, elsewhere) == []
    async with app.database.session() as session:
        assert await customers_by_email(session, elsewhere.org_id, "ada@example.org") == []
    assert await app.customers_by_phone(elsewhere.org_id, PHONE) == []


async def test_customers_by_phone_are_cached_and_looked_at_again_after_a_change(
    app: Application, business: Business
) -> None:
    assert await app.customers_by_phone(business.org_id, PHONE) == []
    await two(app, business)
    await heard(app, business, 1, 1)
    kept = await the_one(app, business, "example.org")
    before = await app.customers_by_phone(business.org_id, PHONE)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE customer SET name = 'Written by hand'")
    assert await app.customers_by_phone(business.org_id, PHONE) == before, "from the cache"
    await book(app, business, "Ada Again", "ada@example.org", PHONE)
    await project(app)
    await heard(app, business, 1, 2)
    await commit(
        app,
        app.customers.change_customer,
        business.org_id,
        kept.customer_id,
        note="Vegan",
        tags=(),
        context=a_member_of_staff(),
    )
    async with asyncio.timeout(5):
        while (await app.customers_by_phone(business.org_id, PHONE))[0].note != "Vegan":  # noqa: ASYNC110 - the listener hears it
            await asyncio.sleep(0.01)


async def heard(app: Application, business: Business, count: int, bookings: int) -> None:
    """Wait for the notification of the change."""
    async with asyncio.timeout(5):
        while True:
            found = await app.customers_by_phone(business.org_id, PHONE)
            if [one.bookings for one in found] == [bookings] * count:
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("text", ["100%", "a_a", "\\", "'", "ada"])
async def test_search_takes_every_character_as_it_is(
    app: Application, business: Business, text: str
) -> None:
    await book(app, business, "Ada", "ada@example.org")
    await project(app)
    assert len(await listed(app, business, text)) == (1 if text == "ada" else 0)

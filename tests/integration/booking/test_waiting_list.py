"""The waiting list: who is offered freed places, when, and in how many commits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_hold_of,
    save,
    the_worker,
)
from tests.builders.faulty_proxy import a_faulty_proxy, a_ledger
from tests.integration.booking.test_booking_actions import counters

from fullhouse.booking import limits
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.ports import Verdict
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import IdempotencyKeyReused, Overloaded

pytestmark = pytest.mark.on_both_servers


async def test_freed_places_are_offered_to_the_first_who_fits_and_then_to_the_next(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=2, starts_in=timedelta(hours=20))
    made = await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    waiting = [
        await app.booking.join_waiting_list(
            business.org_id, WaitingRequest(slot, party, a_customer(name)), context=a_guest()
        )
        for name, party in (("Too Many", 3), ("First Fit", 2), ("Next One", 1))
    ]
    offer = app.booking.offer_freed_places
    assert await offer(business.org_id, slot, context=the_worker()) == 0
    await app.booking.cancel_booking(business.org_id, made.outcome.booking_id, context=a_guest())
    assert await offer(business.org_id, slot, context=the_worker()) == 0
    clock.advance(timedelta(seconds=limits.UNDO_PLACES_SECONDS))
    assert await offer(business.org_id, slot, context=the_worker()) == 1
    assert await statuses(app) == {
        "Too Many": "waiting",
        "First Fit": "offered",
        "Next One": "waiting",
    }
    clock.advance(timedelta(minutes=business.offering.waiting_offer_minutes))
    assert await app.booking.expire_holds() == 1
    assert await offer(business.org_id, slot, context=the_worker()) == 1
    assert await statuses(app) == {
        "Too Many": "waiting",
        "First Fit": "lapsed",
        "Next One": "offered",
    }
    await app.booking.leave_waiting_list(
        business.org_id, waiting[2].outcome.entry_id, context=a_guest()
    )
    assert (await statuses(app))["Next One"] == "left"
    assert await counters(app, slot) == (2, 0, 0)


@pytest.mark.parametrize("offered", [False, True])
async def test_leaving_repeats_with_its_key_and_refuses_the_key_for_another_entry(
    app: Application, business: Business, *, offered: bool
) -> None:
    slot, org_id = await business.a_slot(capacity=2), business.org_id
    first, second = [
        await app.booking.join_waiting_list(
            org_id, WaitingRequest(slot, 2, a_customer(name)), context=a_guest()
        )
        for name in ("Ada", "Grace")
    ]
    if offered:
        assert await app.booking.offer_freed_places(org_id, slot, context=the_worker()) == 1
    leave = app.booking.leave_waiting_list
    assert not await leave(org_id, first.outcome.entry_id, context=a_guest("k"))
    assert await leave(org_id, first.outcome.entry_id, context=a_guest("k"))
    assert not await leave(org_id, first.outcome.entry_id, context=a_guest())
    with pytest.raises(IdempotencyKeyReused):
        await leave(org_id, second.outcome.entry_id, context=a_guest("k"))
    assert await statuses(app) == {"Ada": "left", "Grace": "waiting"}
    assert await counters(app, slot) == (2, 0, 0)


async def test_no_place_is_offered_once_guests_can_no_longer_book(
    app: Application, business: Business, clock: ManualClock
) -> None:
    business = await business.change(book_until_minutes=12 * 60)
    slot = await business.a_slot(capacity=2, starts_in=timedelta(days=1))
    await wait_in_line(business, slot, [2])
    offer = partial(app.booking.offer_freed_places, business.org_id, slot, context=the_worker())
    clock.advance(timedelta(hours=12, seconds=1))
    assert await offer() == 0
    assert set((await statuses(app)).values()) == {"waiting"}
    assert await counters(app, slot) == (2, 0, 0)


async def test_an_offer_ends_when_its_slot_starts(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=2, starts_in=timedelta(minutes=20))
    await wait_in_line(business, slot, [2])
    assert await app.booking.offer_freed_places(business.org_id, slot, context=the_worker()) == 1
    async with app.database.unrestricted.session() as session:
        ends_at = await session.connection.fetchval("SELECT expires_at FROM booking")
    assert ends_at == clock.now() + timedelta(minutes=20)


async def test_no_place_is_offered_of_an_offering_that_was_withdrawn(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=2)
    await wait_in_line(business, slot, [2])
    offer = partial(app.booking.offer_freed_places, business.org_id, slot, context=the_worker())
    hidden = await save(app, replace(business.offering, published=False))
    assert await offer() == 0
    await save(app, replace(hidden, published=True))
    assert await offer() == 1


async def test_who_leaves_offers_unanswered_blocks_a_place_for_less_and_less_time(
    app: Application, business: Business, clock: ManualClock
) -> None:
    """The same address, in several slots; then new addresses in one slot."""
    business = await business.change(waiting_offer_minutes=60)

    async def minutes_held(slot: SlotId, name: str) -> float:
        began = clock.now()
        await app.booking.join_waiting_list(
            business.org_id, WaitingRequest(slot, 2, a_customer(name)), context=a_guest()
        )
        offer = app.booking.offer_freed_places
        assert await offer(business.org_id, slot, context=the_worker()) == 1
        async with app.database.unrestricted.session() as session:
            until = await session.connection.fetchval(
                "SELECT expires_at FROM slot_allocation WHERE slot_id = $1", slot
            )
        clock.advance(until - began)
        assert await app.booking.expire_holds() == 1
        return float((until - began) / timedelta(minutes=1))

    slots = await business.slots(5, capacity=2, starts_in=timedelta(days=1))
    assert [await minutes_held(slot, "Nobody") for slot in slots] == [60, 30, 15, 10, 10]
    clock.advance(timedelta(days=1))
    slot = await business.a_slot(capacity=2, starts_in=timedelta(days=1))
    names = [f"Nobody Number {number}" for number in range(7)]
    assert [await minutes_held(slot, name) for name in names] == [60, 60, 60, 30, 15, 10, 10]
    assert (
        await minutes_held(await business.a_slot(capacity=2, starts_in=timedelta(days=2)), "Ada")
        == 60
    )


async def test_no_place_is_offered_on_a_slot_that_was_closed_a_moment_ago(
    app: Application, business: Business
) -> None:
    """The slot closes between the read that finds room and the commit of the offer."""
    slot = await business.a_slot(capacity=2)
    await wait_in_line(business, slot, [2])
    ledger = ClosingLedger(app, slot)
    offer = replace(app.booking.offer_freed_places, ledger=ledger)
    assert await offer(business.org_id, slot, context=the_worker()) == 0
    assert ledger.commands == 1, "it was offered, and refused"
    assert set((await statuses(app)).values()) == {"waiting"}


@dataclass(slots=True)
class ClosingLedger:
    """A ledger whose slot is closed just before the command arrives."""

    app: Application
    slot: SlotId
    commands: int = 0

    async def submit(self, command: Command, outcome: Outcome | None = None) -> Verdict:
        self.commands += 1
        async with self.app.database.unrestricted.transaction() as session:
            await session.connection.execute(
                "UPDATE slot SET state = 'closed' WHERE slot_id = $1", self.slot
            )
        return await self.app.ledger.submit(command, outcome)


async def wait_in_line(business: Business, slot: SlotId, parties: Sequence[int]) -> None:
    """So many wait for a slot, one after the other, without any place having been free."""
    async with business.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO waiting_list_entry (org_id, entry_id, slot_id, offering_id, status, party,"
            " customer_name, customer_email, customer_phone, locale, created_at)"
            " SELECT $1, gen_random_uuid(), $2, $3, 'waiting', party, 'Number ' || place,"
            " place || '@example.org', '', 'en', now()"
            " FROM unnest($4::integer[]) WITH ORDINALITY AS line (party, place) ORDER BY place",
            business.org_id, slot, business.offering.offering_id, list(parties),
        )  # fmt: skip


async def test_who_fits_is_offered_what_is_free_however_many_large_parties_wait_before(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=3)
    await wait_in_line(business, slot, [4] * limits.WAITING_OFFERS_MAX + [2, 2, 1])
    assert await app.booking.offer_freed_places(business.org_id, slot, context=the_worker()) == 2
    offered = {name for name, status in (await statuses(app)).items() if status == "offered"}
    assert offered == {"Number 101", "Number 103"}


async def test_as_many_are_offered_places_as_there_are(
    app: Application, business: Business
) -> None:
    """First who fits into all of it; then who fits into what they leave, however far behind."""
    count = limits.WAITING_OFFERS_MAX + 30
    slot, large = await business.slots(2, capacity=count)
    await wait_in_line(business, slot, [1] * (count + 5))
    assert (
        await app.booking.offer_freed_places(business.org_id, slot, context=the_worker()) == count
    )
    await wait_in_line(business, large, [8] * count + [2, 3])
    offered = await app.booking.offer_freed_places(business.org_id, large, context=the_worker())
    assert offered == count // 8 + 1
    assert await counters(app, large) == (count, 0, count)


async def statuses(app: Application) -> dict[str, str]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT customer_name, status FROM waiting_list_entry"
        )
    return {row["customer_name"]: row["status"] for row in rows}


async def test_expired_holds_of_many_slots_share_commits(
    app: Application, business: Business, clock: ManualClock, database_url: str
) -> None:
    count = 200
    for slot in await business.slots(count, capacity=2):
        await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    clock.advance(timedelta(seconds=business.offering.hold_seconds))
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        assert await replace(app.booking.expire_holds, ledger=ledger.committer)() == count
    # The first command is under way alone while the others queue up
    assert ledger.commits() <= count // limits.GROUP_COMMANDS_MIN + 2
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT sum(held) FROM slot") == 0


async def test_a_ledger_that_takes_no_commands_is_a_transient_error_to_its_jobs(
    app: Application, business: Business, clock: ManualClock, database_url: str
) -> None:
    """A group of errors would hide the type by which the job is retried."""
    for slot in await business.slots(3, capacity=2):
        await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
        await wait_in_line(business, slot, [1])
    clock.advance(timedelta(seconds=business.offering.hold_seconds))
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.committer.drain()
        with pytest.raises(Overloaded):
            await replace(app.booking.expire_holds, ledger=ledger.committer)()
        offer = replace(app.booking.offer_freed_places, ledger=ledger.committer)
        with pytest.raises(Overloaded):
            await offer(business.org_id, slot, context=the_worker())


async def test_offers_of_one_slot_share_a_commit(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=30)
    await wait_in_line(business, slot, [1] * 30)
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        offer = replace(app.booking.offer_freed_places, ledger=ledger.committer)
        assert await offer(business.org_id, slot, context=the_worker()) == 30
    assert ledger.commits() <= 2
    assert await counters(app, slot) == (30, 0, 30)

"""Leaving a waiting list and an offer from it, at the same moment: never both are done."""

import asyncio
import dataclasses
from datetime import timedelta

from tests.builders.business import (
    Business,
    a_booking_of,
    a_customer,
    a_guest,
    a_member_of_staff,
)
from tests.builders.faulty_proxy import a_faulty_proxy, a_ledger
from tests.failures.test_ledger_connections import assert_sound, crowd, together

from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.bootstrap.application import Application


async def assert_nothing_is_held(app: Application) -> None:
    """Who has left holds nothing."""
    await assert_sound(app)
    async with app.database.unrestricted.session() as session:
        held = await session.connection.fetchval("SELECT sum(held) FROM slot")
    assert held == 0


async def test_leaving_and_offering_that_wait_together_are_not_decided_as_one(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=2)
    verbs, org_id = app.booking, business.org_id
    request = WaitingRequest(slot, 2, a_customer())
    joined = await verbs.join_waiting_list(org_id, request, context=a_guest())
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.proxy.away = True
        before = asyncio.ensure_future(
            crowd(ledger, business, await business.a_slot(starts_in=timedelta(days=8)), 1)
        )
        await asyncio.sleep(0.1)
        leave = dataclasses.replace(verbs.leave_waiting_list, ledger=ledger.committer)
        offer = dataclasses.replace(verbs.offer_freed_places, ledger=ledger.committer)
        both = asyncio.ensure_future(
            together(
                [
                    leave(org_id, joined.outcome.entry_id, context=a_guest()),
                    offer(org_id, slot, context=a_member_of_staff()),
                ]
            )
        )
        await asyncio.sleep(0.3)
        ledger.proxy.away = False
        assert not any(isinstance(one, BaseException) for one in [*await before, *await both])
    await assert_nothing_is_held(app)


async def test_leaving_and_offering_another_slot_of_the_day_in_two_processes_are_not_both_done(
    app: Application, business: Business, database_url: str
) -> None:
    chosen, offered = await business.slots(2, capacity=2)
    verbs, org_id = app.booking, business.org_id
    full = a_booking_of(chosen, name="Grace Hopper")
    await verbs.place_booking(org_id, full, context=a_guest())
    request = WaitingRequest(chosen, 2, a_customer(), any_time=True)
    joined = await verbs.join_waiting_list(org_id, request, context=a_guest())
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        leave = dataclasses.replace(verbs.leave_waiting_list, ledger=ledger.committer)
        async with app.database.unrestricted.transaction() as session:
            await session.connection.execute("SELECT FROM waiting_list_entry FOR UPDATE")
            both = asyncio.ensure_future(
                together(
                    [
                        verbs.offer_freed_places(org_id, offered, context=a_member_of_staff()),
                        leave(org_id, joined.outcome.entry_id, context=a_guest()),
                    ]
                )
            )
            await asyncio.sleep(0.3)  # both have decided, unless one waits for the other's slot
        assert not any(isinstance(one, BaseException) for one in await both)
    await assert_nothing_is_held(app)

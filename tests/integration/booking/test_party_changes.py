"""Bookings for more or fewer guests: within the places there are, on the offering's terms."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff, save
from tests.integration.booking.test_booking_actions import counters, kinds_told

from fullhouse.booking import errors
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput, VersionConflict

pytestmark = pytest.mark.on_both_servers


async def booked(
    app: Application, business: Business, slot: SlotId, *, party: int = 2, name: str = "Ada"
) -> BookingId:
    request = a_booking_of(slot, party=party, name=name)
    made = await app.booking.place_booking(business.org_id, request, context=a_guest())
    return made.outcome.booking_id


async def test_party_grows_and_shrinks_with_its_places_and_its_price(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=5)
    resize = partial(app.booking.move_booking, business.org_id, await booked(app, business, slot))
    grown = await resize(party=5, context=a_guest())
    assert (grown.outcome.party, grown.outcome.price_amount) == (5, 5 * 1200)
    assert await counters(app, slot) == (5, 5, 0)
    with pytest.raises(errors.SlotFull) as refused:
        await resize(party=6, context=a_guest())
    assert refused.value.details["remaining"] == 5
    assert await counters(app, slot) == (5, 5, 0)
    shrunk = await resize(party=1, context=a_guest())
    assert (shrunk.outcome.party, shrunk.outcome.price_amount) == (1, 1200)
    assert await counters(app, slot) == (5, 1, 0)
    assert await kinds_told(app) == ["Booked", "PartyChanged", "PartyChanged"]


async def test_another_time_and_another_party_are_one_change(
    app: Application, business: Business
) -> None:
    here, there = await business.slots(2, capacity=4)
    await booked(app, business, there, party=2, name="Grace")
    move = partial(app.booking.move_booking, business.org_id, await booked(app, business, here))
    with pytest.raises(errors.SlotFull):
        await move((there,), party=3, context=a_guest())
    assert await counters(app, here) == (4, 2, 0)
    moved = await move((there,), party=1, context=a_guest())
    assert moved.outcome.party == 1
    assert (await counters(app, here), await counters(app, there)) == ((4, 0, 0), (4, 3, 0))


async def test_two_who_want_the_last_place_do_not_both_get_it(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=5)
    ids = [await booked(app, business, slot, name=name) for name in ("Ada", "Grace")]
    grow = partial(app.booking.move_booking, business.org_id, party=3, context=a_guest())
    grown = []

    async def attempt(booking_id: BookingId) -> None:
        with suppress(errors.SlotFull):
            grown.append((await grow(booking_id)).outcome.booking_id)

    async with asyncio.TaskGroup() as group:
        for booking_id in ids:
            group.create_task(attempt(booking_id))
    assert len(grown) == 1
    assert await counters(app, slot) == (5, 5, 0)


async def test_guest_reduces_a_party_while_that_is_free_and_staff_at_any_time(
    app: Application, business: Business, clock: ManualClock
) -> None:
    slot = await business.a_slot(capacity=5, starts_in=timedelta(days=2))
    resize = partial(
        app.booking.move_booking, business.org_id, await booked(app, business, slot, party=4)
    )
    await resize(party=3, context=a_guest())
    clock.advance(timedelta(days=1, hours=2))
    with pytest.raises(errors.TooLateToReduce) as refused:
        await resize(party=2, context=a_guest())
    assert refused.value.until == clock.now() - timedelta(hours=2)
    await resize(party=4, context=a_guest())
    await resize(party=2, context=a_member_of_staff())
    clock.advance(timedelta(hours=23))
    with pytest.raises(errors.SlotPast):
        await resize(party=3, context=a_guest())


async def test_price_of_a_group_lets_fewer_come_as_long_as_it_can_be_cancelled(
    app: Application, business: Business, clock: ManualClock
) -> None:
    business = await business.change(price_unit="group")
    slot = await business.a_slot(capacity=5, starts_in=timedelta(days=2))
    resize = partial(
        app.booking.move_booking, business.org_id, await booked(app, business, slot, party=4)
    )
    clock.advance(timedelta(days=1, hours=2))
    assert (await resize(party=3, context=a_guest())).outcome.price_amount == 1200
    clock.advance(timedelta(hours=21))
    with pytest.raises(errors.TooLateToReduce):
        await resize(party=2, context=a_guest())


async def test_party_stays_within_the_offering(app: Application, business: Business) -> None:
    business = await business.change(party_min=2, party_max=4)
    slot = await business.a_slot(capacity=9)
    resize = partial(app.booking.move_booking, business.org_id, await booked(app, business, slot))
    for party in (1, 5):
        with pytest.raises(errors.PartyNotAdmitted):
            await resize(party=party, context=a_guest())
    assert (await resize(party=5, context=a_member_of_staff())).outcome.party == 5
    with pytest.raises(InvalidInput):
        await resize(party=5, context=a_guest("k"))


async def test_change_of_an_older_version_is_refused_and_its_repeat_answered(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=9)
    resize = partial(app.booking.move_booking, business.org_id, await booked(app, business, slot))
    first = await resize(party=3, expected_version=1, context=a_guest("k"))
    again = await resize(party=3, expected_version=1, context=a_guest("k"))
    assert again.replayed
    assert again.outcome == first.outcome
    with pytest.raises(VersionConflict) as refused:
        await resize(party=4, expected_version=1, context=a_guest())
    assert refused.value.details["version"] == 2
    assert await counters(app, slot) == (9, 3, 0)


async def test_fewer_come_to_a_closed_slot_but_not_more(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=9)
    resize = partial(app.booking.move_booking, business.org_id, await booked(app, business, slot))
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute("UPDATE slot SET state = 'closed'")
    assert (await resize(party=1, context=a_guest())).outcome.party == 1
    with pytest.raises(errors.SlotClosed):
        await resize(party=2, context=a_guest())


async def test_a_withdrawn_offering_takes_no_more_guests(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=9)
    resize = partial(app.booking.move_booking, business.org_id, await booked(app, business, slot))
    await save(app, replace(business.offering, published=False))
    app.catalogue.invalidate(business.org_id, business.offering.offering_id)
    with pytest.raises(errors.UnknownSlot):
        await resize(party=3, context=a_guest())
    assert (await resize(party=1, context=a_guest())).outcome.party == 1
    assert (await resize(party=3, context=a_member_of_staff())).outcome.party == 3


async def test_of_two_changes_at_once_none_undoes_the_other(
    app: Application, business: Business
) -> None:
    here, there = await business.slots(2, capacity=9)
    booking_id = await booked(app, business, here)
    change = partial(app.booking.move_booking, business.org_id, booking_id, context=a_guest())
    done = []

    async def attempt(*slots: SlotId, party: int | None = None) -> None:
        with suppress(errors.ChangedMeanwhile):
            await change(slots, party=party)
            done.append(party or slots)

    async with asyncio.TaskGroup() as group, app.database.unrestricted.transaction() as session:
        await session.connection.execute("SELECT FROM slot FOR UPDATE")
        group.create_task(attempt(there))
        group.create_task(attempt(party=3))
        await asyncio.sleep(0.2)  # both are planned, and wait for the slots
    view = await app.bookings.by_id(business.org_id, booking_id)
    assert view is not None
    is_moved, is_grown = (there,) in done, 3 in done
    assert is_moved or is_grown
    assert tuple(view.booking.slots) == ((there,) if is_moved else (here,))
    assert view.booking.party == (3 if is_grown else 2)

"""Bookings as screens read them, what watchers hear, who is offered a place, who is kept out."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.builders.business import (
    ADA,
    Business,
    a_booking_of,
    a_business,
    a_customer,
    a_guest,
    a_member_of_staff,
)

from fullhouse.booking import errors
from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES
from fullhouse.booking.events import CheckedIn, Rescheduled
from fullhouse.booking.limits import SLOTS_PER_BOOKING_MAX
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reactions import enqueue_offers, waiting_list_subscriber
from fullhouse.booking.reads.bookings import Page, waiting_entry
from fullhouse.booking.reads.run_sheets import arrivals_on
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.events import RelayedEvent, events_of
from fullhouse.kernel.clock import ManualClock

NAMES = ("Ada Lovelace", "Emmy Noether", "Grace Hopper")


async def three_bookings(app: Application, business: Business) -> list[BookingId]:
    """One after the other in time, of three guests."""
    slots = await business.slots(3)
    made = [
        await app.booking.place_booking(
            business.org_id, a_booking_of(slot, name=name), context=a_guest()
        )
        for slot, name in zip(slots, NAMES, strict=True)
    ]
    return [answer.outcome.booking_id for answer in made]


async def test_a_booking_is_found_by_id_and_by_reference_and_shown_whole(
    app: Application, business: Business
) -> None:
    booking, *_ = await three_bookings(app, business)
    view = await app.bookings.by_id(business.org_id, booking)
    assert view is not None
    assert await app.bookings.by_ref(business.org_id, view.booking.ref) == view
    assert (view.offering, view.venue.name) == (business.offering, "The Barn")
    assert view.slots[0].starts_at == view.booking.starts_at
    assert view.cancellation(app.clock.now()).allowed
    assert view.rescheduling(app.clock.now()).allowed
    assert await app.bookings.by_id(business.org_id, UUID(int=1)) is None
    assert await app.bookings.by_ref(business.org_id, "NOBODY42") is None


async def test_bookings_come_page_by_page_in_order_of_time(
    app: Application, business: Business
) -> None:
    made = await three_bookings(app, business)
    first, last = app.clock.now(), app.clock.now() + timedelta(days=30)
    page = await app.bookings.page(business.org_id, Page(first, last, limit=2))
    after = (page[-1].starts_at, page[-1].booking_id)
    rest = await app.bookings.page(business.org_id, Page(first, last, after=after))
    assert [booking.booking_id for booking in (*page, *rest)] == made
    none = Page(first, last, status="cancelled")
    assert await app.bookings.page(business.org_id, none) == []


async def test_a_history_says_what_happened_and_who_did_it(
    app: Application, business: Business
) -> None:
    booking, *_ = await three_bookings(app, business)
    await app.booking.check_in(business.org_id, booking, context=a_member_of_staff(), any_time=True)
    history = await app.bookings.history(business.org_id, booking)
    view = await app.bookings.by_id(business.org_id, booking)
    assert view is not None
    assert [(entry.kind, entry.actor) for entry in history] == [
        ("Booked", "guest"),
        ("CheckedIn", ADA.actor),
    ]
    assert history[-1].event == CheckedIn(
        offering_id=business.offering.offering_id,
        slots=tuple(view.booking.slots),
        party=2,
        from_status="confirmed",
        to_status="checked_in",
        booking_version=2,
    )


async def test_arrivals_are_listed_by_slot_with_their_names(
    app: Application, business: Business
) -> None:
    made = await three_bookings(app, business)
    await app.booking.cancel_booking(business.org_id, made[1], context=a_guest())
    async with app.database.session() as session:
        day = (app.clock.now() + timedelta(days=7)).date()
        found = await arrivals_on(session, business.org_id, day)
        assert not (await arrivals_on(session, business.org_id, day + timedelta(days=1))).slots
    assert [one.customer_name for one in found.arrivals] == ["Ada Lovelace", "Grace Hopper"]
    assert {slot.offering_name for slot in found.slots} == {business.offering.name}


async def test_watchers_are_woken_by_their_offering_and_by_what_concerns_all(
    app: Application, business: Business
) -> None:
    offering = business.offering.offering_id
    with app.changes.subscribe(business.org_id, offering) as woken:
        app.changes.on_notify(f'["{business.org_id}/{UUID(int=1)}/2027-06-19"]')
        assert not woken.is_set()
        for topic in (f"{business.org_id}/{offering}/2027-06-19", "*"):
            app.changes.on_notify(f'["{topic}"]')
            assert woken.is_set()
            woken.clear()
    app.changes.on_notify('["*"]')
    assert not woken.is_set(), "who has gone is not woken"


async def test_a_freed_place_makes_a_job_for_the_slot_that_somebody_waits_for(
    app: Application, business: Business
) -> None:
    slot, other = await business.slots(2, capacity=2)
    request = WaitingRequest(slot, 2, a_customer())
    joined = await app.booking.join_waiting_list(business.org_id, request, context=a_guest())
    async with app.database.unrestricted.transaction() as session:
        seq = await session.connection.fetchval(
            "SELECT seq FROM event WHERE kind = 'WaitingListJoined'"
        )
        wanted = (business.org_id, joined.outcome.entry_id, seq)
        [event] = (await events_of(session, [wanted])).values()
        elsewhere = moved_from(event, other)
        await enqueue_offers(session, [event, elsewhere])
        effects = await session.connection.fetch("SELECT kind, subject FROM effect")
        entry = await waiting_entry(session, business.org_id, joined.outcome.entry_id)
    assert [tuple(effect) for effect in effects] == [(OFFER_PLACES, slot)]
    assert entry is not None
    assert (entry.status, entry.party) == ("waiting", 2)
    assert {"PlacesReleased", "HoldExpired", "WaitingListJoined"} <= set(
        waiting_list_subscriber().kinds
    )


def moved_from(event: RelayedEvent, slot: SlotId) -> RelayedEvent:
    """A booking that moved from a slot where nobody waits to one that somebody waits for."""
    moved = Rescheduled(
        offering_id=slot, slots=(), party=2, from_status="confirmed", to_status="confirmed",
        booking_version=2, from_slots=(slot,), from_starts_at=event.at, starts_at=event.at,
    )  # fmt: skip
    return RelayedEvent(
        event.seq, event.xid, event.org_id, "Rescheduled", event.subject,
        msgspec.to_builtins(moved), "guest", event.correlation_id,
        event.at,
    )  # fmt: skip


async def test_what_cannot_be_meant_is_refused_before_the_ledger_is_asked(
    app: Application, business: Business, clock: ManualClock
) -> None:
    verbs, org_id, guest = app.booking, business.org_id, a_guest()
    slot, other = await business.slots(2)
    many = await business.slots(SLOTS_PER_BOOKING_MAX + 1, starts_in=timedelta(days=9))
    neighbours = await a_business(app.database, clock, app.ids, slug="neighbours")
    theirs = await neighbours.a_slot()
    for slots in ((), (slot, slot), tuple(many)):
        with pytest.raises(errors.SlotsNotTogether):
            await verbs.place_booking(org_id, a_booking_of(*slots), context=guest)
    for unknown in (theirs, SlotId(UUID(int=3))):
        with pytest.raises(errors.UnknownSlot):
            await verbs.place_booking(org_id, a_booking_of(slot, unknown), context=guest)
    nobody = BookingId(UUID(int=4))
    with pytest.raises(errors.UnknownBooking):
        await verbs.cancel_booking(org_id, nobody, context=guest)
    with pytest.raises(errors.UnknownWaiting):
        await verbs.leave_waiting_list(org_id, nobody, context=guest)
    for party in (0, 11):
        with pytest.raises(errors.PartyNotAdmitted):
            await verbs.place_booking(org_id, a_booking_of(slot, party=party), context=guest)
    clock.advance(timedelta(days=7, seconds=1))
    with pytest.raises(errors.SlotPast):
        await verbs.place_booking(org_id, a_booking_of(slot), context=guest)
    late = await verbs.place_booking(org_id, a_booking_of(slot), context=a_member_of_staff())
    with pytest.raises(errors.TooLateToMove):
        await verbs.move_booking(org_id, late.outcome.booking_id, (other,), context=guest)

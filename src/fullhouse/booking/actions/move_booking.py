"""Move a booking: to other slots, to another number of guests, or both, all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from fullhouse.booking import errors
from fullhouse.booking.events import PartyChanged, Rescheduled
from fullhouse.booking.guests import checked_guests
from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.model.booking import Booking, BookingId
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.plan import BookingPlan, SoldParty
from fullhouse.booking.model.price_categories import (
    GivenGuests,
    guests_of,
    guests_repriced,
    key_of_guests,
    numbers_of,
    stored_guests,
)
from fullhouse.booking.model.slot import SlotId, party_refusal
from fullhouse.booking.model.terms import free_until_after_move, rescheduling, shrinking
from fullhouse.booking.policy import raise_refusal
from fullhouse.booking.updates import (
    BookingSnapshot,
    BookingUpdater,
    StatusChange,
    require_few_changes,
    require_status,
    status_event,
)
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

WantedParty: TypeAlias = int | GivenGuests | SoldParty


class _Terms(NamedTuple):
    """Until when a booking can be cancelled for free and moved; None where the offering says it."""

    free_until: datetime | None
    move_until: datetime | None


@dataclass(frozen=True, slots=True)
class MoveBooking:
    """Changes the slots of a booking, its party, or both, or leaves it as it is.

    One command gives its places back and takes the new ones. The price is that of the offering now.
    A party may be given as how many guests of each price category come, or as it was sold before,
    which keeps its price.
    """

    updater: BookingUpdater

    async def __call__(
        self,
        org_id: OrgId,
        booking_id: BookingId,
        slots: tuple[SlotId, ...] = (),
        *,
        context: RequestContext,
        party: WantedParty | None = None,
        expected_version: int | None = None,
    ) -> Result[BookingOutcome]:
        """Return the changed booking; without `slots` or `party` these stay.

        Raises `TooLateToMove`, `TooLateToReduce`, `SlotsNotTogether`, `GuestsNotGiven`,
        `InvalidInput` when it is like that already, `VersionConflict`, and as `PlaceBooking`; for a
        guest `TooManyChanges`.
        """
        loaded = await self.updater.load(org_id, booking_id)
        plan = await self._plan(loaded, slots or loaded.slot_ids, party, context=context)

        def decide(snapshot: BookingSnapshot) -> StatusChange:
            booking = snapshot.booking
            require_status(booking, "move")
            overrides = context.may(Permission.OVERRIDE_POLICY)
            change = _change(
                snapshot,
                plan,
                content=(*slots, *_content(party)),
                repeats=expected_version not in {None, booking.version},
                terms=_terms(snapshot, plan, party, overrides=overrides),
            )
            if change.expected_statuses(booking):
                _require_same(booking, loaded.booking)
                require_few_changes(booking, context)
                if not overrides:
                    _require_terms(snapshot, plan)
            return change

        try:
            return await self.updater(org_id, booking_id, context=context, decide=decide, plan=plan)
        except errors.WrongStatus as error:
            if error.booking_status != "confirmed":
                raise
            # A repeat of the request that changed it would have been answered from its key
            version = (await self.updater.load(org_id, booking_id)).booking.version
            if expected_version not in {None, version}:
                raise VersionConflict(version=version) from error
            raise InvalidInput(
                "The booking is like that already. Choose another time or number of guests.",
                field="slot" if slots else "party",
            ) from error

    async def _plan(
        self,
        loaded: BookingSnapshot,
        slots: tuple[SlotId, ...],
        wanted: WantedParty | None,
        *,
        context: RequestContext,
    ) -> BookingPlan:
        """Plan the booking as it shall be. Other slots are on sale or not, as for any guest."""
        policy, booking = self.updater.policy, loaded.booking
        party = _size(loaded, wanted)
        if set(slots) != set(booking.slots):
            plan = await policy.check(booking.org_id, slots, party=party, context=context)
            if plan.offering.offering_id != booking.offering_id:
                raise errors.SlotsNotTogether("Choose a time of the same offering.")
        else:
            plan = await policy.plan(booking.org_id, slots, party=party)
            why = party_refusal(plan.offering, party) if party != booking.party else None
            if why is not None and not context.may(Permission.OVERRIDE_POLICY):
                raise_refusal(plan.offering, why)
        return _with_guests(plan, booking, wanted)


def _content(wanted: WantedParty | None) -> tuple[object, ...]:
    """What tells the request from one for other guests."""
    match wanted:
        case SoldParty():
            return (wanted.party, *key_of_guests(numbers_of(wanted.guests)))
        case Mapping():
            return key_of_guests(wanted)
        case _:
            return (wanted or "",)


def _size(loaded: BookingSnapshot, wanted: WantedParty | None) -> int:
    """How many come. Raises `GuestsNotGiven` where others come at prices that are not given."""
    if isinstance(wanted, SoldParty):
        return wanted.party
    if isinstance(wanted, Mapping):
        return sum(wanted.values())
    booking, party = loaded.booking, wanted or loaded.booking.party
    if party != booking.party and booking.guests and loaded.offering.price_categories:
        raise errors.GuestsNotGiven
    return party


def _with_guests(plan: BookingPlan, booking: Booking, wanted: WantedParty | None) -> BookingPlan:
    """The plan for these guests at the prices of now, or as they were sold before."""
    offering, before = plan.offering, guests_of(booking.guests)
    match wanted:
        case SoldParty():
            guests = wanted.guests
        case Mapping():
            guests = checked_guests(offering, wanted, party=plan.party, before=before)
        case _:
            guests = guests_repriced(offering.price_categories, before, party=plan.party)
    price = offering.price_of(plan.party, slots=len(plan.slots), guests=guests)
    if isinstance(wanted, SoldParty) and wanted.price_amount is not None:
        price = Money(wanted.price_amount, price.currency)
    return replace(plan, guests=guests, price=price)


def _stays(booking: Booking, plan: BookingPlan) -> bool:
    """Whether a plan is on the slots that the booking has."""
    return set(booking.slots) == set(plan.slot_ids)


def _require_same(booking: Booking, planned: Booking) -> None:
    """Raise `ChangedMeanwhile` when the plan was made for other slots or other guests."""
    now, then = ((one.slots, one.party, one.guest_numbers) for one in (booking, planned))
    if now != then:
        raise errors.ChangedMeanwhile


def _change(
    snapshot: BookingSnapshot,
    plan: BookingPlan,
    *,
    content: tuple[object, ...],
    repeats: bool,
    terms: _Terms,
) -> StatusChange:
    booking = snapshot.booking
    return StatusChange(
        verb="move",
        event=partial(_event, plan),
        content=content,
        only_repeats=repeats,
        releases_current=True,
        takes=plan.slots,
        ignore_closed=_stays(booking, plan) and plan.party <= booking.party,
        changes={
            "party": plan.party,
            "places": plan.places,
            "guests": stored_guests(plan.guests),
            "price_amount": plan.price.amount,
            "free_until": terms.free_until,
            "move_until": terms.move_until,
        },
    )


def _terms(
    snapshot: BookingSnapshot, plan: BookingPlan, wanted: WantedParty | None, *, overrides: bool
) -> _Terms:
    """A guest who moves owes a fee that is due; for one whom staff move, all begins anew.

    What is undone is as it was sold.
    """
    booking = snapshot.booking
    if isinstance(wanted, SoldParty):
        return _Terms(wanted.free_until, wanted.move_until)
    stays = _stays(booking, plan)
    move_until = booking.move_until if stays else None
    if overrides:
        return _Terms(None, move_until)
    if stays:
        return _Terms(booking.free_until, move_until)
    free_until = free_until_after_move(
        snapshot.offering, booking, plan.slots[0].starts_at, now=snapshot.now
    )
    return _Terms(free_until, move_until)


def _event(plan: BookingPlan, before: Booking, after: Booking) -> Event:
    if _stays(before, plan):
        changed = partial(
            PartyChanged,
            from_party=before.party,
            from_guests=guests_of(before.guests),
            guests=plan.guests,
            from_price=before.price_amount,
            from_free_until=before.free_until,
            from_move_until=before.move_until,
            price=after.price_amount,
            currency=after.currency,
        )
        return status_event(changed)(before, after)
    moved = partial(
        Rescheduled,
        from_slots=tuple(before.slots),
        from_starts_at=before.starts_at,
        starts_at=after.starts_at,
        from_party=None if before.party == after.party else before.party,
        from_guests=guests_of(before.guests),
        guests=plan.guests,
        from_price=before.price_amount,
        from_free_until=before.free_until,
        from_move_until=before.move_until,
    )
    return status_event(moved)(before, after)


def _require_terms(snapshot: BookingSnapshot, plan: BookingPlan) -> None:
    """Raise the error of the first of the offering's terms that the change breaks."""
    offering, booking, now = snapshot.offering, snapshot.booking, snapshot.now
    stays = _stays(booking, plan)
    if not stays:
        moving = rescheduling(offering, booking, now=now)
        if not moving.allowed:
            raise errors.TooLateToMove(until=moving.until, zone=snapshot.zone)
    others_pay_less = (
        booking.guests is not None
        and numbers_of(plan.guests) != booking.guest_numbers
        and plan.price.amount < booking.price_amount
    )
    if plan.party < booking.party or others_pay_less:
        terms = shrinking(offering, booking, plan.price, now=now)
        if not terms.allowed:
            raise errors.TooLateToReduce(until=terms.until, zone=snapshot.zone)
    elif plan.party > booking.party and stays:
        if not offering.published:
            raise errors.UnknownSlot
        if now > offering.books_until(booking.starts_at):
            raise_refusal(offering, "slot_past")

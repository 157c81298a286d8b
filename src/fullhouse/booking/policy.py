"""The booking policy: what must be true before a command is sent to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from fullhouse.booking import errors, limits
from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.guests import checked_guests
from fullhouse.booking.ledger.verdicts import error_of
from fullhouse.booking.model.hold_limits import DEFAULT_HOLD_LIMITS, HoldLimits
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.plan import BookingPlan, plan_of
from fullhouse.booking.model.price_categories import GivenGuests
from fullhouse.booking.model.slot import Refusal, SlotId, party_refusal, time_refusal
from fullhouse.booking.ports import Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """Decides what cached data can decide; the ledger decides whether places are free."""

    catalogue: CachedCatalogue
    availability: Availability
    clock: Clock
    hold_limits: HoldLimits = DEFAULT_HOLD_LIMITS

    async def check(
        self,
        org_id: OrgId,
        slots: Sequence[SlotId],
        *,
        party: int,
        context: RequestContext,
        guests: GivenGuests | None = None,
    ) -> BookingPlan:
        """Plan a booking of all `slots` for `party` guests, who may be given by price category.

        Raises `UnknownSlot`, also for one of an offering that is not published, `SlotsNotTogether`,
        `PartyNotAdmitted`, `SlotPast`, `SlotNotOpen`, and as `checked_guests`. A context with
        `override_policy` may book what is not published, a slot that is past or not open yet, or
        a party that guests may not.
        """
        plan = await self.plan(org_id, slots, party=party, guests=guests)
        if not context.may(Permission.OVERRIDE_POLICY):
            if not plan.offering.published:
                raise errors.UnknownSlot
            self._check_offering(plan)
        return plan

    def _check_offering(self, plan: BookingPlan) -> None:
        """Raise what the offering refuses to guests: its first slot is over, its last too far."""
        offering, now, zone = plan.offering, plan.planned_at, plan.zone
        why = time_refusal(offering, plan.slots[0].starts_at, now=now, zone=zone)
        if why is None and len(plan.slots) > 1:
            why = time_refusal(offering, plan.slots[-1].starts_at, now=now, zone=zone)
        why = why or party_refusal(offering, plan.party)
        if why == "slot_not_open":
            raise slot_not_open(plan)
        if why is not None:
            raise_refusal(offering, why)

    async def plan(
        self,
        org_id: OrgId,
        slots: Sequence[SlotId],
        *,
        party: int,
        guests: GivenGuests | None = None,
    ) -> BookingPlan:
        """Plan a booking that no permission can bend: distinct slots of one offering, a party.

        Raises `UnknownSlot`, `SlotsNotTogether`, `PartyNotAdmitted`, and as `checked_guests`.
        """
        if not 1 <= len(set(slots)) == len(slots) <= limits.SLOTS_PER_BOOKING_MAX:
            raise errors.SlotsNotTogether(
                f"Choose between one and {limits.SLOTS_PER_BOOKING_MAX} different times."
            )
        found = await self.catalogue.slots(org_id, slots)
        if len({slot.offering_id for slot in found}) > 1:
            raise errors.SlotsNotTogether
        offering = await self.catalogue.offering_by_id(org_id, found[0].offering_id)
        venue = await self.catalogue.venue(org_id, offering.venue_id)
        if not 1 <= party <= limits.PARTY_MAX:
            raise_refusal(offering, "party_too_small" if party < 1 else "party_too_large")
        sold = checked_guests(offering, guests, party=party)
        now = self.clock.now()
        return plan_of(offering, venue.zone, found, party=party, now=now, guests=sold)

    async def hold_until(self, plan: BookingPlan) -> datetime:
        """Return when a hold of the plan ends: in half the time where a slot runs low."""
        seconds, first, last = plan.offering.hold_seconds, plan.slots[0], plan.slots[-1]
        shown = await self.availability.between(
            plan.offering, first.starts_at, last.starts_at + timedelta.resolution
        )
        planned = frozenset(plan.slot_ids)
        is_low = any(
            slot.slot_id in planned and slot.remaining * limits.LOW_REMAINING_SHARE < slot.capacity
            for slot in shown.slots
        )
        if is_low:
            seconds = max(seconds // 2, limits.HOLD_SECONDS_MIN)
        return plan.planned_at + timedelta(seconds=seconds)

    async def raise_if_unavailable(self, plan: BookingPlan, verdict: Verdict) -> None:
        """Raise `SlotFull` or `SlotClosed` with alternatives when the ledger refused places."""
        if verdict.code not in {"slot_full", "slot_closed"}:
            return
        nearest = await self.availability.nearest(
            plan.offering,
            starts_at=plan.slots[0].starts_at,
            zone=plan.zone,
            party=plan.party,
            without=plan.slot_ids,
        )
        kind: type[errors.SlotFull | errors.SlotClosed] = (
            errors.SlotFull if verdict.code == "slot_full" else errors.SlotClosed
        )
        error = error_of(
            kind,
            verdict,
            offering=plan.offering.slug,
            zone=plan.zone,
            alternatives=nearest,
        )
        (refused,) = [slot for slot in plan.slots if slot.slot_id == error.slot]
        await self.availability.correct(plan.offering, refused, party=plan.party)
        raise error


def slot_not_open(plan: BookingPlan) -> errors.SlotNotOpen:
    """The error of a plan whose last slot cannot be booked yet, with when it can."""
    opens_at = plan.offering.opens_at(plan.slots[-1].starts_at, plan.zone)
    day = opens_at.astimezone(ZoneInfo(plan.zone))
    return errors.SlotNotOpen(
        f"Booking for this time opens on {day:%A, {day.day} %B %Y}.",
        opens_at=opens_at,
        offering=plan.offering.slug,
        zone=plan.zone,
    )


def raise_refusal(offering: Offering, why: Refusal) -> NoReturn:
    """Raise the error of a refusal that the offering's policy gives."""
    if why == "slot_past":
        raise errors.SlotPast(offering=offering.slug)
    assert why in {"party_too_small", "party_too_large"}, f"{why} is for the ledger to say"
    raise errors.PartyNotAdmitted(
        f"Parties start at {offering.party_min} here."
        if why == "party_too_small"
        else f"Parties of up to {offering.party_max} can book here.",
        party_min=offering.party_min,
        party_max=offering.party_max,
    )

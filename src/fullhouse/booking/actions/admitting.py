"""What must be true before the ledger is asked: known slots of one offering, a fitting party."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Never, assert_never

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.actions.answering import error_of
from fullhouse.booking.limits import PARTY_MAX, SLOTS_PER_BOOKING_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot import Refusal, SlotFacts, SlotId, party_refusal
from fullhouse.booking.ports import Alternatives, Catalogue, Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money


class Wanted(msgspec.Struct, frozen=True):
    """Slots of one offering that this party may ask for, in order of time, and their price."""

    offering: Offering
    zone: str
    slots: tuple[BookedSlot, ...]
    slot_ids: tuple[SlotId, ...]
    party: int
    price: Money

    @property
    def facts(self) -> dict[str, object]:
        """What events say of it."""
        return {
            "offering_id": self.offering.offering_id,
            "slots": self.slot_ids,
            "party": self.party,
            "price": self.price.amount,
            "currency": self.price.currency,
        }


@dataclass(frozen=True, slots=True)
class Admission:
    """Decides by remembered facts; what changes from moment to moment is left to the ledger."""

    catalogue: Catalogue
    alternatives: Alternatives
    clock: Clock

    async def admit(
        self, org_id: OrgId, slots: Sequence[SlotId], *, party: int, caller: Caller
    ) -> Wanted:
        """The slots wanted, or `UnknownSlot`, `SlotsNotTogether`, `PartyNotAdmitted`, `SlotPast`.

        Staff may book a slot that is past, or a party that guests may not.
        """
        if not 1 <= len(set(slots)) == len(slots) <= SLOTS_PER_BOOKING_MAX:
            raise errors.SlotsNotTogether(
                f"Choose between one and {SLOTS_PER_BOOKING_MAX} different times."
            )
        facts = await self.catalogue.slots(org_id, slots)
        if len({slot.offering_id for slot in facts}) > 1:
            raise errors.SlotsNotTogether
        offering = await self.catalogue.offering_by_id(org_id, facts[0].offering_id)
        venue = await self.catalogue.venue(org_id, offering.venue_id)
        if not 1 <= party <= PARTY_MAX:
            refuse_party(offering, "party_too_small" if party < 1 else "party_too_large")
        if not caller.is_staff:
            why = party_refusal(offering, party)
            if why is not None:
                refuse_party(offering, why)
            now = self.clock.now()
            if any(now > offering.books_until(slot.starts_at) for slot in facts):
                raise errors.SlotPast(offering=offering.slug)
        return wanted_of(offering, venue.zone, facts, party=party)

    async def explain(self, wanted: Wanted, verdict: Verdict) -> None:
        """When places were refused, say what would have fitted instead: raises `SlotFull`."""
        if verdict.say not in _TAKEN:
            return
        kind: type[errors.SlotFull | errors.SlotClosed] = (
            errors.SlotFull if verdict.say == "slot_full" else errors.SlotClosed
        )
        nearest = await self.alternatives.nearest(
            wanted.offering,
            starts_at=wanted.slots[0].starts_at,
            party=wanted.party,
            without=wanted.slot_ids,
        )
        raise error_of(
            kind,
            verdict,
            offering=wanted.offering.slug,
            zone=wanted.zone,
            alternatives=nearest,
        )


def wanted_of(offering: Offering, zone: str, facts: Sequence[SlotFacts], *, party: int) -> Wanted:
    """Worked out once: the command, its event and its answer all say it."""
    ordered = sorted(facts, key=lambda slot: slot.starts_at) if len(facts) > 1 else facts
    return Wanted(
        offering,
        zone,
        slots=tuple([BookedSlot(s.slot_id, s.starts_at, s.ends_at) for s in ordered]),
        slot_ids=tuple([s.slot_id for s in ordered]),
        party=party,
        price=offering.price_of(party, slots=len(facts)),
    )


def refuse_party(offering: Offering, why: Refusal) -> Never:
    """Say which parties are admitted."""
    match why:
        case "party_too_small":
            words = f"Parties start at {offering.party_min} here."
        case "party_too_large":
            words = f"Parties of up to {offering.party_max} can book here."
        case "slot_closed" | "slot_past" | "slot_full":
            raise AssertionError(why)
        case _:
            assert_never(why)
    raise errors.PartyNotAdmitted(words, party_min=offering.party_min, party_max=offering.party_max)


_TAKEN: Final = ("slot_full", "slot_closed")

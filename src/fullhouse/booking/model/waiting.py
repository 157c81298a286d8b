"""Entries of waiting lists, and the choice of entries that freed places are offered to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal, NewType, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking.limits import UNANSWERED_OFFERS_ADMITTED
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId

E = TypeVar("E", bound="WaitingEntry")

_HALVINGS_MAX: Final = 20

WaitingEntryId = NewType("WaitingEntryId", UUID)
EntryStatus = Literal["waiting", "offered", "booked", "lapsed", "left"]
EntryVerb = Literal["offer", "accept", "decline", "lapse", "leave"]
ENTRY_TRANSITIONS: Final[Mapping[EntryVerb, tuple[EntryStatus, EntryStatus]]] = {
    "offer": ("waiting", "offered"),
    "accept": ("offered", "booked"),
    "decline": ("offered", "left"),
    "lapse": ("offered", "lapsed"),
    "leave": ("waiting", "left"),
}
"""Every change of an entry's status, as (before, after)."""


class WaitingEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A party that waits for a slot; `booking_id` is the hold that it was offered."""

    org_id: OrgId
    entry_id: UUID
    slot_id: SlotId
    offering_id: OfferingId
    status: EntryStatus
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    locale: str
    booking_id: UUID | None = None
    client: UUID | None = None
    """Who waits, see `HoldLimits`; written with a guest's entry, and never read into this."""


class OfferCandidate(WaitingEntry, frozen=True):
    """An entry that waits, with the offers that were left unanswered lately."""

    unanswered_by_customer: int = 0
    unanswered_in_slot: int = 0


def offer_length(offering: Offering, candidate: OfferCandidate) -> timedelta:
    """How long places are kept for an offer.

    Nobody has proved an address, so an offer may go to none, again and again. Each that an address
    left unanswered halves its next one, and so do those in the slot from the third on. None is
    shorter than a hold, which anybody may place.
    """
    longest = timedelta(minutes=offering.waiting_offer_minutes)
    unanswered = max(
        candidate.unanswered_by_customer,
        candidate.unanswered_in_slot - UNANSWERED_OFFERS_ADMITTED,
        0,
    )
    shortest = min(longest, timedelta(seconds=offering.hold_seconds))
    return max(longest / (1 << min(unanswered, _HALVINGS_MAX)), shortest)


def choose_offers(entries: Sequence[E], free: int) -> list[E]:
    """Choose entries for `free` places: in order of arrival, each that fits into what is left.

    A large party at the head does not block a small one behind it, and keeps its turn.
    """
    chosen = []
    for entry in entries:
        if entry.party <= free:
            chosen.append(entry)
            free -= entry.party
    return chosen

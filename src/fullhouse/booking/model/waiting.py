"""Entries of waiting lists, and the choice of entries that freed places are offered to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NewType, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking.limits import (
    UNANSWERED_OFFERS_ADMITTED,
    WAITING_OFFER_HOURS_MAX,
    WAITING_OFFER_SHARE,
)
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId

E = TypeVar("E", bound="WaitingEntry")

_HALVINGS_MAX: Final = 20
_MINUTE: Final = timedelta(minutes=1)

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
    """A party that waits for a slot; `booking_id` is the hold that it was offered.

    One that waits for any time of a day has the slot that it chose first, then the one offered.
    """

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
    day_starts_at: datetime | None = None
    day_ends_at: datetime | None = None
    """The day at the venue, where any time of it will do."""
    client: UUID | None = None
    """Who waits, see `HoldLimits`; written with a guest's entry, and never read into this."""


class OfferCandidate(WaitingEntry, frozen=True):
    """An entry that waits, with the offers that were left unanswered lately."""

    unanswered_by_customer: int = 0
    unanswered_in_slot: int = 0


def longest_offer(offering: Offering, starts_at: datetime, *, now: datetime) -> timedelta:
    """How long places are kept for an offer at most: the longer, the further ahead the slot is.

    Who waits for a day in weeks need not look at mails by the minute. The offering's own setting is
    the least.
    """
    by_distance = (offering.books_until(starts_at) - now) / WAITING_OFFER_SHARE
    return max(
        timedelta(minutes=offering.waiting_offer_minutes),
        min(by_distance, timedelta(hours=WAITING_OFFER_HOURS_MAX)),
    )


def offer_length(
    offering: Offering, candidate: OfferCandidate, starts_at: datetime, *, now: datetime
) -> timedelta:
    """How long places are kept for an offer.

    Nobody has proved an address, so an offer may go to none, again and again. Each that an address
    left unanswered halves its next one, and so do those in the slot from the third on. None is
    shorter than a hold, which anybody may place. Whole minutes, as people read them.
    """
    longest = longest_offer(offering, starts_at, now=now)
    unanswered = max(
        candidate.unanswered_by_customer,
        candidate.unanswered_in_slot - UNANSWERED_OFFERS_ADMITTED,
        0,
    )
    shortest = min(longest, timedelta(seconds=offering.hold_seconds))
    length = longest / (1 << min(unanswered, _HALVINGS_MAX))
    return max(length // _MINUTE * _MINUTE, shortest)


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

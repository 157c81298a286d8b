"""Entries of waiting lists, and the choice of entries that freed places are offered to."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NewType
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId

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


def choose_offers(entries: Sequence[WaitingEntry], free: int) -> list[WaitingEntry]:
    """Choose entries for `free` places: in order of arrival, each that fits into what is left.

    A large party at the head does not block a small one behind it, and keeps its turn.
    """
    chosen = []
    for entry in entries:
        if entry.party <= free:
            chosen.append(entry)
            free -= entry.party
    return chosen

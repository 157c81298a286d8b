"""Who waits for a slot that is full, and who of them is offered places that became free."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.model.commands import WaitingStatus
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A party that waits for one slot; `booking_id` is the hold it was offered, once it was."""

    org_id: OrgId
    entry_id: UUID
    slot_id: SlotId
    offering_id: OfferingId
    status: WaitingStatus
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    locale: str
    booking_id: UUID | None


def offers(entries: Sequence[WaitingEntry], free: int) -> list[WaitingEntry]:
    """Who is offered `free` places: in order of arrival, each who fits in what is still left.

    A large party at the head does not block a small one behind it, and keeps its turn.
    """
    chosen = []
    for entry in entries:
        if entry.party <= free:
            chosen.append(entry)
            free -= entry.party
    return chosen

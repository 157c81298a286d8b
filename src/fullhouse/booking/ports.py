"""What actions need from beyond them: the ledger, remembered facts, and nearby slots that fit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.commands import Command, Say
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.outcomes import BookedSlot, Outcome
from fullhouse.booking.model.slot import Alternative, SlotFacts, SlotId
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import Venue


class Verdict(msgspec.Struct, frozen=True):
    """What the ledger says: `outcome` when the command was done, now or before; else `facts`."""

    say: Say
    facts: dict[str, object]
    outcome: Outcome | None


class Ledger(Protocol):
    """The one place where places are taken and freed."""

    async def submit(self, command: Command) -> Verdict:
        """Commit it with others that wait; every outcome is durable before it is returned.

        Raises `Overloaded` at once when the queue is full, `DeadlineExceeded` when its turn did
        not come in time, `OutcomeUnknown` when the connection broke and could not be mended in
        time (ask again with the same key), `LedgerRefused` when a constraint forbids it.
        """
        ...


class Catalogue(Protocol):
    """Facts that rarely or never change, remembered."""

    async def offering(self, org_id: OrgId, slug: str) -> Offering:
        """Raises `UnknownOffering`."""
        ...

    async def offering_by_id(self, org_id: OrgId, offering_id: OfferingId) -> Offering:
        """Raises `UnknownOffering`."""
        ...

    async def venue(self, org_id: OrgId, venue_id: UUID) -> Venue: ...

    async def slots(self, org_id: OrgId, slot_ids: Sequence[SlotId]) -> tuple[SlotFacts, ...]:
        """In the order asked for; raises `UnknownSlot`."""
        ...

    async def slots_of(self, booking: Booking) -> tuple[BookedSlot, ...]:
        """The slots that a booking has, or had last."""
        ...


class Alternatives(Protocol):
    """Finds slots that fit, nearest in time first."""

    async def nearest(
        self, offering: Offering, *, starts_at: datetime, party: int, without: Sequence[SlotId]
    ) -> tuple[Alternative, ...]: ...

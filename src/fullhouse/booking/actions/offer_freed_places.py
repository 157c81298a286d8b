"""Offer freed places: who has waited longest and fits gets a hold, with time to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fullhouse.booking.actions.admitting import Admission
from fullhouse.booking.actions.answering import key_of
from fullhouse.booking.actions.creating import NewBooking, creation
from fullhouse.booking.limits import WAITING_OFFERS_MAX
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.requests import Caller, Customer
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.waiting import WaitingEntry, offers
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database

OFFER_PLACES: Final = "offer_places"
"""The kind of job that does it; its subject is the slot."""


@dataclass(frozen=True, slots=True)
class OfferFreedPlaces:
    """Turns free places of a slot into timed offers to those who wait for it."""

    admission: Admission
    database: Database
    ledger: Ledger
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, slot_id: SlotId, *, caller: Caller) -> int:
        """How many parties were offered places; raises what `Ledger.submit` raises.

        It looks again until nobody who waits fits into what is left, or nobody got an offer. Run
        again, it finds nothing left to offer: the offers have taken the places.
        """
        offered = 0
        while more := await self._offer(await self._chosen(org_id, slot_id), caller):
            offered += more
        return offered

    async def _offer(self, chosen: Sequence[WaitingEntry], caller: Caller) -> int:
        offered = 0
        for entry in chosen:
            wanted = await self.admission.admit(
                entry.org_id, (entry.slot_id,), party=entry.party, caller=caller
            )
            until = self.clock.now() + timedelta(minutes=wanted.offering.waiting_offer_minutes)
            command = creation(
                NewBooking(
                    BookingId(self.ids.uuid()),
                    wanted,
                    Customer(entry.customer_name, entry.customer_email, entry.customer_phone),
                    entry.locale,
                    expires_at=min(until, wanted.slots[0].starts_at),
                    entry_id=entry.entry_id,
                ),
                caller,
                key_of(entry.org_id, caller, "offer", entry.entry_id),
                ids=self.ids,
            )
            verdict = await self.ledger.submit(command)
            offered += verdict.say == "done"
        return offered

    async def _chosen(self, org_id: OrgId, slot_id: SlotId) -> list[WaitingEntry]:
        async with self.database.session() as session:
            room = await session.fetch_value(
                "booking.slot_room", int, org_id=org_id, slot_id=slot_id, now=self.clock.now()
            )
            if not room:
                return []
            entries = await session.fetch(
                "booking.waiting_for_slot",
                WaitingEntry,
                org_id=org_id,
                slot_id=slot_id,
                room=room,
                limit=WAITING_OFFERS_MAX,
            )
        return offers(entries, room)

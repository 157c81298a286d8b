"""Offer freed places to the waiting list: a hold for each entry that fits, in order of arrival."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.ledger.commands import (
    BookingDetails,
    create_booking_command,
    idempotency_key,
    new_outcome,
)
from fullhouse.booking.ledger.together import submit_together
from fullhouse.booking.model.commands import CreateBookingCommand, Take, VerdictCode
from fullhouse.booking.model.plan import BookingPlan
from fullhouse.booking.model.requests import Customer
from fullhouse.booking.model.slot import SlotId, time_refusal
from fullhouse.booking.model.waiting import OfferCandidate, choose_offers, offer_length
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger, Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.storage.database import Database

OFFER_PLACES: Final = "offer_places"
"""The kind of job that makes the offers; its subject is the slot."""
_MOVED_ON: Final = frozenset[VerdictCode]({"done", "replayed", "wrong_status"})
"""Verdicts after which an entry waits no more."""


@dataclass(frozen=True, slots=True)
class _EarlierSlot:
    org_id: OrgId
    slot_id: SlotId
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class OfferFreedPlaces:
    """Turns free places of a slot into timed offers to its waiting list."""

    policy: BookingPolicy
    database: Database
    ledger: Ledger
    clock: Clock
    ids: Ids

    async def __call__(self, org_id: OrgId, slot_id: SlotId, *, context: RequestContext) -> int:
        """Return the number of offers; raises what `Ledger.submit` raises.

        Who waits for any time of the day is offered the first that fits, so the slots before this
        one come first. Running it again offers nothing more: the offers have taken the places.
        """
        offered = 0
        for earlier in await self._earlier_slots(org_id, slot_id):
            offered += await self._offer_slot(org_id, earlier.slot_id, context)
        return offered + await self._offer_slot(org_id, slot_id, context)

    async def _offer_slot(self, org_id: OrgId, slot_id: SlotId, context: RequestContext) -> int:
        """Look again until no entry fits into the places left, or none got an offer.

        An entry that was offered places of another slot at the same moment leaves its turn.
        """
        offered = 0
        while entries := await self._entries(org_id, slot_id):
            verdicts = [verdict.code for verdict in await self._offer(entries, slot_id, context)]
            offered += verdicts.count("done")
            if not _MOVED_ON.intersection(verdicts):
                break
        return offered

    async def _offer(
        self, entries: Sequence[OfferCandidate], slot_id: SlotId, context: RequestContext
    ) -> list[Verdict]:
        """Send one command for each entry, all at once, so that they share commits.

        No offer is made later than a guest may book, or of an offering that is not published. The
        size of the party was judged when it joined, by the permissions of the caller of that time.
        """
        plans = [
            await self.policy.plan(entry.org_id, (slot_id,), party=entry.party) for entry in entries
        ]
        first = plans[0]
        offering, starts_at = first.offering, first.slots[0].starts_at
        refused = time_refusal(offering, starts_at, now=self.clock.now(), zone=first.zone)
        if refused is not None or not offering.published:
            return []
        commands = [
            self._command(entry, plan, context) for entry, plan in zip(entries, plans, strict=True)
        ]
        return await submit_together(
            self.ledger,
            [
                (command, new_outcome(command.new_booking, plan))
                for command, plan in zip(commands, plans, strict=True)
            ],
        )

    def _command(
        self, entry: OfferCandidate, plan: BookingPlan, context: RequestContext
    ) -> CreateBookingCommand:
        starts_at, now = plan.slots[0].starts_at, self.clock.now()
        until = now + offer_length(plan.offering, entry, starts_at, now=now)
        command = create_booking_command(
            plan,
            BookingDetails(
                Customer(entry.customer_name, entry.customer_email, entry.customer_phone),
                entry.locale,
                expires_at=min(until, starts_at),
                entry_id=entry.entry_id,
            ),
            context,
            key=idempotency_key(entry.org_id, context, "offer", entry.entry_id),
            ids=self.ids,
        )
        if entry.slot_id in plan.slot_ids:
            return command
        # Its own slot is locked too, as for leaving: no two offers, nor one and a leave, pass there
        return msgspec.structs.replace(command, takes=(*command.takes, Take(entry.slot_id)))

    async def _earlier_slots(self, org_id: OrgId, slot_id: SlotId) -> list[_EarlierSlot]:
        async with self.database.session() as session:
            return await session.fetch(
                "booking.earlier_slots_with_room",
                _EarlierSlot,
                org_id=org_id,
                slot_id=slot_id,
                now=self.clock.now(),
                limit=limits.EARLIER_SLOTS_MAX,
            )

    async def _entries(self, org_id: OrgId, slot_id: SlotId) -> list[OfferCandidate]:
        async with self.database.session() as session:
            room = await session.fetch_value(
                "booking.slot_room", int, org_id=org_id, slot_id=slot_id, now=self.clock.now()
            )
            if not room:
                return []
            entries = await session.fetch(
                "booking.entries_for_slot",
                OfferCandidate,
                org_id=org_id,
                slot_id=slot_id,
                room=room,
                since=self.clock.now() - timedelta(days=limits.UNANSWERED_OFFERS_DAYS),
                limit=limits.WAITING_OFFERS_MAX,
            )
        return choose_offers(entries, room)

"""Reactions of booking to events: places that became free are offered to the waiting list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES
from fullhouse.booking.events import (
    ROOM_EVENTS,
    offering_of_waited_day,
    offering_with_room,
    slots_with_room,
)
from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.jobs.events import RelayedEvent, Subscriber
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


@dataclass(frozen=True, slots=True)
class SlotWithWaitingList:
    """A slot with a waiting list."""

    org_id: OrgId
    slot_id: UUID


async def enqueue_offers(session: Session, happened: Sequence[RelayedEvent]) -> None:
    """Enqueue an offer for each slot with a waiting list that may have room now."""
    freed: dict[tuple[UUID, UUID], RelayedEvent] = {}
    for event in happened:
        for slot in await _slots_with_room(session, event):
            freed[event.org_id, slot] = event
    slots = await session.fetch(
        "booking.slots_with_waiting_list",
        SlotWithWaitingList,
        org_ids=[org_id for org_id, _ in freed],
        slot_ids=[slot_id for _, slot_id in freed],
    )
    await enqueue(
        session,
        [
            EffectRequest(
                org_id=event.org_id,
                key=f"{OFFER_PLACES}/{slot.slot_id}/{event.seq}",
                kind=OFFER_PLACES,
                subject=slot.slot_id,
                correlation_id=event.correlation_id,
            )
            for slot in slots
            for event in [freed[slot.org_id, slot.slot_id]]
        ],
    )


async def _slots_with_room(session: Session, event: RelayedEvent) -> Sequence[UUID]:
    offering_id = offering_with_room(event.kind, event.payload)
    if offering_id is not None:
        found = await session.fetch(
            "booking.waiting_list_slots_of_offering",
            SlotWithWaitingList,
            org_id=event.org_id,
            offering_id=offering_id,
        )
        return [slot.slot_id for slot in found]
    slots = slots_with_room(event.kind, event.payload)
    offering_id = offering_of_waited_day(event.kind, event.payload)
    if offering_id is None:
        return slots
    of_days = await session.fetch(
        "booking.slots_of_waited_days",
        SlotWithWaitingList,
        org_id=event.org_id,
        offering_id=offering_id,
    )
    return [*slots, *(slot.slot_id for slot in of_days)]


def waiting_list_subscriber() -> Subscriber:
    """Return the subscriber to events that free places or extend a waiting list."""
    return Subscriber(
        name="waiting_list",
        events=ROOM_EVENTS,
        apply=enqueue_offers,
    )

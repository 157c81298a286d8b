"""Apply a slot plan: scheduling decides what an offering's slots shall be, booking writes it.

Slots are locked in the order of their ids, as the ledger locks them, so that neither waits for the
other in a ring. What is planned is read again under those locks: see `scheduling.materialisation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fullhouse.booking.events import SlotOffSchedule, SlotsMaterialised
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ExistingSlot, SlotPlan, TargetSlot
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.kernel.timespan import Timespan
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class _Id:
    slot_id: SlotId


async def existing_slots(
    session: Session, org_id: OrgId, offering_id: OfferingId, *, window: Timespan
) -> list[ExistingSlot]:
    """The slots of an offering's schedules that start in `window`, in order of time.

    `is_referenced` is not filled in: see `with_references`.
    """
    return await session.fetch(
        "booking.existing_slots",
        ExistingSlot,
        org_id=org_id,
        offering_id=offering_id,
        first=window.start,
        last=window.end,
    )


async def lock_slots(
    session: Session, org_id: OrgId, slot_ids: Sequence[SlotId]
) -> frozenset[SlotId]:
    """Lock slots until the transaction ends; those that still exist."""
    if not slot_ids:
        return frozenset()
    rows = await session.fetch("booking.lock_slots", _Id, org_id=org_id, slot_ids=sorted(slot_ids))
    return frozenset(row.slot_id for row in rows)


async def with_references(
    uow: UnitOfWork, slots: Sequence[ExistingSlot], window: Timespan, *, longest: timedelta
) -> list[ExistingSlot]:
    """`slots`, each with whether a booking or waiting-list entry refers to it, ended ones too.

    A booking starts with the first of its slots, which lie no further apart than `longest`.
    """
    rows = await uow.session.fetch(
        "booking.referenced_slots",
        _Id,
        org_id=uow.org_id,
        slot_ids=[slot.slot_id for slot in slots],
        since=window.start - longest,
        until=window.end,
    )
    referenced = frozenset(row.slot_id for row in rows)
    return [
        replace(slot, is_referenced=slot.slot_id in referenced)
        async for piece in uow.session.turns.pieces(slots)
        for slot in piece
    ]


async def apply_slot_plan(uow: UnitOfWork, offering_id: OfferingId, plan: SlotPlan) -> None:
    """Delete, change and create slots as planned, and record it where anything changed."""
    if plan.is_empty:
        return
    await _write(uow, offering_id, plan)
    uow.record(
        offering_id,
        SlotsMaterialised(
            offering_id=offering_id,
            created=len(plan.create),
            changed=len(plan.change),
            closed=len(plan.close),
            reopened=len(plan.reopen),
            dropped=len(plan.drop),
            off_schedule=len(plan.off_schedule),
            # A customer who begins to wait after the locks is offered places by her own event
            slots=tuple([change.slot.slot_id for change in plan.with_new_capacity]),
            days=tuple(sorted(plan.days)),
        ),
    )
    for change in plan.off_schedule:
        uow.record(
            change.slot.slot_id,
            SlotOffSchedule(
                offering_id=offering_id,
                starts_at=change.slot.starts_at,
                taken=change.slot.taken,
                reason=change.reason,
            ),
        )


async def _write(uow: UnitOfWork, offering_id: OfferingId, plan: SlotPlan) -> None:
    async for dropped in uow.session.turns.pieces(plan.drop):
        await uow.session.execute(
            "booking.drop_slots", org_id=uow.org_id, slot_ids=[slot.slot_id for slot in dropped]
        )
    async for changed in uow.session.turns.pieces(plan.change):
        await uow.session.execute(
            "booking.change_slots",
            org_id=uow.org_id,
            slot_ids=[change.slot.slot_id for change in changed],
            schedule_ids=[change.schedule_id for change in changed],
            capacities=[change.capacity for change in changed],
            states=[change.state for change in changed],
            reasons=[change.reason for change in changed],
            off_schedule=[change.off_schedule for change in changed],
            at=uow.now,
        )
    async for created in uow.session.turns.pieces(plan.create):
        await uow.session.execute(
            "booking.create_slots",
            org_id=uow.org_id,
            offering_id=offering_id,
            slot_ids=[slot_id_of(uow.org_id, offering_id, slot) for slot in created],
            schedule_ids=[slot.schedule_id for slot in created],
            starts=[slot.starts_at for slot in created],
            ends=[slot.ends_at for slot in created],
            capacities=[slot.capacity for slot in created],
            states=[slot.state for slot in created],
            reasons=[slot.reason for slot in created],
        )


def slot_id_of(org_id: OrgId, offering_id: OfferingId, slot: TargetSlot) -> SlotId:
    """The id of a span of an offering: the same for every process, at every time.

    The end belongs to it, because caches keep the times of a slot by its id for ever.
    """
    span = f"{slot.starts_at.isoformat()}/{slot.ends_at.isoformat()}"
    return SlotId(derived_id("slot", str(org_id), str(offering_id), span))

"""What an owner sees of schedules, and of slots that need a look."""

from datetime import datetime
from uuid import UUID

from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling.limits import SCHEDULES_LISTED_MAX, SLOTS_NEEDING_REVIEW_MAX
from fullhouse.scheduling.model.schedule import ListedSchedule, PlannedSlot, Schedule
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.storage.database import Session


async def slots_off_schedule(
    session: Session, org_id: OrgId, *, now: datetime
) -> list[SlotNeedingReview]:
    """What the owner must look at, the soonest first; at most `SLOTS_NEEDING_REVIEW_MAX`."""
    return await session.fetch(
        "scheduling.slots_needing_review",
        SlotNeedingReview,
        org_id=org_id,
        now=now,
        count=SLOTS_NEEDING_REVIEW_MAX,
    )


async def schedules_of_offering(
    session: Session, org_id: OrgId, offering_id: OfferingId
) -> list[Schedule]:
    """An offering's schedules in the order in which they were added."""
    return await session.fetch(
        "scheduling.schedules_of_offering", Schedule, org_id=org_id, offering_id=offering_id
    )


async def next_time(
    session: Session, org_id: OrgId, offering_id: OfferingId, *, after: datetime
) -> datetime | None:
    """The first time of an offering from `after` on, whether or not it has a slot already."""
    return await session.fetch_value(
        "scheduling.next_time", datetime, org_id=org_id, offering_id=offering_id, after=after
    )


async def schedules_listed(
    session: Session,
    org_id: OrgId,
    *,
    slug: str | None = None,
    schedule_id: UUID | None = None,
) -> list[ListedSchedule]:
    """The schedules of one offering or of all; at most `SCHEDULES_LISTED_MAX`."""
    return await session.fetch(
        "scheduling.schedules_listed",
        ListedSchedule,
        org_id=org_id,
        slug=slug,
        schedule_id=schedule_id,
        count=SCHEDULES_LISTED_MAX,
    )


async def slots_of_schedule(
    session: Session, org_id: OrgId, schedule: tuple[OfferingId, UUID], *, now: datetime
) -> list[PlannedSlot]:
    """Its coming slots, in order of time; at most `SLOTS_NEEDING_REVIEW_MAX`."""
    offering_id, schedule_id = schedule
    return await session.fetch(
        "scheduling.slots_of_schedule",
        PlannedSlot,
        org_id=org_id,
        offering_id=offering_id,
        schedule_id=schedule_id,
        now=now,
        count=SLOTS_NEEDING_REVIEW_MAX,
    )

"""What an owner sees of schedules, and of slots that need a look."""

from datetime import datetime

from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.ids import OrgId
from fullhouse.scheduling.limits import SLOTS_NEEDING_REVIEW_MAX
from fullhouse.scheduling.model.schedule import Schedule
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

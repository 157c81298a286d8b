"""How far guests got: what was measured, with the names of what they looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.funnel import Funnel, funnels
from fullhouse.observability.measurements import durations_of
from fullhouse.people.reads.organisations import organisations
from fullhouse.storage.database import Session


async def read_funnels(
    session: Session, *, days: int, now: datetime, offering_ids: Sequence[str] | None = None
) -> Sequence[Funnel]:
    """Of the last days, by offering and source; of some offerings or of all. Not of one tenant."""
    counted = await durations_of(
        session,
        "funnel_steps",
        since=now - timedelta(days=days),
        until=now,
        first_labels=offering_ids,
    )
    return funnels((labels, sketch.count) for labels, sketch in counted.items())


async def names_of_offerings(session: Session) -> Mapping[str, str]:
    """By id, of all businesses, each after the address of its business."""
    return {
        str(one.offering_id): f"{business.slug}: {one.name}"
        for business in await organisations(session)
        for one in await offerings_of(session, business.org_id)
    }

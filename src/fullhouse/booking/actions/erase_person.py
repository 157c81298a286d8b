"""Erase a person from bookings and waiting lists: the books stay, nobody is named in them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


async def coming(
    session: Session, org_id: OrgId, subjects: Sequence[UUID], *, now: datetime
) -> int:
    """How many of these bookings and waiting-list entries are still to come."""
    found = await session.fetch_value(
        "booking.coming_of_subjects", int, org_id=org_id, subjects=list(subjects), now=now
    )
    return found or 0


async def erase_person(
    uow: UnitOfWork, subjects: Sequence[UUID], *, former: Sequence[UUID]
) -> None:
    """Empty name, address, number, source, answers and note; links given out open nothing more.

    Of `former` bookings, which are somebody else's by now, the source alone.
    """
    for query in (
        "booking.erase_bookings",
        "booking.erase_booking_notes",
        "booking.erase_waiting",
    ):
        await uow.session.execute(query, org_id=uow.org_id, subjects=list(subjects))
    await uow.session.execute("booking.forget_sources", org_id=uow.org_id, subjects=list(former))

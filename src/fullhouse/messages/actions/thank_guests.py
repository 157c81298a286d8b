"""Record of which guests are to be thanked for their visit: the e-mails follow from that.

As reminders are, see `remind_guests`: nothing is lost while no worker runs, and none comes twice.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import ThanksDue
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.change_reminders import StoredRule
from fullhouse.messages.limits import THANKS_DAYS_LATE_MAX, VISIT_DAYS_MAX
from fullhouse.storage.sweeps import for_each_organisation
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_DAY: Final = timedelta(days=1)


class _Thanking(Struct, frozen=True):
    org_id: OrgId


class _EndedVisit(Struct, frozen=True):
    booking_id: UUID
    offering_id: UUID


@dataclass(frozen=True, slots=True)
class ThankGuests:
    """Runs for all organisations that thank, each in a transaction of its own."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self) -> int:
        """How many guests are thanked."""
        async with self.unit_of_work.database.unrestricted.session() as session:
            found = await session.fetch(
                "messages.organisations_that_thank", _Thanking, before=self.unit_of_work.clock.now()
            )
        return sum(await for_each_organisation(found, self._of_organisation))

    async def _of_organisation(self, organisation: _Thanking) -> int:
        async with self.unit_of_work.by_system(organisation.org_id) as uow:
            return await _thank(uow)


async def _thank(uow: UnitOfWork) -> int:
    """After a long time without a worker the oldest visits are let go."""
    rule = await uow.session.fetch_one("messages.lock_contact_rule", StoredRule, org_id=uow.org_id)
    if rule is None:
        return 0
    visits = await uow.session.fetch(
        "messages.thanks_due",
        _EndedVisit,
        org_id=uow.org_id,
        since=max(rule.swept_until, uow.now - THANKS_DAYS_LATE_MAX * _DAY),
        until=uow.now,
        reach=timedelta(hours=rule.thanks_hours) + (VISIT_DAYS_MAX + 1) * _DAY,
    )
    for visit in visits:
        uow.record(visit.booking_id, ThanksDue(offering_id=visit.offering_id))
    await uow.session.execute("messages.sweep_thanks", org_id=uow.org_id, until=uow.now)
    return len(visits)

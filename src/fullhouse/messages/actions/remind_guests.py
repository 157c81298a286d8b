"""Record of which bookings guests are to be reminded: the e-mails follow from that.

Every minute takes what became due since the last time, however long ago, so no reminder is lost
while no worker runs, and none comes twice. A booking that is moved is reminded of at its new time.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.events import ReminderDue
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.model.reminders import REMINDERS, ReminderRule
from fullhouse.storage.sweeps import for_each_organisation
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


class _Organisation(Struct, frozen=True):
    org_id: OrgId


class _DueBooking(Struct, frozen=True):
    booking_id: UUID
    offering_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class RemindGuests:
    """Runs for all organisations, each in a transaction of its own."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self) -> int:
        """How many guests are reminded."""
        async with self.unit_of_work.database.unrestricted.session() as session:
            found = await session.fetch(
                "messages.organisations_that_remind",
                _Organisation,
                before=self.unit_of_work.clock.now(),
            )
        return sum(await for_each_organisation(found, self._of_organisation))

    async def _of_organisation(self, organisation: _Organisation) -> int:
        async with self.unit_of_work.by_system(organisation.org_id) as uow:
            return await _remind(uow)


async def _remind(uow: UnitOfWork) -> int:
    """Two rules that are due at once remind of a booking once: the nearer one."""
    rules = await uow.session.fetch("messages.lock_reminders", ReminderRule, org_id=uow.org_id)
    due: dict[UUID, ReminderDue] = {}
    for rule in sorted(rules, key=lambda one: list(REMINDERS).index(one.reminder)):
        reminder = REMINDERS[rule.reminder]
        bookings = await uow.session.fetch(
            "messages.reminders_due",
            _DueBooking,
            org_id=uow.org_id,
            reminder=rule.reminder,
            days=reminder.days,
            hours=reminder.hours,
            since=rule.swept_until,
            until=uow.now,
        )
        for one in bookings:
            due[one.booking_id] = ReminderDue(
                offering_id=one.offering_id, reminder=rule.reminder, starts_at=one.starts_at
            )
    for booking_id, event in due.items():
        uow.record(booking_id, event)
    await uow.session.execute("messages.sweep_reminders", org_id=uow.org_id, until=uow.now)
    return len(due)

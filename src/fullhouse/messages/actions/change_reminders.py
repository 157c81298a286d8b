"""Change when guests of a business are reminded of their booking."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullhouse.kernel.errors import VersionConflict
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.events import RemindersChanged
from fullhouse.messages.model.reminders import ReminderRule, ReminderSettings, known_reminders
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


async def reminder_settings(session: Session, org_id: OrgId) -> ReminderSettings:
    rules = await session.fetch("messages.reminders_of", ReminderRule, org_id=org_id)
    return ReminderSettings(org_id, known_reminders([rule.reminder for rule in rules]))


@dataclass(frozen=True, slots=True)
class ChangeReminders:
    """A reminder that is new begins now: nobody is reminded of what was due before."""

    async def __call__(
        self, uow: UnitOfWork, names: Sequence[str], *, expected_version: int | None = None
    ) -> ReminderSettings:
        """Raises `InvalidInput` and `VersionConflict`."""
        reminders = known_reminders(names)
        await locked_organisation(uow.session, uow.org_id)
        current = await reminder_settings(uow.session, uow.org_id)
        if expected_version not in {None, current.version}:
            raise VersionConflict(version=current.version)
        if reminders == current.reminders:
            return current
        await uow.session.execute(
            "messages.remove_reminders", org_id=uow.org_id, reminders=list(reminders)
        )
        for reminder in reminders:
            await uow.session.execute(
                "messages.add_reminder", org_id=uow.org_id, reminder=reminder, at=uow.now
            )
        uow.record(uow.org_id, RemindersChanged(reminders=reminders))
        return ReminderSettings(uow.org_id, reminders)

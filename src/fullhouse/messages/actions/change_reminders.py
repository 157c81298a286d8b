"""Change when guests of a business are reminded of their booking and thanked for their visit."""

from dataclasses import dataclass
from datetime import datetime, time

from msgspec import Struct, structs

from fullhouse.kernel.errors import VersionConflict
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.events import RemindersChanged
from fullhouse.messages.model.reminders import (
    ContactRules,
    ReminderRule,
    ReminderSettings,
    known_reminders,
)
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class StoredRule(Struct, frozen=True):
    """The row of a business that has ever changed its rules."""

    org_id: OrgId
    quiet_from: time
    quiet_until: time
    thanks_hours: int
    swept_until: datetime
    version: int


async def reminder_settings(session: Session, org_id: OrgId) -> ReminderSettings:
    """Those of a business that never chose any are the defaults, in version 1."""
    found = await session.fetch("messages.reminders_of", ReminderRule, org_id=org_id)
    reminders = known_reminders([rule.reminder for rule in found])
    stored = await session.fetch_one("messages.contact_rule_of", StoredRule, org_id=org_id)
    if stored is None:
        return ReminderSettings(org_id, ContactRules(reminders), version=1)
    rules = ContactRules(reminders, stored.thanks_hours, stored.quiet_from, stored.quiet_until)
    return ReminderSettings(org_id, rules, stored.version)


@dataclass(frozen=True, slots=True)
class ChangeReminders:
    """What is new begins now: nobody is told what was due before."""

    async def __call__(
        self, uow: UnitOfWork, rules: ContactRules, *, expected_version: int | None = None
    ) -> ReminderSettings:
        """Raises `InvalidInput` and `VersionConflict`."""
        rules = structs.replace(rules, reminders=known_reminders(rules.reminders))
        await locked_organisation(uow.session, uow.org_id)
        current = await reminder_settings(uow.session, uow.org_id)
        if expected_version not in {None, current.version}:
            raise VersionConflict(version=current.version)
        if rules == current.rules:
            return current
        reminders = list(rules.reminders)
        await uow.session.execute(
            "messages.remove_reminders", org_id=uow.org_id, reminders=reminders
        )
        for reminder in reminders:
            await uow.session.execute(
                "messages.add_reminder", org_id=uow.org_id, reminder=reminder, at=uow.now
            )
        await uow.session.execute(
            "messages.set_contact_rule",
            org_id=uow.org_id,
            quiet_from=rules.quiet_from,
            quiet_until=rules.quiet_until,
            thanks_hours=rules.thanks_hours,
            at=uow.now,
        )
        uow.record(uow.org_id, RemindersChanged(**structs.asdict(rules)))
        return await reminder_settings(uow.session, uow.org_id)

"""The form of the reminders that guests get before they come."""

from typing import Final

import msgspec

from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_reminders import ChangeReminders, reminder_settings
from fullhouse.messages.model.reminders import REMINDERS, ReminderName, ReminderSettings
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_GROUPS: Final = {
    _("Before guests come"): (
        FormField(
            "reminders",
            _("Remind them"),
            _(
                "By e-mail, and by SMS where you have set that up. Whoever books later than that "
                "is not reminded. Those of days before come between 8 and 20 o'clock."
            ),
            choices=tuple((name, reminder.text) for name, reminder in REMINDERS.items()),
            kind="checkboxes",
        ),
    )
}


class ReminderForm(msgspec.Struct, frozen=True):
    """When guests are reminded."""

    reminders: tuple[ReminderName, ...] = ()


class ReminderPage(msgspec.Struct, frozen=True):
    """Builds the form."""

    change: ChangeReminders

    def form(self) -> blocks.Form[ReminderSettings, ReminderForm]:
        return blocks.Form(
            struct=ReminderForm,
            groups=_GROUPS,
            new_label=_("Reminders"),
            load=_load,
            stored=_stored,
            save=self._save,
            allow=Permission.MANAGE_ORGANISATION,
            is_single=True,
        )

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[ReminderForm]) -> str:
        await self.change(uow, submission.fields.reminders, expected_version=submission.version)
        return ""


async def _load(session: Session, org_id: OrgId, _key: str) -> ReminderSettings | None:
    return await reminder_settings(session, org_id)


def _stored(row: ReminderSettings) -> blocks.Stored[ReminderForm]:
    return blocks.Stored("", row.version, ReminderForm(row.reminders), row.org_id, "")

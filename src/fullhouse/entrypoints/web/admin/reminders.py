"""The form of what guests are told without asking: reminders, thanks, and when not."""

from datetime import time
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_reminders import ChangeReminders, reminder_settings
from fullhouse.messages.limits import THANKS_HOURS_MAX
from fullhouse.messages.model.reminders import (
    QUIET_FROM,
    QUIET_UNTIL,
    REMINDERS,
    ContactRules,
    ReminderName,
    ReminderSettings,
)
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_GROUPS: Final = {
    _("Before guests come"): (
        FormField(
            "reminders",
            _("Remind them"),
            _(
                "By e-mail, and by SMS where you have set that up. Whoever books later than that "
                "is not reminded."
            ),
            choices=tuple((name, reminder.text) for name, reminder in REMINDERS.items()),
            kind="checkboxes",
        ),
    ),
    _("After their visit"): (
        FormField(
            "thanks_hours",
            _("Thank them, and ask how it was, after"),
            _(
                "By e-mail, with a link to a page where they give one to five stars and can write "
                "something. With 0 they get none. Where you check guests in, those who came get "
                "one; else all whose booking is confirmed. They can unsubscribe."
            ),
            unit=_("hours"),
        ),
    ),
    _("Quiet hours"): (
        FormField(
            "quiet_from",
            _("From"),
            _(
                "Reminders and thanks do not come in these hours, by the clock of the venue: they "
                "come just before or after. The same time twice for none."
            ),
        ),
        FormField("quiet_until", _("Until")),
    ),
}


class ReminderForm(msgspec.Struct, frozen=True):
    """What guests are told without asking."""

    reminders: tuple[ReminderName, ...] = ()
    thanks_hours: Annotated[int, Meta(ge=0, le=THANKS_HOURS_MAX)] = 0
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL


class ReminderPage(msgspec.Struct, frozen=True):
    """Builds the form."""

    change: ChangeReminders

    def form(self) -> blocks.Form[ReminderSettings, ReminderForm]:
        return blocks.Form(
            struct=ReminderForm,
            groups=_GROUPS,
            new_label=_("Reminders and thanks"),
            load=_load,
            stored=_stored,
            save=self._save,
            allow=Permission.MANAGE_ORGANISATION,
            is_single=True,
        )

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[ReminderForm]) -> str:
        rules = ContactRules(**msgspec.structs.asdict(submission.fields))
        await self.change(uow, rules, expected_version=submission.version)
        return ""


async def _load(session: Session, org_id: OrgId, _key: str) -> ReminderSettings | None:
    return await reminder_settings(session, org_id)


def _stored(row: ReminderSettings) -> blocks.Stored[ReminderForm]:
    form = ReminderForm(**msgspec.structs.asdict(row.rules))
    return blocks.Stored("", row.version, form, row.org_id, "")

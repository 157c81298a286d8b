"""The form of who gets an overview of the day each morning."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_digest import (
    ChangeDigest,
    DigestSettings,
    digest_members,
    digest_settings,
)
from fullhouse.people.model.contact import readable_address
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_GROUPS: Final = {
    _("Overview of the day by e-mail"): (
        FormField(
            "readers",
            _("Send it to"),
            _(
                "Each morning from seven o'clock by the clock of your first venue: the bookings of "
                "the day, how many people, the places left, new ratings and what needs a look. "
                "Nothing on a day without any. People of the team are listed once they have "
                "confirmed their address, and can stop it by a link in the e-mail."
            ),
            _("Choose among the people listed."),
            kind="checkboxes",
        ),
    )
}


class DigestForm(msgspec.Struct, frozen=True):
    """Who gets it."""

    readers: tuple[UUID, ...] = ()


class DigestPage(msgspec.Struct, frozen=True):
    """Builds the form."""

    change: ChangeDigest

    def form(self) -> blocks.Form[DigestSettings, DigestForm]:
        return blocks.Form(
            struct=DigestForm,
            groups=_GROUPS,
            new_label=_("Daily overview"),
            load=_load,
            stored=_stored,
            save=self._save,
            allow=Permission.MANAGE_ORGANISATION,
            is_single=True,
            choices={"readers": _members},
        )

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[DigestForm]) -> str:
        await self.change(uow, submission.fields.readers, expected_version=submission.version)
        return ""


async def _load(session: Session, org_id: OrgId, _key: str) -> DigestSettings | None:
    return await digest_settings(session, org_id)


async def _members(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await digest_members(session, page.org_id)
    return [
        Choice(str(one.account_id), f"{one.name}, {readable_address(one.email)}") for one in found
    ]


def _stored(row: DigestSettings) -> blocks.Stored[DigestForm]:
    return blocks.Stored("", row.version, DigestForm(row.readers), row.org_id, "")

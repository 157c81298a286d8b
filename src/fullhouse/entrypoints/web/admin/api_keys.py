"""The resource of API keys: list, a new one whose secret is shown once, and the end of one."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.entrypoints.inputs.fields import Name
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each, confirmation
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.typed_text import line_as_meant
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop, pgettext_noop
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.actions.revoke_api_key import RevokeApiKey
from fullhouse.people.errors import TooManyApiKeys, UnknownApiKey
from fullhouse.people.model import ApiKey, KeyId
from fullhouse.people.model.roles import SCOPE_NAMES, ApiKeyScope
from fullhouse.people.reads.keys import api_key_by_id, api_keys
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


def _last_used(row: ApiKey, text: LocaleFormatter) -> str:
    at = row.last_used_at
    return text.listed_time(at) if at else text.translations.gettext("never used")


def _ended(row: ApiKey, text: LocaleFormatter) -> str:
    return text.listed_time(row.revoked_at) if row.revoked_at else ""


_Column = blocks.Column[ApiKey]
_COLUMNS: Final[tuple[_Column, ...]] = (
    _Column("name", _("Name"), lambda row, _text: row.name),
    _Column(
        "scope",
        _("What it may do"),
        lambda row, text: text.translations.gettext(SCOPE_NAMES[row.scope]),
    ),
    _Column("used", _("Last used"), _last_used, "wide"),
    _Column("created", _("Created"), lambda row, text: text.listed_time(row.created_at), "wide"),
    blocks.flag_column(
        "state",
        _("Status"),
        flag=lambda row: row.revoked_at is None,
        names=(_("Valid"), _("Ended")),
    ),
    _Column("ended", _("Ended"), _ended, "csv"),
)
_LEAD: Final = _(
    "A key lets a program work for you, such as a shop on your own website. Give each program a "
    "key of its own, and end it when the program no longer needs it."
)
_FOR_GOOD: Final = _(
    "The program with this key is refused from then on. This cannot be undone: it needs a new key."
)
_TOO_MANY: Final = _("You have as many keys as you can. End one that nobody uses first.")


class ApiKeyForm(msgspec.Struct, frozen=True, kw_only=True):
    """A new key."""

    name: Name
    scope: ApiKeyScope = "read"


class ApiKeyResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    issue: IssueApiKey
    revoke: RevokeApiKey

    def resource(self) -> blocks.AdminResource[ApiKey, ApiKeyForm]:
        allow = Permission.MANAGE_ACCESS
        return blocks.AdminResource(
            "api-keys",
            _("API keys"),
            "key",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=blocks.all_rows(self.unit_of_work.database, api_keys),
                key=lambda row: str(row.key_id),
                lead=lambda page: page.translations.gettext(_LEAD),
                empty=_("No program has a key yet. Add the first one."),
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, _load_row, UnknownApiKey)
            ),
            form=self._form(allow),
            actions=(
                Action(
                    "end",
                    pgettext_noop("key", "End"),
                    None,
                    allow,
                    done=ngettext_noop("%(n)s key was ended.", "%(n)s keys were ended."),
                    fits=lambda row: row.revoked_at is None,
                    form=confirmation(self._end, lead=_FOR_GOOD),
                ),
            ),
            section="team",
        )

    def _form(self, allow: Permission) -> blocks.Form[ApiKey, ApiKeyForm]:
        scopes = tuple(SCOPE_NAMES.items())
        return blocks.Form(
            struct=ApiKeyForm,
            groups={
                _("Which program it is for"): (
                    FormField(
                        "name",
                        _("Name"),
                        _("By which you know the program, such as: Shop on our website."),
                    ),
                    FormField("scope", _("What it may do"), choices=scopes, kind="radio"),
                )
            },
            new_label=_("Add a key"),
            load=_load_row,
            stored=_stored,
            save=self._save,
            allow=allow,
            edits=False,
            refusals={TooManyApiKeys: ("name", _TOO_MANY)},
        )

    async def _save(
        self, uow: UnitOfWork, submission: blocks.Submission[ApiKeyForm]
    ) -> blocks.ShownOnce:
        fields = submission.fields
        name = line_as_meant(fields.name, field="name")
        issued = await self.issue(uow, name=name, scope=fields.scope)
        return blocks.ShownOnce(
            key=str(issued.key.key_id),
            title=_("Your new API key"),
            label=name,
            secret=issued.secret,
            more=_(
                "The program sends it with each request as: Authorization: Bearer, a space, and "
                "the key. If it gets lost, end it and add another."
            ),
        )

    async def _end(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """End each; one that has ended already stays so. Raises `UnknownApiKey`."""
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.revoke(uow, KeyId(uuid_key(key, UnknownApiKey))),
        )


async def _load_row(session: Session, org_id: OrgId, key: str) -> ApiKey | None:
    return await api_key_by_id(session, org_id, KeyId(uuid_key(key, UnknownApiKey)))


def _stored(row: ApiKey) -> blocks.Stored[ApiKeyForm]:
    fields = ApiKeyForm(name=row.name, scope=row.scope)
    return blocks.Stored(row.name, 1, fields, row.key_id, "")

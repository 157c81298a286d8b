"""The resource of the team: members with their roles, and invitations that wait for an answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.model.urls import admin_path, invitation_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.people.actions.change_team import ChangeTeam
from fullhouse.people.errors import (
    AlreadyMember,
    InvitedTooOften,
    LastOwner,
    NotSignedInYet,
    TooManyInvitations,
    UnknownMember,
)
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, INVITATION_DAYS
from fullhouse.people.model.invitations import WorkRole
from fullhouse.people.model.roles import ROLE_NAMES
from fullhouse.people.reads.team import TeamEntry, team, team_entry
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


def _seen(row: TeamEntry, text: LocaleFormatter) -> str:
    if row.seen_at is None:
        return ""
    when = text.listed_time(row.seen_at)
    gettext = text.translations.gettext
    return when if row.is_member else gettext("can accept until %(until)s", until=when)


_REMOVED: Final = ngettext_noop("%(n)s person was removed.", "%(n)s people were removed.")
_SIGNED_OUT: Final = ngettext_noop("%(n)s person was signed out.", "%(n)s people were signed out.")
_REFUSALS: Final[Mapping[type[FullhouseError], tuple[str, str]]] = {
    AlreadyMember: ("email", _("Somebody with this address works here already.")),
    TooManyInvitations: (
        "email",
        _("%(limit)s invitations are open, which is as many as can be. Remove one first."),
    ),
    InvitedTooOften: (
        "email",
        _("You have invited as often as you can within a day. Invite again tomorrow."),
    ),
    LastOwner: (
        "role",
        _("A business needs an owner. Make somebody else an owner first."),
    ),
}
_BY_EMAIL: Final = _("We send a link with which the person chooses a password.")
_BY_HAND: Final = _(
    "On the next page there is a link for you to hand over, with which the person chooses a "
    "password. The person signs in with this address."
)
assert INVITATION_DAYS == 7, "the page of a link says so"  # noqa: PLR2004 - as it is written there
_Column = blocks.Column[TeamEntry]
_COLUMNS: Final[tuple[_Column, ...]] = (
    _Column("name", _("Name"), lambda row, _text: row.title),
    _Column("email", _("E-mail"), lambda row, _text: row.email, "wide"),
    _Column("role", _("Role"), lambda row, text: text.translations.gettext(ROLE_NAMES[row.role])),
    _Column(
        "state",
        _("Status"),
        lambda row, text: text.translations.gettext(row.state_name),
        tone=lambda row: "good" if row.can_work else "muted",
    ),
    _Column("seen", _("Last seen"), _seen, "wide"),
)
_ROLES: Final = tuple((role, ROLE_NAMES[role]) for role in ("staff", "admin", "owner"))


class TeamForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite, and the role that she gets."""

    email: Annotated[str, Meta(max_length=EMAIL_CHARACTERS_MAX)] = ""
    """Empty for a member who always comes in by a link of the operator."""
    role: WorkRole = "staff"


class TeamResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    change_team: ChangeTeam
    sends_email: bool
    """Without a mail server the links of invitations are handed over."""
    base_url: str

    def resource(self) -> blocks.AdminResource[TeamEntry, TeamForm]:
        allow = Permission.MANAGE_ACCESS
        return blocks.AdminResource(
            "team",
            _("Team"),
            "people",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=blocks.all_rows(self.unit_of_work.database, self._team),
                key=lambda row: str(row.entry_id),
                empty=_("Nobody works here yet. Invite the first person."),
            ),
            form=self._form(allow),
            links=_program_links,
            actions=(
                Action(
                    "sign-out",
                    _("Sign out on all devices"),
                    self._sign_out,
                    allow,
                    _SIGNED_OUT,
                    fits=lambda row: row.is_member,
                ),
                Action("remove", _("Remove"), self._remove, allow, _REMOVED),
            ),
        )

    def _form(self, allow: Permission) -> blocks.Form[TeamEntry, TeamForm]:
        return blocks.Form(
            struct=TeamForm,
            groups={
                _("Who works here"): (
                    FormField(
                        "email",
                        _("E-mail"),
                        _BY_EMAIL if self.sends_email else _BY_HAND,
                        _("Enter an e-mail address like name@example.com"),
                        kind="email",
                        only_new=True,
                    ),
                    FormField("role", _("Role"), choices=_ROLES),
                )
            },
            new_label=_("Invite a person"),
            load=self._load,
            stored=_stored,
            save=self._save,
            allow=allow,
            refusals=_REFUSALS,
        )

    async def _team(self, session: Session, org_id: OrgId) -> Sequence[TeamEntry]:
        return await team(session, org_id, now=self.unit_of_work.clock.now())

    async def _load(self, session: Session, org_id: OrgId, key: str) -> TeamEntry:
        return await team_entry(session, org_id, key, now=self.unit_of_work.clock.now())

    async def _save(
        self, uow: UnitOfWork, submission: blocks.Submission[TeamForm]
    ) -> str | blocks.ShownOnce:
        fields, is_new = submission.fields, submission.version is None
        change, email, role = self.change_team, fields.email, fields.role
        if is_new:
            saved = await change.add(uow, email=email, role=role, by_email=self.sends_email)
        else:
            saved = await change.role(
                uow, submission.row_id, email=email, role=role, by_email=self.sends_email
            )
        key = "" if is_new else str(saved.entry_id)
        return self._link(key, email, saved.token) if saved.token else key

    def _link(self, key: str, email: str, token: str) -> blocks.ShownOnce:
        """The link of an invitation, for the owner to hand over."""
        return blocks.ShownOnce(
            key=key,
            title=_("The invitation's link"),
            label=email,
            secret=self.base_url + invitation_path(token),
            more=_(
                "No mail server is set up, so hand this link over yourself. It works once, within "
                "7 days, for whoever opens it. If it gets lost, invite the same person again."
            ),
        )

    async def _remove(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await self._change_each(page, keys, self.change_team.remove)

    async def _sign_out(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await self._change_each(page, keys, self.change_team.end_sessions)

    async def _change_each(
        self,
        page: PageContext,
        keys: Sequence[str],
        change: Callable[[UnitOfWork, UUID], Awaitable[None]],
    ) -> Sequence[str]:
        """Change each entry; a reason for each that was refused. Raises `UnknownMember`."""
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: change(uow, uuid_key(key, UnknownMember)),
            refused={error: error.message for error in (LastOwner, NotSignedInYet)},
        )


def _stored(row: TeamEntry) -> blocks.Stored[TeamForm]:
    assert row.role != "customer", "the team is who works there"
    fields = TeamForm(email=row.email, role=row.role)
    return blocks.Stored(row.title, 1, fields, row.entry_id, "")


def _program_links(page: PageContext) -> tuple[Link, ...]:
    """The ways to what works here besides people."""
    gettext, slug = page.translations.gettext, page.organisation.slug
    return (
        Link(gettext("API keys"), admin_path(slug, "api-keys")),
        Link(gettext("Webhooks"), admin_path(slug, "webhooks")),
    )

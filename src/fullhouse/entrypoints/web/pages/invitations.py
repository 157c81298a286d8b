"""`/admin/invitation/{token}` and `/admin/confirm-email/{token}`: links that an e-mail carried.

A GET changes nothing, because mail programs open links to look at them.
"""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from fullhouse.booking.model.urls import SIGN_IN_PATH, admin_path, with_query
from fullhouse.entrypoints.security.account_sessions import (
    SESSION_COOKIE,
    AccountSessions,
    client_of,
    device_cookie,
)
from fullhouse.entrypoints.web.account_views import (
    AccountFormView,
    person_fields,
    show_form,
    show_text,
)
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import Response
from fullhouse.kernel.ids import INSTALLATION, Ids
from fullhouse.people.actions.accept_invitation import AcceptInvitation
from fullhouse.people.actions.change_email import AgreeToEmailChange
from fullhouse.people.actions.read_new_person import NewPerson, read_new_person
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.errors import EmailTaken, NotSignedIn
from fullhouse.people.model import AccountId, Organisation
from fullhouse.people.model.accounts import AccountSession
from fullhouse.people.model.invitations import Invitation
from fullhouse.people.reads.accounts import (
    has_account,
    invitation_by_token,
    require_open_link,
)
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.updates import open_pages_session
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class InvitationPages(msgspec.Struct, frozen=True):
    """Accepting an invitation, and agreeing to another e-mail address."""

    database: Database
    sessions: AccountSessions
    unit_of_work: UnitOfWorkFactory
    accept_invitation: AcceptInvitation
    agree_to_email_change: AgreeToEmailChange
    hash_new_password: HashNewPassword
    ids: Ids
    new_device: Callable[[AccountId], str]

    async def invitation(self, page: PageContext) -> Response:
        """The form of an invitation. Raises `SignInLinkSpent`."""
        invitation, organisation, is_known = await self._invitation(page)
        person = await self._person(page)
        if person is not None:
            return _join(page, organisation, person)
        if is_known:
            return _sign_in_first(page, organisation)
        return _new_account(page, organisation, invitation.email, person=NewPerson(""))

    async def accept(self, page: PageContext) -> Response:
        """Become a member. Raises `SignInLinkSpent`."""
        invitation, organisation, is_known = await self._invitation(page)
        person = await self._person(page)
        token = page.path_parameter("token")
        if person is not None:
            async with self.unit_of_work(page.context, invitation.org_id) as uow:
                await self.accept_invitation.by_account(uow, token, person.account_id)
            return page.redirect(admin_path(organisation.slug, "today"))
        if is_known:
            return _sign_in_first(page, organisation)
        new = await read_new_person(
            await page.request.form(), invitation.email, self.hash_new_password
        )
        if new.problems:
            return _new_account(page, organisation, invitation.email, person=new)
        try:
            async with self.unit_of_work(page.context, invitation.org_id) as uow:
                account_id = await self.accept_invitation.by_new_account(
                    uow, token, name=new.name, password_hash=new.password_hash
                )
                opened = await open_pages_session(
                    uow, account_id, client_of(page.request), ids=self.ids
                )
        except EmailTaken:  # a moment ago
            return _sign_in_first(page, organisation)
        page.cookies.append(SESSION_COOKIE.holding(opened.token, secure=page.is_secure))
        page.cookies.append(device_cookie(page.request, self.new_device(account_id)))
        return page.redirect(admin_path(organisation.slug, "today"))

    async def email_link(self, page: PageContext) -> Response:
        """The button that agrees to a change of address. Raises `SignInLinkSpent`."""
        async with self.database.session() as session:
            await require_open_link(session, page.path_parameter("token"), now=page.now)
        _ = page.translations.gettext
        view = AccountFormView(
            title=_("Change of e-mail address"),
            lead=_("Your address changes once both addresses have agreed."),
            action=page.request.path,
            button=_("Agree"),
        )
        return show_form(page, view)

    async def agree(self, page: PageContext) -> Response:
        """Agree for one of the two addresses. Raises `SignInLinkSpent`."""
        _ = page.translations.gettext
        has_changed, status = False, HTTPStatus.OK
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                has_changed = await self.agree_to_email_change(uow, page.path_parameter("token"))
        except EmailTaken:
            lead, status = _("Another account has this e-mail address."), HTTPStatus.CONFLICT
        else:
            lead = (
                _("Your e-mail address has changed.")
                if has_changed
                else _("Thank you. Open the link in the e-mail to your other address as well.")
            )
        title, sign_in = _("Change of e-mail address"), Link(_("Sign in"), SIGN_IN_PATH)
        return show_text(page, title, lead, sign_in, status=status)

    async def _invitation(self, page: PageContext) -> tuple[Invitation, Organisation, bool]:
        """The invitation with its business, and whether its address has an account."""
        async with self.database.session() as session:
            found = await invitation_by_token(session, page.path_parameter("token"), now=page.now)
            organisation = await organisation_by_id(session, found.org_id)
            is_known = await has_account(session, found.email)
        assert organisation is not None, "an invitation has its organisation"
        return found, organisation, is_known

    async def _person(self, page: PageContext) -> AccountSession | None:
        if not page.session_token:
            return None
        try:
            return await self.sessions.session(page.session_token)
        except NotSignedIn:
            return None


def _join(page: PageContext, organisation: Organisation, person: AccountSession) -> Response:
    _ = page.translations.gettext
    return show_form(
        page,
        AccountFormView(
            title=_("Work with %(org)s", org=organisation.name),
            lead=_("You are signed in as %(name)s.", name=person.name),
            action=page.request.path,
            button=_("Accept the invitation"),
        ),
    )


def _sign_in_first(page: PageContext, organisation: Organisation) -> Response:
    _ = page.translations.gettext
    return show_text(
        page,
        _("Work with %(org)s", org=organisation.name),
        _("You have an account already. Sign in, and then accept the invitation."),
        Link(_("Sign in"), with_query(SIGN_IN_PATH, next=page.request.path)),
    )


def _new_account(
    page: PageContext, organisation: Organisation, email: str, *, person: NewPerson
) -> Response:
    _ = page.translations.gettext
    view = AccountFormView(
        title=_("Work with %(org)s", org=organisation.name),
        lead=_("You will sign in with %(email)s.", email=email),
        action=page.request.path,
        button=_("Accept the invitation"),
        fields=person_fields(page.translations, person, hint=_("Colleagues see it.")),
    )
    return show_form(page, view)

"""`/admin/enter/{token}`: redeem a one-time sign-in link; `/admin/leave`: sign out.

A GET spends nothing, because mail programs and chats open links to preview them: its page has one
button, which the script presses at once.
"""

import msgspec

from fullhouse.booking.model.urls import (
    ACCOUNT_PATH,
    ADMIN_PATH,
    SIGN_IN_PATH,
    admin_path,
    organisation_path,
)
from fullhouse.entrypoints.security.account_sessions import (
    SESSION_COOKIE,
    AccountSessions,
    client_of,
)
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.entrypoints.web.account_views import CLEAR_SITE_DATA, show_text
from fullhouse.entrypoints.web.admin_views import DetailSection
from fullhouse.entrypoints.web.operator_navigation import operator_links
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import Response
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.redeem_sign_in_link import RedeemSignInLink
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.model.roles import ROLE_NAMES
from fullhouse.people.reads.organisations import organisations
from fullhouse.people.reads.sessions import memberships_of, organisation_of_link
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class SignInPages(msgspec.Struct, frozen=True):
    """Signing in and out. The links and the session's own cookie stand for a permission."""

    database: Database
    sessions: AccountSessions
    unit_of_work: UnitOfWorkFactory
    redeem_sign_in_link: RedeemSignInLink
    sign_out_action: SignOut
    outage_pass: OutagePass

    async def admin(self, page: PageContext) -> Response:
        """The overview of one's business; of several one chooses. Raises `NotSignedIn`.

        A customer sees her account.
        The operator sees every business of the installation, as its guests do.
        """
        person = await self.sessions.session(page.session_token)
        async with self.database.session() as session:
            own = await memberships_of(session, person.account_id)
            every = await organisations(session) if person.is_operator else []
        if not own and not person.is_operator:
            return page.redirect(ACCOUNT_PATH)
        if len(own) == 1 and not person.is_operator:
            return page.redirect(admin_path(own[0].slug, "overview"))
        if person.is_operator:
            page.cookies.append(self.outage_pass.cookie(page.request))
        _ = page.translations.gettext
        title = _("Choose a business") if own else _("Businesses")
        sections = (
            DetailSection(
                title="",
                links=tuple(
                    Link(one.name, admin_path(one.slug, "overview"), _(ROLE_NAMES[one.role]))
                    for one in own
                ),
            ),
            DetailSection(
                title=_("All businesses of this installation") if own else "",
                text=_("You run the installation. These links lead to the public pages."),
                links=tuple(
                    Link(one.name, organisation_path(one.slug), one.tagline)
                    for one in (
                        each.in_language(each.text_language(page.language)) for each in every
                    )
                ),
            ),
            *(_operator_sections(page) if person.is_operator else ()),
        )
        return page.render(
            "businesses.html",
            title,
            title=title,
            account_path=ACCOUNT_PATH,
            sections=tuple(one for one in sections if one.links),
        )

    async def confirm(self, page: PageContext) -> Response:
        """The page of a sign-in link, with the button that redeems it."""
        _ = page.translations.gettext
        return page.render(
            "sign_in.html",
            _("Sign in"),
            title=_("Sign in"),
            text="",
            action=page.request.path,
            button=_("Sign in"),
            link=None,
        )

    async def sign_in(self, page: PageContext) -> Response:
        """Raises `SignInLinkSpent`."""
        link = page.path_parameter("token")
        async with self.database.session() as session:
            org_id = await organisation_of_link(session, link)
        async with self.unit_of_work(page.context, org_id) as uow:
            client = client_of(page.request)
            token = await self.redeem_sign_in_link(uow, link, client=client)
        await self._end_session(page)
        page.cookies.append(SESSION_COOKIE.holding(token, secure=page.is_secure))
        return page.redirect(ADMIN_PATH)

    async def sign_out(self, page: PageContext) -> Response:
        await self._end_session(page)
        page.cookies.append(SESSION_COOKIE.removed(secure=page.is_secure))
        _ = page.translations.gettext
        again = Link(_("Sign in again"), SIGN_IN_PATH)
        return show_text(page, _("You are signed out."), "", again).with_headers(CLEAR_SITE_DATA)

    async def _end_session(self, page: PageContext) -> None:
        """End the session that the browser had until now, if any."""
        if page.session_token:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                await self.sign_out_action(uow, page.session_token)


def _operator_sections(page: PageContext) -> tuple[DetailSection, ...]:
    _ = page.translations.gettext
    links = operator_links(page.translations)
    return (DetailSection(title=_("This installation"), links=links),)

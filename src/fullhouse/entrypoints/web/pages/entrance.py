"""`/admin/enter/{token}`: a one-time link becomes a session; and signing out.

Opening the link spends nothing, since mail programs and chats open links to look at them: its page
has one button, which the script presses at once.
"""

from dataclasses import dataclass
from http import HTTPStatus

from fullhouse.booking.model.urls import ADMIN_PATH, admin_path
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.security.staff_sessions import (
    StaffSessions,
    no_staff_cookie,
    staff_cookie,
)
from fullhouse.entrypoints.web.visit import Reception
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.people.actions.redeem_sign_in_link import RedeemSignInLink
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.model.roles import account_principal
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.reads.sessions import organisation_of_link
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry import correlation


@dataclass(frozen=True, slots=True)
class EntrancePages:
    """Signing in and out."""

    reception: Reception
    database: Database
    guard: StaffSessions
    unit_of_work: UnitOfWorkFactory
    redeem_sign_in_link: RedeemSignInLink
    sign_out: SignOut

    async def admin(self, request: Request) -> Response:
        """On to today's run sheet, or to how one signs in."""
        visit = self.reception.visit(request)
        staff = await self.guard.session(visit.staff_token)
        async with self.database.session() as session:
            house = await organisation_by_id(session, staff.org_id)
        if house is None:
            raise NotSignedIn
        return visit.redirect(admin_path(house.slug, "today"))

    async def door(self, request: Request) -> Response:
        visit = self.reception.visit(request)
        _ = visit.translations.gettext
        return visit.page(
            "enter.html",
            _("Sign in"),
            title=_("Sign in"),
            text="",
            action=request.path,
            button=_("Sign in"),
        )

    async def enter(self, request: Request) -> Response:
        """Raises `SignInLinkSpent`."""
        visit = self.reception.visit(request)
        await visit.form()
        link = request.path_params["token"]
        async with self.database.session() as session:
            org_id = await organisation_of_link(session, link)
        async with self.unit_of_work(self._guest(), org_id) as uow:
            token = await self.redeem_sign_in_link(uow, link)
        visit.cookies.append(staff_cookie(token, secure=visit.is_secure))
        return visit.redirect(ADMIN_PATH)

    def _guest(self) -> RequestContext:
        return RequestContext(GUEST, correlation.current() or self.unit_of_work.ids.uuid())

    async def leave(self, request: Request) -> Response:
        visit = self.reception.visit(request)
        await visit.form()
        if visit.staff_token:
            await self._sign_out(visit.staff_token)
        visit.cookies.append(no_staff_cookie(secure=visit.is_secure))
        _ = visit.translations.gettext
        return visit.page(
            "enter.html",
            _("Sign out"),
            status=HTTPStatus.OK,
            title=_("You are signed out."),
            text=_(
                "Open your sign-in link. In the demo, it is printed where the demo was started."
            ),
            action="",
            button="",
        )

    async def _sign_out(self, token: str) -> None:
        try:
            staff = await self.guard.session(token)
        except NotSignedIn:
            return  # the session has ended already
        principal = account_principal(staff.account_id, staff.role)
        context = RequestContext(principal, correlation.current() or self.unit_of_work.ids.uuid())
        async with self.unit_of_work(context, staff.org_id) as uow:
            await self.sign_out(uow, staff, token)

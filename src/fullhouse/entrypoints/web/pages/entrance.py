"""`/admin/enter/{token}`: a one-time link becomes a session; and signing out.

Opening the link spends nothing, since mail programs and chats open links to look at them: its page
has one button, which the script presses at once.
"""

from dataclasses import dataclass
from http import HTTPStatus

from fullhouse.booking.model.urls import ADMIN_PATH, admin_path
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Response
from fullhouse.entrypoints.session import StaffGuard, no_staff_cookie, staff_cookie
from fullhouse.entrypoints.web.visit import Reception
from fullhouse.people.actions.enter_by_link import EnterByLink
from fullhouse.people.actions.leave_session import LeaveSession
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class EntrancePages:
    """Signing in and out."""

    reception: Reception
    database: Database
    guard: StaffGuard
    enter_by_link: EnterByLink
    leave_session: LeaveSession

    async def admin(self, request: Request) -> Response:
        """On to today's run sheet, or to how one signs in."""
        visit = self.reception.visit(request)
        member = await self.guard.member(visit.staff_token)
        async with self.database.session() as session:
            house = await organisation_by_id(session, member.org_id)
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
        entered = await self.enter_by_link(request.path_params["token"])
        visit.cookies.append(staff_cookie(entered.token, secure=visit.is_secure))
        return visit.redirect(ADMIN_PATH)

    async def leave(self, request: Request) -> Response:
        visit = self.reception.visit(request)
        await visit.form()
        if visit.staff_token:
            await self.leave_session(visit.staff_token)
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

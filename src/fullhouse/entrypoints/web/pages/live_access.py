"""Who may go on following a page: it is asked again and again while the page is open."""

import msgspec

from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, AccountSessions
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.people.errors import NotSignedIn


class OperatorAccess(msgspec.Struct, frozen=True):
    """Operators may, as long as their session lasts."""

    sessions: AccountSessions
    outage_pass: OutagePass

    async def __call__(self, page: PageContext) -> bool:
        """Whether the session is still an operator's; while nobody knows, whether it was."""
        try:
            return (await self.sessions.session(page.session_token)).is_operator
        except NotSignedIn:
            return False
        except TransientError:
            return self.outage_pass.is_valid(page.request)


class MemberAccess(msgspec.Struct, frozen=True):
    """Members of the organisation of the page may, with a permission."""

    sessions: AccountSessions
    permission: Permission

    async def __call__(self, page: PageContext) -> bool:
        """Whether the session lasts, with the permission; an error ends the stream as well."""
        try:
            token = SESSION_COOKIE.read(page.request)
            principal = await self.sessions.member(token, page.org_id)
        except FullhouseError:
            return False
        return self.permission in principal.permissions

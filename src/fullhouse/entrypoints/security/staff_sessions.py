"""Staff sessions: the cookie that carries the token, and the session behind it."""

from dataclasses import dataclass
from typing import Final

from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.limits import STAFF_SESSION_HOURS
from fullhouse.people.model import StaffSession
from fullhouse.people.reads.sessions import staff_session
from fullhouse.storage.database import Database

STAFF_COOKIE: Final = "fullhouse_staff"


def staff_cookie(token: str, *, secure: bool) -> Cookie:
    """The cookie of a session; `secure` when the request came by https."""
    return Cookie(
        name=STAFF_COOKIE,
        value=token,
        max_age=STAFF_SESSION_HOURS * 3600,
        secure=secure,
        same_site="strict",
    )


def no_staff_cookie(*, secure: bool) -> Cookie:
    """The cookie that deletes the session's cookie."""
    return Cookie(name=STAFF_COOKIE, value="", max_age=0, secure=secure, same_site="strict")


@dataclass(frozen=True, slots=True)
class StaffSessions:
    """Finds the session of a token."""

    database: Database
    clock: Clock

    async def session(self, token: str | None) -> StaffSession:
        """Raises `NotSignedIn` without a token, and with the token of no session that lasts."""
        found = None
        if token:
            async with self.database.session() as session:
                found = await staff_session(session, token, now=self.clock.now())
        if found is None:
            raise NotSignedIn
        return found

    async def session_of(self, token: str | None, org_id: OrgId) -> StaffSession:
        """The session at this organisation; raises `NotSignedIn` as well for another's."""
        found = await self.session(token)
        if found.org_id != org_id:
            raise NotSignedIn("Please sign in for this organisation.")
        return found

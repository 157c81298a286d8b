"""The sign-in session of staff: its cookie, whose it is, and that a change comes from our own page.

Against forged requests the cookie is `SameSite=Strict`, and a change must say that it comes from
our own origin (`Sec-Fetch-Site`, else `Origin`), which every browser sends with a POST since 2020
and no page can fake. A token in each form would add a second secret to keep, and forms that go
stale in an open tab at the front desk; it would stop nothing that these two let through.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fullhouse.entrypoints.http.response import Cookie
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
    """The cookie that takes the session's away."""
    return Cookie(name=STAFF_COOKIE, value="", max_age=0, secure=secure, same_site="strict")


def is_own_page(*, fetch_site: str | None, origin: str | None, host: str) -> bool:
    """Whether a change was asked for by one of our own pages, or by no page at all.

    What sends neither header is no browser, and has no cookie that another site could borrow.
    """
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    return origin is None or urlsplit(origin).netloc == host


@dataclass(frozen=True, slots=True)
class StaffGuard:
    """Knows whose a session's token is."""

    database: Database
    clock: Clock

    async def session(self, token: str | None) -> StaffSession:
        """Raises `NotSignedIn` without a token, or with one that is no session's any more."""
        found = None
        if token:
            async with self.database.session() as session:
                found = await staff_session(session, token, now=self.clock.now())
        if found is None:
            raise NotSignedIn
        return found

    async def session_of(self, token: str | None, org_id: OrgId) -> StaffSession:
        """The member of staff of this organisation; another's is as good as none."""
        member = await self.session(token)
        if member.org_id != org_id:
            raise NotSignedIn("Please sign in for this organisation.")
        return member

"""Sessions of people: the cookie that carries the token, and who is behind it."""

from dataclasses import dataclass
from typing import Final

from fullhouse.http.request import Request
from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Principal
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.limits import PAGES_SESSION_HOURS
from fullhouse.people.model.accounts import AccountSession
from fullhouse.people.model.roles import account_principal
from fullhouse.people.reads.sessions import account_session
from fullhouse.storage.database import Database

SESSION_COOKIE: Final = "fullhouse_session"
_HOST: Final = "__Host-"
"""No other host may set a cookie of this prefix (RFC 6265bis §4.1.3.2); it needs https."""


def session_token(request: Request) -> str | None:
    """The token in the cookie of a session; by https only in one that no other host can set."""
    return request.cookies.get(_name(secure=request.is_https))


def session_cookie(token: str, *, secure: bool) -> Cookie:
    """The cookie of a session; `secure` when the request came by https."""
    return Cookie(
        name=_name(secure=secure),
        value=token,
        max_age=PAGES_SESSION_HOURS * 3600,
        secure=secure,
        same_site="strict",
    )


def no_session_cookie(*, secure: bool) -> Cookie:
    """The cookie that deletes the session's cookie."""
    return Cookie(name=_name(secure=secure), value="", max_age=0, secure=secure, same_site="strict")


def _name(*, secure: bool) -> str:
    return _HOST + SESSION_COOKIE if secure else SESSION_COOKIE


@dataclass(frozen=True, slots=True)
class AccountSessions:
    """Finds the session of a token."""

    database: Database
    clock: Clock

    async def session(self, token: str | None, org_id: OrgId = INSTALLATION) -> AccountSession:
        """Raises `NotSignedIn` without a token, and with the token of no session that lasts."""
        found = None
        if token:
            async with self.database.session() as session:
                found = await account_session(session, token, org_id, now=self.clock.now())
        if found is None:
            raise NotSignedIn
        return found

    async def member(self, token: str | None, org_id: OrgId) -> Principal:
        """The member of an organisation; raises `NotSignedIn` as well for who is none there."""
        found = await self.session(token, org_id)
        if found.role is None:
            raise NotSignedIn("Please sign in for this organisation.")
        return account_principal(found.account_id, found.role)

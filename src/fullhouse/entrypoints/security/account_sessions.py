"""Sessions of people: the cookie that carries the token, and who is behind it."""

from dataclasses import dataclass
from typing import Final

from fullhouse.http.host_cookie import HostCookie
from fullhouse.http.request import Request
from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Principal
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.limits import (
    DEVICE_COOKIE_DAYS,
    DEVICES_PER_BROWSER_MAX,
    PAGES_SESSION_HOURS,
    SECOND_FACTOR_MINUTES,
)
from fullhouse.people.model.accounts import AccountSession, SessionClient, SessionKind
from fullhouse.people.model.roles import account_principal
from fullhouse.people.reads.sessions import account_session
from fullhouse.storage.database import Database

SESSION_COOKIE: Final = HostCookie("fullhouse_session", PAGES_SESSION_HOURS * 3600)
DEVICE_COOKIE: Final = HostCookie("fullhouse_device", DEVICE_COOKIE_DAYS * 24 * 3600)
"""Who has signed in with this browser before: they are never locked by others' guesses."""
PENDING_COOKIE: Final = HostCookie("fullhouse_pending", SECOND_FACTOR_MINUTES * 60)
"""Of a browser that has given the password and has still to give the code."""


def device_tokens(request: Request) -> tuple[str, ...]:
    """The people of this browser, the latest first."""
    given = (DEVICE_COOKIE.read(request) or "").split(".")
    return tuple(filter(None, given))[:DEVICES_PER_BROWSER_MAX]


def device_cookie(request: Request, token: str) -> Cookie:
    """The cookie with one more person; the oldest give way."""
    others = (one for one in device_tokens(request) if one != token)
    value = ".".join((token, *others)[:DEVICES_PER_BROWSER_MAX])
    return DEVICE_COOKIE.holding(value, secure=request.is_https)


def client_of(request: Request) -> SessionClient:
    """Where a session begins."""
    return SessionClient(request.client_address, request.header(b"user-agent") or "")


@dataclass(frozen=True, slots=True)
class AccountSessions:
    """Finds the session of a token."""

    database: Database
    clock: Clock

    async def session(
        self, token: str | None, org_id: OrgId = INSTALLATION, *, kind: SessionKind = "pages"
    ) -> AccountSession:
        """Raises `NotSignedIn` without a token, and with the token of no session that lasts."""
        found = None
        if token:
            now = self.clock.now()
            async with self.database.session() as session:
                found = await account_session(session, token, org_id, kind=kind, now=now)
        if found is None:
            raise NotSignedIn
        return found

    async def member(self, token: str | None, org_id: OrgId) -> Principal:
        """The member of an organisation; raises `NotSignedIn` as well for who is none there."""
        found = await self.session(token, org_id)
        if found.role is None:
            raise NotSignedIn("Please sign in for this organisation.")
        return account_principal(found.account_id, found.role)

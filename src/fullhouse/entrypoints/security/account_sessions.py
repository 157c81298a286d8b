"""Sessions of people: the cookie that carries the token, and who is behind it."""

from dataclasses import dataclass
from typing import Final

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

SESSION_COOKIE: Final = "fullhouse_session"
DEVICE_COOKIE: Final = "fullhouse_device"
PENDING_COOKIE: Final = "fullhouse_pending"
_HOST: Final = "__Host-"
"""No other host may set a cookie of this prefix (RFC 6265bis §4.1.3.2); it needs https."""


def session_token(request: Request) -> str | None:
    """The token in the cookie of a session; by https only in one that no other host can set."""
    return request.cookies.get(_name(SESSION_COOKIE, secure=request.is_https))


def session_cookie(token: str, *, secure: bool) -> Cookie:
    """The cookie of a session; `secure` when the request came by https."""
    return Cookie(
        name=_name(SESSION_COOKIE, secure=secure),
        value=token,
        max_age=PAGES_SESSION_HOURS * 3600,
        secure=secure,
        same_site="strict",
    )


def no_session_cookie(*, secure: bool) -> Cookie:
    """The cookie that deletes the session's cookie."""
    return Cookie(
        name=_name(SESSION_COOKIE, secure=secure),
        value="",
        max_age=0,
        secure=secure,
        same_site="strict",
    )


def _name(cookie: str, *, secure: bool) -> str:
    return _HOST + cookie if secure else cookie


def device_tokens(request: Request) -> tuple[str, ...]:
    """What the browser shows that people have signed in there before."""
    given = request.cookies.get(_name(DEVICE_COOKIE, secure=request.is_https), "")
    return tuple(filter(None, given.split(".")))[:DEVICES_PER_BROWSER_MAX]


def device_cookie(request: Request, token: str) -> Cookie:
    """The cookie with one more person of this browser, the latest first; the oldest give way."""
    others = (one for one in device_tokens(request) if one != token)
    return Cookie(
        name=_name(DEVICE_COOKIE, secure=request.is_https),
        value=".".join((token, *others)[:DEVICES_PER_BROWSER_MAX]),
        max_age=DEVICE_COOKIE_DAYS * 24 * 3600,
        secure=request.is_https,
        same_site="strict",
    )


def pending_cookie(token: str, *, secure: bool) -> Cookie:
    """The cookie of a browser that has given the password and has still to give the code."""
    return Cookie(
        name=_name(PENDING_COOKIE, secure=secure),
        value=token,
        max_age=SECOND_FACTOR_MINUTES * 60,
        secure=secure,
        same_site="strict",
    )


def no_pending_cookie(*, secure: bool) -> Cookie:
    """The cookie that deletes the one above."""
    name = _name(PENDING_COOKIE, secure=secure)
    return Cookie(name=name, value="", max_age=0, secure=secure, same_site="strict")


def pending_token(request: Request) -> str:
    return request.cookies.get(_name(PENDING_COOKIE, secure=request.is_https), "")


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

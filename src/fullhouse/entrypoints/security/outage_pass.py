"""How an operator is known while the database, which has the sessions, does not answer.

Pages of operators leave a pass beside the session. It is of that session and worth nothing without
it, opens only pages that change nothing, and only while sessions cannot be looked up.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE
from fullhouse.http.host_cookie import HostCookie
from fullhouse.http.request import Request
from fullhouse.http.response import Cookie
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission, Principal
from fullhouse.people.limits import PAGES_SESSION_HOURS

_COOKIE: Final = HostCookie("fullhouse_outage", PAGES_SESSION_HOURS * 3600)
_BYTES: Final = 32
_PURPOSE: Final = b"fullhouse outage"  # at most 16 bytes
OPERATOR_IN_OUTAGE: Final = Principal("account", None, frozenset({Permission.OPERATE}))
"""Somebody who ran the installation when it was last known; nobody knows who."""


@dataclass(frozen=True, slots=True)
class OutagePass:
    """Makes and knows passes; `secret` is the installation's own."""

    secret: bytes
    clock: Clock

    def cookie(self, request: Request) -> Cookie:
        """The pass of the session that an operator has in this browser."""
        ends_at = str(int(self.clock.now().timestamp()) + _COOKIE.seconds)
        value = f"{ends_at}.{self._mac(ends_at, SESSION_COOKIE.read(request) or '')}"
        return _COOKIE.holding(value, secure=request.is_https)

    def is_valid(self, request: Request) -> bool:
        """Whether the browser has a session and the pass of it, which lasts."""
        session = SESSION_COOKIE.read(request)
        ends_at, _, mac = (_COOKIE.read(request) or "").partition(".")
        if not session or not (ends_at.isascii() and ends_at.isdecimal()):
            return False
        valid = self._mac(ends_at, session)
        is_ours = hmac.compare_digest(mac.encode(errors="replace"), valid.encode())
        return is_ours and self.clock.now().timestamp() < int(ends_at)

    def _mac(self, ends_at: str, session: str) -> str:
        meaning = f"{ends_at} {session}".encode(errors="replace")
        return hashlib.blake2b(
            meaning, key=self.secret, digest_size=_BYTES, person=_PURPOSE
        ).hexdigest()

"""What each operating mode refuses, by the permission that a route needs."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking.model.urls import SIGN_IN_PATH, SIGN_OUT_PATH
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, AccountSessions
from fullhouse.http.request import Request
from fullhouse.http.routing import Route
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import TransientError
from fullhouse.people.errors import NotSignedIn
from fullhouse.resilience.errors import NotServedNow
from fullhouse.resilience.operating_mode import OperatingMode, OperatingModes

_REPORTS: Final = frozenset({Permission.VIEW_REPORTS, Permission.VIEW_AUDIT})
_EXPORTS: Final = (".csv", "/data", "/export")
_SIGN_IN: Final = (SIGN_IN_PATH, SIGN_OUT_PATH, "/admin/enter/", "/api/v1/auth/")
"""Operators sign in while nobody else may do anything."""


@dataclass(frozen=True, slots=True)
class ModeRestrictions:
    """Refuses by the present mode; an operator is refused nothing."""

    modes: OperatingModes
    sessions: AccountSessions

    @property
    def are_on(self) -> bool:
        return self.modes.mode is not OperatingMode.FULL

    async def require(self, request: Request, route: Route) -> None:
        """Raise `NotServedNow`, with what was typed in a form kept in the request."""
        mode = self.modes.mode
        if not is_refused(route, request.method, mode) or await self._is_operator(request):
            return
        await request.keep_form()
        seconds = self.modes.current.retry_after_seconds
        raise NotServedNow(mode=mode, service="fullhouse", retry_after_seconds=seconds)

    async def _is_operator(self, request: Request) -> bool:
        token = SESSION_COOKIE.read(request)
        if token is None:
            return False
        try:
            return (await self.sessions.session(token)).is_operator
        except (NotSignedIn, TransientError):  # without the database nobody is known
            return False


def is_refused(route: Route, method: str, mode: OperatingMode) -> bool:
    """Whether somebody who is no operator is refused in this mode."""
    if route.allow in {None, Permission.OPERATE} or route.path.startswith(_SIGN_IN):
        return False
    is_extra = route.allow in _REPORTS or route.path.endswith(_EXPORTS)
    match mode:
        case OperatingMode.FULL:
            return False
        case OperatingMode.ESSENTIAL:
            return is_extra
        case OperatingMode.READ_ONLY:
            return is_extra or method not in SAFE_METHODS
        case OperatingMode.MAINTENANCE:
            return True

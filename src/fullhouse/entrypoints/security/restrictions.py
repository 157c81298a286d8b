"""What each operating mode refuses, and what goes first, by the permission of a route."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking.model.urls import SIGN_IN_PATH, SIGN_OUT_PATH
from fullhouse.entrypoints.limits import AVAILABILITY_SHARE, REPORTS_SHARE, STAFF_SHARE
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, AccountSessions
from fullhouse.http.request import Request
from fullhouse.http.routing import Route
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.http.server.restrictions import Precedence
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import TransientError
from fullhouse.people.errors import NotSignedIn
from fullhouse.resilience.errors import NotServedNow
from fullhouse.resilience.metrics import ModeMetrics
from fullhouse.resilience.operating_mode import OperatingMode, OperatingModes

_REPORTS: Final = frozenset({Permission.VIEW_REPORTS, Permission.VIEW_AUDIT})
_EXPORTS: Final = (".csv", "/data", "/export")
_FIRST: Final = Precedence(waits_in_line=False)
_SYSTEM: Final = Precedence()
_AVAILABILITY: Final = Precedence(AVAILABILITY_SHARE)
_STAFF: Final = Precedence(STAFF_SHARE)
_REPORTS_LAST: Final = Precedence(REPORTS_SHARE)
_SIGN_IN: Final = (SIGN_IN_PATH, SIGN_OUT_PATH, "/admin/enter/", "/api/v1/auth/")
"""Operators sign in while nobody else may do anything."""


@dataclass(frozen=True, slots=True)
class ModeRestrictions:
    """Refuses by the present mode; an operator is refused nothing."""

    modes: OperatingModes
    sessions: AccountSessions
    metrics: ModeMetrics

    @property
    def are_on(self) -> bool:
        return self.modes.mode is not OperatingMode.FULL

    async def require(self, request: Request, route: Route) -> None:
        """Raise `NotServedNow`, with what was typed in a form kept in the request."""
        mode = self.modes.mode
        if not is_refused(route, request.method, mode) or await self._is_operator(request):
            return
        if is_refused(route, request.method, self.modes.setting.mode):
            # Announced, and so not held against the service level; without the database it is
            self.metrics.refused.labels(request.method, route.path).inc()
        await request.keep_form()
        seconds = self.modes.current.retry_after_seconds
        raise NotServedNow(mode=mode, service="fullhouse", retry_after_seconds=seconds)

    def precedence_of(self, route: Route) -> Precedence:
        """As the function."""
        return precedence_of(route)

    async def _is_operator(self, request: Request) -> bool:
        token = SESSION_COOKIE.read(request)
        if token is None:
            return False
        try:
            return (await self.sessions.session(token)).is_operator
        except (NotSignedIn, TransientError):  # without the database nobody is known
            return False


def precedence_of(route: Route) -> Precedence:
    """Checkout goes before availability, that before work of staff, that before reports.

    Who has been admitted to a page finishes the booking without waiting in line again.
    """
    if route.allow in {Permission.OPERATE, Permission.BOOK}:
        return _FIRST
    if route.allow is None:
        return _SYSTEM
    if is_extra(route):
        return _REPORTS_LAST
    return _AVAILABILITY if route.allow is Permission.BROWSE else _STAFF


def is_extra(route: Route) -> bool:
    """Whether it is a report, the audit or an export."""
    return route.allow in _REPORTS or route.path.endswith(_EXPORTS)


def is_refused(route: Route, method: str, mode: OperatingMode) -> bool:
    """Whether somebody who is no operator is refused in this mode."""
    if route.allow in {None, Permission.OPERATE} or route.path.startswith(_SIGN_IN):
        return False
    match mode:
        case OperatingMode.FULL:
            return False
        case OperatingMode.ESSENTIAL:
            return is_extra(route)
        case OperatingMode.READ_ONLY:
            return is_extra(route) or method not in SAFE_METHODS
        case OperatingMode.MAINTENANCE:
            return True

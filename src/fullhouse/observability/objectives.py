"""What this installation promises, and when somebody is told that it is missed: one table.

Alerts, rules for Prometheus, dashboards and the report of a month take their bounds from here, so
that no two of them disagree. Which routes book, and so on, is business: `bootstrap` says it.
"""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop

Severity = Literal["warning", "critical"]
"""Whether somebody reads it in the morning, or is woken."""
Unit = Literal["share", "seconds", "days", "count"]


class Objective(Struct, frozen=True, kw_only=True):
    """A value that should not exceed `target`, or fall short of it where that is a floor.

    Beyond `warning` and `critical` somebody is told; None for never.
    """

    name: str
    text: str
    unit: Unit
    target: float
    is_floor: bool = False
    warning: float | None = None
    critical: float | None = None

    def is_met(self, value: float) -> bool:
        return not self._is_beyond(value, self.target)

    def severity(self, value: float) -> Severity | None:
        """Who is told of this value; None for nobody."""
        if self._is_beyond(value, self.critical):
            return "critical"
        return "warning" if self._is_beyond(value, self.warning) else None

    def _is_beyond(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return value < bound if self.is_floor else value > bound


class MeasuredRoutes(Struct, frozen=True):
    """Requests that an objective is about: a method with routes, or with all that begin so."""

    method: str
    routes: frozenset[str] = frozenset()
    prefix: str | None = None

    def match(self, method: str, route: str) -> bool:
        begins = self.prefix is not None and route.startswith(self.prefix)
        return method == self.method and (begins or route in self.routes)


UPTIME: Final = Objective(
    name="uptime",
    text=gettext_noop("Time in which guests can book"),
    unit="share",
    target=0.999,
    is_floor=True,
)
BOOKING_SUCCESS: Final = Objective(
    name="booking-success",
    text=gettext_noop("Attempts to book that succeed"),
    unit="share",
    target=0.999,
    is_floor=True,
    warning=0.95,
    critical=0.9,
)
"""What is refused for a reason of the guest's, such as a slot that is full, succeeds too."""
BOOKING_SECONDS: Final = Objective(
    name="booking-p95",
    text=gettext_noop("Time to book, 95 of 100"),
    unit="seconds",
    target=0.2,
    warning=1.5,
    critical=2.0,
)
AVAILABILITY_SECONDS: Final = Objective(
    name="availability-p95",
    text=gettext_noop("Time to show what is free, 95 of 100"),
    unit="seconds",
    target=0.1,
)
ADMIN_SECONDS: Final = Objective(
    name="admin-p95",
    text=gettext_noop("Time of staff pages, 95 of 100"),
    unit="seconds",
    target=0.3,
)
QUEUE_SECONDS: Final = Objective(
    name="queue-age",
    text=gettext_noop("Wait of e-mails and other jobs"),
    unit="seconds",
    target=60,
    warning=120,
    critical=900,
)
"""E-mails wait for half a minute in a rush, and a job whose worker died for as long again."""
DELIVERY_SUCCESS: Final = Objective(
    name="delivery-success",
    text=gettext_noop("Attempts to deliver that succeed"),
    unit="share",
    target=0.99,
    is_floor=True,
    warning=0.8,
)
CACHE_MISSES: Final = Objective(
    name="cache-misses",
    text=gettext_noop("Look-ups that a cache misses"),
    unit="share",
    target=0.2,
    warning=0.2,
)
REQUEST_ERRORS: Final = Objective(
    name="request-errors",
    text=gettext_noop("Requests that end in an error, in 5 minutes"),
    unit="count",
    target=0,
    warning=10,
)
DATABASE_ERRORS: Final = Objective(
    name="database-errors",
    text=gettext_noop("Statements that the database fails, in 5 minutes"),
    unit="count",
    target=0,
    critical=10,
)
DATABASE_BUSY: Final = Objective(
    name="database-busy",
    text=gettext_noop("Statements that the database has no time for, in 5 minutes"),
    unit="count",
    target=0,
    warning=10,
)
"""Locks that were not to be had, and connections: expected in a rush, and so no reason to wake."""
SERVICE_SECONDS: Final = Objective(
    name="service-away",
    text=gettext_noop("Time for which a service is not called because it fails"),
    unit="seconds",
    target=0,
    critical=30,
)
SIGN_IN_FAILURES: Final = Objective(
    name="sign-in-failures",
    text=gettext_noop("Passwords that were wrong, in 5 minutes"),
    unit="count",
    target=20,
    warning=100,
)
DEAD_LETTERS: Final = Objective(
    name="dead-letters",
    text=gettext_noop("Jobs that failed for good"),
    unit="count",
    target=0,
    warning=0,
)
INCONSISTENCIES: Final = Objective(
    name="inconsistencies",
    text=gettext_noop("Records that break a rule"),
    unit="count",
    target=0,
    critical=0,
)
CERTIFICATE_DAYS: Final = Objective(
    name="certificate",
    text=gettext_noop("Days for which the certificate is valid"),
    unit="days",
    target=14,
    is_floor=True,
    warning=14,
    critical=3,
)
CLOCK_SECONDS: Final = Objective(
    name="clock",
    text=gettext_noop("Difference of the clocks here and in the database"),
    unit="seconds",
    target=1,
    warning=2,
    critical=60,
)
BACKUP_DAYS: Final = Objective(
    name="backup",
    text=gettext_noop("Age of the last archived log, in days"),
    unit="days",
    target=1,
    warning=1,
    critical=3,
)

OBJECTIVES: Final[tuple[Objective, ...]] = (
    UPTIME,
    BOOKING_SUCCESS,
    BOOKING_SECONDS,
    AVAILABILITY_SECONDS,
    ADMIN_SECONDS,
    QUEUE_SECONDS,
    DELIVERY_SUCCESS,
    CACHE_MISSES,
    REQUEST_ERRORS,
    DATABASE_ERRORS,
    DATABASE_BUSY,
    SERVICE_SECONDS,
    SIGN_IN_FAILURES,
    DEAD_LETTERS,
    INCONSISTENCIES,
    CERTIFICATE_DAYS,
    CLOCK_SECONDS,
    BACKUP_DAYS,
)
"""All objectives, those of guests first."""
OBJECTIVES_BY_NAME: Final[Mapping[str, Objective]] = {each.name: each for each in OBJECTIVES}
ERROR_BUDGET: Final = 1 - BOOKING_SUCCESS.target

assert len(OBJECTIVES_BY_NAME) == len(OBJECTIVES), "each objective has a name of its own"
assert all(
    bound is None or bound == each.target or not each.is_met(bound)
    for each in OBJECTIVES
    for bound in (each.warning, each.critical)
), "nobody is told of what is promised"

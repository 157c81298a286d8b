"""Health as values: measurements, each with its judgement, and what they come to."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct


class HealthStatus(enum.StrEnum):
    """How a part is, from good to bad."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"

    @property
    def result(self) -> Literal["pass", "warn", "fail"]:
        """The same in the words of draft-inadarei-api-health-check-06, which tools know."""
        return _RESULTS[self]


_RESULTS: Final[Mapping[HealthStatus, Literal["pass", "warn", "fail"]]] = {
    HealthStatus.HEALTHY: "pass",
    HealthStatus.DEGRADED: "warn",
    HealthStatus.UNHEALTHY: "fail",
}
_ORDER: Final = tuple(HealthStatus)
Value = float | int | str | None


class Measurement(Struct, frozen=True):
    """What was measured, in `unit`, and what it says of its part."""

    name: str
    value: Value
    unit: str = ""
    status: HealthStatus = HealthStatus.HEALTHY


class HealthReport(Struct, frozen=True):
    """The state of one part. `checked_at` is monotonic, None before the first check."""

    measurements: Sequence[Measurement] = ()
    checked_at: float | None = None

    @property
    def status(self) -> HealthStatus:
        return worst(one.status for one in self.measurements)


def worst(statuses: Iterable[HealthStatus]) -> HealthStatus:
    """The worst of them; healthy without any."""
    return max(statuses, key=_ORDER.index, default=HealthStatus.HEALTHY)


def judged(value: float, *, degraded: float, unhealthy: float | None = None) -> HealthStatus:
    """By what it exceeds."""
    if unhealthy is not None and value > unhealthy:
        return HealthStatus.UNHEALTHY
    return HealthStatus.DEGRADED if value > degraded else HealthStatus.HEALTHY


def judged_below(value: float, *, degraded: float, unhealthy: float | None = None) -> HealthStatus:
    """By what it falls short of."""
    return judged(-value, degraded=-degraded, unhealthy=None if unhealthy is None else -unhealthy)

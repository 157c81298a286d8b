"""Time is a dependency: code that needs it receives a `Clock`."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never decrease: for circuit breakers, leases and deadlines."""
        ...


class SystemClock:
    """The clocks of the operating system."""

    monotonic = staticmethod(time.monotonic)

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that may


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only by `advance`: for rehearsals and tests."""

    instant: datetime
    ticks: float = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, by: timedelta) -> None:
        """Move both clocks forward by the same span."""
        assert by >= timedelta(0), "time does not run backwards"
        self.instant += by
        self.ticks += by.total_seconds()

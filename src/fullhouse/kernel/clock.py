"""Time is given, never taken: whoever needs it holds a `Clock`."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only ever grow: for breakers, leases and deadlines."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place that may

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until told to move: for rehearsals and tests."""

    instant: datetime
    ticks: float = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, by: timedelta) -> None:
        """Move both clocks forward together; neither ever goes back."""
        assert by >= timedelta(0), "time does not run backwards"
        self.instant += by
        self.ticks += by.total_seconds()

"""A span of time between two instants: closed at its start, open at its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta


class EmptySpan(ValueError):
    """A span must end after it starts."""


@dataclass(frozen=True, slots=True, order=True)
class Timespan:
    """`[start, end)` in aware instants; what ends at 10:30 does not overlap what starts then."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptySpan(self.start, self.end)

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Timespan") -> bool:
        return self.start < other.end and other.start < self.end

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

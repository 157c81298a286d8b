"""Instants, half-open spans of time, and where a day begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

Instant = Annotated[datetime, Meta(tz=True)]
"""A field with an aware datetime: `date-time` in JSON Schema, with its offset."""


EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Between these an instant has a date in UTC, as the database stores it."""


class EmptySpan(ValueError):
    """A span must end after it starts."""


@dataclass(frozen=True, slots=True, order=True)
class Timespan:
    """`[start, end)` of aware instants: spans that meet at 10:30 do not overlap."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptySpan(self.start, self.end)

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Timespan") -> bool:
        return self.start < other.end and other.start < self.end

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def storable(instant: datetime) -> datetime:
    """The instant, or the nearest that has a date in UTC: a client may name any with any offset."""
    return max(EARLIEST, min(instant, LATEST))


def merged(spans: Iterable[Timespan]) -> list[Timespan]:
    """The spans in order, with adjacent and overlapping spans merged."""
    result: list[Timespan] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Timespan(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a zone, also where midnight is skipped."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

"""Gauges: what is looked at once a minute and is no duration, by minute, ten minutes and hour."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from fullhouse.storage.database import Session

MINUTE: Final = 60
TEN_MINUTES: Final = 600
HOUR: Final = 3_600
"""The seconds of the periods that are kept."""


class GaugeName(enum.StrEnum):
    """What is looked at; its unit last."""

    BOOKINGS = "bookings_per_minute"
    REQUESTS = "requests_per_minute"
    ERRORS = "errors_per_minute"
    BOOKING_P95 = "booking_p95_seconds"
    """Of the last five minutes; not observed while there are few."""
    QUEUE_AGE = "queue_oldest_seconds"
    QUEUE_DEPTH = "queue_due_jobs"
    CONNECTIONS = "connections_share"
    DISK_FREE = "disk_free_bytes"
    """By the name of the machine, as what follows."""
    MEMORY_FREE = "memory_free_share"
    MEMORY_OF_PROCESS = "process_memory_bytes"
    """By the program, the number and the machine of the process, which writes it itself."""
    WEB_MACHINE = "web_machine"
    """By the machine of web processes and the address at which others reach them; they write it."""


class Sighting(NamedTuple):
    """What was seen of a gauge."""

    name: GaugeName
    value: float
    subject: str = ""


class GaugeValue(Struct, frozen=True):
    """What was seen in the period that starts then."""

    subject: str
    starts_at: datetime
    mean: float
    least: float
    most: float


async def observe(session: Session, seen: Sequence[Sighting], *, at: datetime) -> None:
    """Add what was seen to the minute, the ten minutes and the hour of `at`."""
    await session.execute(
        "observability.observe_gauges",
        at=at,
        names=[one.name for one in seen],
        subjects=[one.subject for one in seen],
        values=[one.value for one in seen],
    )


async def gauge_values(
    session: Session,
    name: GaugeName,
    *,
    since: datetime,
    until: datetime,
    period_seconds: int = HOUR,
) -> Sequence[GaugeValue]:
    """By subject and time; a period that nobody watched is missing."""
    return await session.fetch(
        "observability.gauge_values",
        GaugeValue,
        name=name,
        since=since,
        until=until,
        period_seconds=period_seconds,
    )

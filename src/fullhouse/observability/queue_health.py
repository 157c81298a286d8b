"""Health of what is sent: jobs of the kinds that tell somebody something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from msgspec import Struct

from fullhouse.observability.limits import (
    NOTIFICATIONS_COUNTED_MAX,
    NOTIFICATIONS_MIN,
    NOTIFICATIONS_MINUTES,
    NOTIFICATIONS_RATE_DEGRADED,
    NOTIFICATIONS_RATE_UNHEALTHY,
    NOTIFICATIONS_WAIT_DEGRADED_SECONDS,
    NOTIFICATIONS_WAIT_UNHEALTHY_SECONDS,
)
from fullhouse.observability.model import Measurement, judged, judged_below
from fullhouse.storage.database import Database

_WINDOW: Final = timedelta(minutes=NOTIFICATIONS_MINUTES)


class SentCounts(Struct, frozen=True):
    """Of the last quarter of an hour; `failed` are all that are kept. Times in seconds."""

    succeeded: int
    retried: int
    failed: int
    seconds_p95: float
    waiting_seconds: float


@dataclass(frozen=True, slots=True)
class NotificationsHealth:
    """Asks the queue, since another process sends."""

    database: Database
    kinds: Sequence[str]

    async def measure(self) -> Sequence[Measurement]:
        async with self.database.unrestricted.session() as session:
            counts = await session.fetch_one(
                "observability.notifications",
                SentCounts,
                kinds=list(self.kinds),
                age=_WINDOW,
                rows_max=NOTIFICATIONS_COUNTED_MAX,
            )
        assert counts is not None, "the query always returns a row"
        return notifications(counts)


def notifications(counts: SentCounts) -> Sequence[Measurement]:
    """The rate is that of those sent among all that were tried; of few it is not judged."""
    tried = counts.succeeded + counts.retried + counts.failed
    rate = counts.succeeded / tried if tried else 1.0
    return (
        Measurement("sent", counts.succeeded),
        Measurement("retried", counts.retried),
        Measurement("failed", counts.failed, status=judged(counts.failed, degraded=0)),
        Measurement(
            "success_rate",
            round(rate, 3),
            status=judged_below(
                rate if tried >= NOTIFICATIONS_MIN else 1.0,
                degraded=NOTIFICATIONS_RATE_DEGRADED,
                unhealthy=NOTIFICATIONS_RATE_UNHEALTHY,
            ),
        ),
        Measurement("response_p95", round(counts.seconds_p95, 3), "s"),
        Measurement(
            "oldest_waiting",
            round(counts.waiting_seconds, 1),
            "s",
            judged(
                counts.waiting_seconds,
                degraded=NOTIFICATIONS_WAIT_DEGRADED_SECONDS,
                unhealthy=NOTIFICATIONS_WAIT_UNHEALTHY_SECONDS,
            ),
        ),
    )

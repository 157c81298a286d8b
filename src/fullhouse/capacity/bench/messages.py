"""How fast messages are queued and rendered after a rush, and what they cost the bookings."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.capacity.bench.figure import Figure
from fullhouse.numerics.quantiles import median
from fullhouse.storage.connection import connect

QUEUED_PER_SECOND_MIN: Final = 3_000
BOOKED_MEANWHILE_MIN: Final = 0.95
_POLL_SECONDS: Final = 0.5
_POLLS_RENDERING: Final = 4
"""Rendered is the best rate of so many polls, since a worker does it in pieces."""


class MessageRates(msgspec.Struct, frozen=True):
    """Messages a second at best, and bookings a second with none and with thousands waiting."""

    queued: float
    rendered: float
    booked_alone: list[float] = []
    booked_meanwhile: list[float] = []

    @property
    def figures(self) -> Sequence[Figure]:
        alone, meanwhile = median(self.booked_alone), median(self.booked_meanwhile)
        return (
            Figure(
                key="messages_queued",
                name="messages queued",
                subject="messages queued a second ÷ the target",
                ratio=self.queued / QUEUED_PER_SECOND_MIN,
                bound=1,
                value=f"{self.queued:,.0f}/s",
                compared_with=f"{QUEUED_PER_SECOND_MIN:,}/s",
            ),
            Figure(
                key="bookings_with_messages",
                name="bookings while messages wait",
                subject="bookings while messages wait ÷ without",
                ratio=meanwhile / alone,
                bound=BOOKED_MEANWHILE_MIN,
                value=f"{meanwhile:,.0f}/s",
                compared_with=f"{alone:,.0f}/s",
            ),
        )


async def message_rates(url: str, seconds: float) -> MessageRates:
    """The best rates at which the worker queues and renders messages from now on."""
    connection = await connect(url, application_name="fullhouse bench")
    counts = []
    try:
        for _ in range(int(seconds / _POLL_SECONDS)):
            queued = await connection.fetchval("SELECT count(*) FROM effect WHERE kind = 'message'")
            rendered = await connection.fetchval("SELECT count(*) FROM message")
            counts.append((int(queued), int(rendered)))
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await connection.close()
    return MessageRates(
        best_rate([queued for queued, _ in counts], polls=1),
        best_rate([rendered for _, rendered in counts], polls=_POLLS_RENDERING),
    )


def best_rate(counts: Sequence[int], *, polls: int) -> float:
    """A second, over so many polls."""
    gains = (later - earlier for earlier, later in zip(counts, counts[polls:], strict=False))
    return max(gains, default=0) / (polls * _POLL_SECONDS)

"""How often a service that is down for two hours is called, for each message that waits for it.

By the product's own circuit, back-off and limits; the table of decision 55 is what this counts.
"""

import asyncio
import heapq
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import pytest

from fullhouse.jobs.runner import backoff
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.messages.limits import (
    CHANNEL_ATTEMPTS_ALONE_MAX,
    CHANNEL_ATTEMPTS_MAX,
    CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX,
)
from fullhouse.resilience.breaker import CircuitBreaker
from fullhouse.resilience.circuits import LocalCircuits

HOURS: Final = 2
SECONDS: Final = HOURS * 3_600
_MICROSECOND: Final = 1e-6
"""More, so that rounding leaves no time before the message that is due."""


async def calls(arrivals: Sequence[float], *, has_mail_server: bool) -> int:
    """How many calls reach the service; `arrivals` of messages are in seconds of the outage."""
    clock = ManualClock(datetime(2027, 6, 12, tzinfo=UTC))
    breaker = CircuitBreaker("make", LocalCircuits(clock), clock)
    chance = Random(1)  # noqa: S311 - the same jitter in every run
    attempts_max = CHANNEL_ATTEMPTS_MAX if has_mail_server else CHANNEL_ATTEMPTS_ALONE_MAX
    made = 0

    async def fails() -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        raise ConnectionRefusedError

    async def attempt(tries: int) -> float | None:
        """When it is due again, in seconds from now; None for what goes by the mail server."""
        delay = backoff(tries, chance).total_seconds()
        try:
            with suppress(ConnectionRefusedError):
                await breaker.call(fails, lambda _: True)
        except ServiceUnavailable as refused:
            return None if has_mail_server else max(delay, refused.retry_after_seconds)
        return delay if tries < attempts_max else None

    waiting = [(at, number, 1) for number, at in enumerate(arrivals)]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] < SECONDS:
        clock.advance(timedelta(seconds=max(0.0, waiting[0][0] - clock.monotonic()) + _MICROSECOND))
        due = [
            heapq.heappop(waiting)
            for _ in range(CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX)
            if waiting and waiting[0][0] <= clock.monotonic()
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(attempt(tries)) for _, _, tries in due]
        for (_, number, tries), task in zip(due, tasks, strict=True):
            if (delay := task.result()) is not None:
                heapq.heappush(waiting, (clock.monotonic() + delay, number, tries + 1))
    return made


def at_once(messages: int) -> Sequence[float]:
    return [0.0] * messages


def steadily(messages: int) -> Sequence[float]:
    return [number * SECONDS / messages for number in range(messages)]


@pytest.mark.parametrize(
    ("arrivals", "counted"),
    [
        (at_once(1), 3),
        (at_once(10), 6),
        (at_once(50), 6),
        (at_once(1_000), 6),
        (steadily(24), 72),
        (steadily(150), 153),
        (steadily(1_000), 204),
    ],
)
async def test_calls_of_make_with_a_mail_server_behind_it(
    arrivals: Sequence[float], counted: int
) -> None:
    assert await calls(arrivals, has_mail_server=True) == counted


@pytest.mark.parametrize(
    ("arrivals", "counted"),
    [(at_once(1), 66), (at_once(50), 229), (steadily(150), 242)],
)
async def test_calls_of_a_gateway_with_nothing_behind_it(
    arrivals: Sequence[float], counted: int
) -> None:
    assert await calls(arrivals, has_mail_server=False) == counted
